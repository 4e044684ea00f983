import type { ChangeEvent } from '../../src/domain/change-event.ts';
import { benchEvent } from './bench-events.ts';

/** Many tenants, each with a connection, an API key and so a budget of its own, and some contacts. */
export interface TenantLoad {
  readonly tenants: number;
  readonly contactsEach: number;
}

export const tenantUser = (tenant: number): string => `tenant-${tenant}`;

export const tenantKey = (tenant: number): string => `tenant-key-${tenant}`;

/** One more than there are tenants: see `heldTenant`. */
export function tenantKeys({ tenants }: TenantLoad): string[] {
  return Array.from({ length: tenants + 1 }, (_, tenant) => tenantKey(tenant));
}

/** One whose connection is paused: what its changes cost is what taking them in costs. */
export const heldTenant = ({ tenants }: TenantLoad): number => tenants;

export const contactsOf = ({ tenants, contactsEach }: TenantLoad): number => tenants * contactsEach;

/** Each contact of each tenant at this version; a tenant's contacts stand a whole round of the others apart, as mixed traffic does. */
export function tenantChanges(load: TenantLoad, version: number): ChangeEvent[] {
  return Array.from({ length: contactsOf(load) }, (_, contact) =>
    benchEvent('contact', contact, version, tenantUser(tenantOf(load, contact))),
  );
}

export const tenantOf = ({ tenants }: TenantLoad, contact: number): number => contact % tenants;
