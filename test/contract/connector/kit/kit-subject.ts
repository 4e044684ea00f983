import type { ConnectorPage } from '../../../../src/connectors/connector-page.ts';
import type { CrmConnector } from '../../../../src/connectors/connector.port.ts';
import type { EntityBody, EntityKind } from '../../../../src/domain/entity.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import type { Clock } from '../../../../src/runtime/clock.ts';
import type { Transport } from '../../../../src/wire/transport.port.ts';
import type { RequestInProcess } from '../../../../src/sandbox/kit/http/received-request.ts';

/** A connector, and everything that the kit needs to hold it to its promises. A connector's test gives it. */
export interface KitSubject {
  /** For people. */
  readonly name: string;
  readonly definition: CrmConnector;
  readonly page: Pick<ConnectorPage, 'ids' | 'cannot'>;
  readonly samples: KitSamples;
  /** How far its search is behind, ms. Absent: as far as the connector says. */
  readonly searchLagMs?: number;
  /** A CRM of its own, in this process, with one account. */
  open(options: KitCrmOptions): KitCrm;
}

export interface KitCrmOptions {
  readonly clock: Clock;
  /** The secret of the account. */
  readonly secret: string;
  /** How far search is behind, ms. */
  readonly searchLagMs: number;
  /** Whether a second record with the same key is refused, or given back as the existing one, where the CRM can do either. */
  readonly unique: boolean;
}

/** A sandbox, and what people do in it. Nothing here counts as a request. */
export interface KitCrm {
  fetch(url: string, request?: RequestInProcess): Promise<Response>;
  /** What a user enters to connect. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Records of a kind, oldest first, with all that the CRM keeps of them. */
  records(kind: EntityKind): readonly KitRecord[];
  /**
   * Somebody made this record before, with a key that Zena's has, too. Given are the fields as the connector would send them. Absent, or
   * false: by the connector's own create.
   */
  seed?(kind: EntityKind, fields: JsonObject): boolean;
  remove(kind: EntityKind, id: string): void;
  /** Absent: people can't merge there, which `cannot` says. */
  merge?(kind: EntityKind, keepId: string, goneId: string): void;
  revoke(): void;
  /** Of a connector with HTTP of its own: its way out, on which what the kit does to requests happens. */
  attach?(wire: Transport): void;
}

export interface KitRecord {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** By kind; of one that the CRM doesn't have only where others say something of it. */
export type KitSamples = Readonly<Partial<Record<EntityKind, KindSamples>>>;

/** Records refer to others by `KIT_IDS`. */
export interface KindSamples {
  /** With every mapped field. */
  readonly full: EntityBody;
  /** Another record, which has no key of `full`. */
  readonly other: EntityBody;
  /** Unicode, long, empty and null values. */
  readonly edge: EntityBody;
  /** By part: `full` with a change that this part alone carries. */
  readonly updates: Readonly<Record<string, EntityBody>>;
  /** What the CRM can't take, and its name of the field. */
  readonly refused?: { readonly body: EntityBody; readonly field: string };
  /** What the mapping lets through and the CRM refuses. Absent: nothing is known that is so. */
  readonly bad?: EntityBody;
  /** What people enter in a record, in fields that are theirs or that both keep. */
  readonly people?: readonly PeopleAct[];
  /** What people add to the lists that both keep. */
  readonly lists?: readonly PeopleAct[];
  /** Statuses, headers and bodies in the vendor's own form. Absent: 429 with `Retry-After`, and 403. */
  readonly answers?: { readonly limited?: VendorAnswer; readonly invisible?: VendorAnswer };
}

export interface VendorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
}

export interface PeopleAct {
  readonly name: string;
  act(id: string, crm: KitCrm): void;
  stands(id: string, crm: KitCrm): boolean;
}

/** What the samples are called in Zena. */
export const KIT_IDS: Readonly<Record<EntityKind, string>> = {
  contact: 'kit-contact',
  property: 'kit-property',
  deal: 'kit-deal',
};
