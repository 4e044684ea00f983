import { contentHash } from './content-hash.ts';
import type { EntityBody, RecordKey } from './entity.ts';
import type { CrmFields, NaturalKey } from './remote-record.ts';

/** What Zena's ids stand for in a CRM: the CRM's id, or null when the record is not there (yet). */
export type ResolveReference = (key: RecordKey) => string | null;

/** What a mapping may look at beside the record itself. */
export interface MappingContext {
  readonly resolve: ResolveReference;
  /** Of the connection: for `dayOf`, where the CRM keeps days. */
  readonly timeZone: string;
}

/**
 * Whom a field of the CRM belongs to: `value`, to whoever said something last, Zena before people; `lines`, a text that both write into, line
 * by line; `references`, a list of ids that both keep; `items`, a list of things that both keep; `address`, a value that people may write in
 * another way without saying another place.
 */
export type FieldSharing = 'value' | 'address' | 'lines' | 'references' | 'items';

/** By the CRM's field names; what is absent is a `value`. */
export type FieldSharings = Readonly<Record<string, FieldSharing>>;

/** The pure part of a connector for one kind of record: what to send, and how to recognise it. */
export interface KindMapping {
  /** Fields that people and Zena keep together; the others are whose who said something last. */
  readonly sharings: FieldSharings;
  /** Every mapped field, empty ones explicitly. The body is of the mapping's kind. */
  fields(body: EntityBody, context: MappingContext): CrmFields;
  /**
   * What this record is looked for by, in this order; none: it can't be recognised (a contact without e-mail). Taken from the mapped
   * fields, or from a key's own value.
   */
  keys(fields: CrmFields): readonly NaturalKey[];
  /** What of the body is not sent because it can't be what it stands for. Absent: all is sent. */
  remarks?(body: EntityBody): readonly DraftRemark[];
}

/** One value that is left out. It is a person's own text: for the timeline, never for a log or a metric. */
export interface DraftRemark {
  /** The CRM's name of the field. */
  readonly field: string;
  readonly code: 'no_email' | 'no_phone';
  /** A sentence for people, which names the value. */
  readonly detail: string;
}

/** What the CRM should hold for a record now. */
export interface Draft {
  readonly fields: CrmFields;
  readonly hash: string;
  readonly keys: readonly NaturalKey[];
  readonly remarks: readonly DraftRemark[];
}

export function draftOf(body: EntityBody, mapping: KindMapping, context: MappingContext): Draft {
  const fields = mapping.fields(body, context);
  const remarks = mapping.remarks?.(body) ?? [];
  return { fields, hash: contentHash(fields), keys: mapping.keys(fields), remarks };
}

/** The key that a record is remembered by: the first. Null where it has none. */
export function firstKeyOf(draft: Pick<Draft, 'keys'>): NaturalKey | null {
  return draft.keys[0] ?? null;
}
