import { contentHash } from './content-hash.ts';
import type { EntityBody, EntityKind, RecordKey } from './entity.ts';
import type { CrmFields, NaturalKey } from './remote-record.ts';

/** What Zena's ids stand for in a CRM: the CRM's id, or null when the record is not there (yet). */
export type ResolveReference = (key: RecordKey) => string | null;

/** The pure part of a connector: what to send, and how to recognise it. */
export interface ConnectorMapping {
  /** Changes whenever the mapping's output may change for the same input. */
  readonly version: string;
  /** Every mapped field, empty ones explicitly. */
  fields(body: EntityBody, resolve: ResolveReference): CrmFields;
  /** Null: this record can't be recognised (a contact without e-mail). Taken from the mapped fields. */
  naturalKey(kind: EntityKind, fields: CrmFields): NaturalKey | null;
}

/** What the CRM should hold for a record now. */
export interface Draft {
  readonly fields: CrmFields;
  readonly hash: string;
  readonly key: NaturalKey | null;
}

export function draftOf(body: EntityBody, mapping: ConnectorMapping, resolve: ResolveReference): Draft {
  const fields = mapping.fields(body, resolve);
  return { fields, hash: contentHash(fields), key: mapping.naturalKey(body.kind, fields) };
}
