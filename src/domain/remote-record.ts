import type { EntityKind } from './entity.ts';
import type { JsonObject } from './json.ts';

/** What went to or comes from a CRM for one record: the CRM's field names. */
export type CrmFields = JsonObject;

/**
 * How far a match by a key can be trusted: `certain`, an external id of ours; `good`, what hardly two share (an e-mail, an address);
 * `needs_agreement`, what is a match only where another field agrees (a phone, a name).
 */
export type KeyStrength = 'certain' | 'good' | 'needs_agreement';

/**
 * What a record is looked for by in a CRM. `value` is as it would be sent; `hash` identifies its canonical form, for comparing and
 * indexing. `formerHashes`: what earlier versions of this program identified the same value by, where that is another; links and
 * intents that they wrote hold those.
 */
export interface SoughtKey {
  readonly kind: EntityKind;
  readonly value: Readonly<Record<string, string>>;
  readonly hash: string;
  readonly formerHashes: readonly string[];
}

/** How a record is recognised: contacts by e-mail, properties by address, deals by CRM property and stage, unless a CRM has better. */
export interface NaturalKey extends SoughtKey {
  readonly strength: KeyStrength;
}

export interface RemoteRecord {
  /** The CRM's id, always text. */
  readonly id: string;
  /** The CRM's own version or modification stamp, where it tells one. */
  readonly version: string | null;
  /** What it holds now, where the answer to a write tells it. */
  readonly fields?: CrmFields;
}

/** What a create came to: `existing` where the CRM says that the record was there already, and so is not ours. */
export interface CreatedRecord extends RemoteRecord {
  readonly origin: 'created' | 'existing';
}

/** A record that a search or a listing found. */
export interface RemoteHit extends RemoteRecord {
  /** Epoch milliseconds, where the CRM tells it; decides which of several is the oldest. */
  readonly createdAt: number | null;
  /** The mapped fields, in the form in which they are sent; where nothing else is said, as the CRM returned them. */
  readonly fields: CrmFields;
  /** What else people can enter there, in the form in which a write takes it; absent: all that there is stands in `fields`. */
  readonly rest?: CrmFields;
}
