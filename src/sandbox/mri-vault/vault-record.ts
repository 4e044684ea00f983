import type { Json, JsonObject } from '../../domain/json.ts';

export const VAULT_COLLECTIONS = ['contacts', 'properties', 'deals'] as const;
export type VaultCollection = (typeof VAULT_COLLECTIONS)[number];

/** A record's own fields, without id and times. */
export type VaultFields = JsonObject;

/** A copy of one CRM record. `id` is text even where the wire carries a number; times are RFC 3339 UTC. */
export type VaultRecord = {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly [field: string]: Json;
};

export function isVaultCollection(name: string | undefined): name is VaultCollection {
  return VAULT_COLLECTIONS.some((collection) => collection === name);
}

/** Which fields hold ids of other records, and of which collection. */
export const REFERENCE_FIELDS: Readonly<Record<VaultCollection, Readonly<Record<string, VaultCollection>>>> =
  {
    contacts: {},
    properties: { vendors: 'contacts', buyers: 'contacts' },
    deals: { propertyId: 'properties', contacts: 'contacts' },
  };
