import type { EntityKind } from './entity.ts';
import type { JsonObject } from './json.ts';

/** What went to or comes from a CRM for one record: the CRM's field names. */
export type CrmFields = JsonObject;

/**
 * How a record is recognised in a CRM that has no external ids: contacts by e-mail, properties by address, deals by CRM
 * property and stage. `value` is as it would be sent; `hash` identifies the normalised value, for comparing and indexing.
 */
export interface NaturalKey {
  readonly kind: EntityKind;
  readonly value: Readonly<Record<string, string>>;
  readonly hash: string;
}

export interface RemoteRecord {
  /** The CRM's id, always text. */
  readonly id: string;
  /** The CRM's own version or modification stamp, where it tells one. */
  readonly version: string | null;
}

/** A record that a search or a listing found. */
export interface RemoteHit extends RemoteRecord {
  /** Epoch milliseconds, where the CRM tells it; decides which of several is the oldest. */
  readonly createdAt: number | null;
  /** The fields as the CRM returned them. */
  readonly fields: CrmFields;
}
