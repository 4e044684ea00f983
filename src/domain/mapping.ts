import { contentHash } from './content-hash.ts';
import type { EntityBody, EntityKind, RecordKey } from './entity.ts';
import type { Json } from './json.ts';
import type { CrmFields, NaturalKey } from './remote-record.ts';

/** What Zena's ids stand for in a CRM: the CRM's id, or null when the record is not there (yet). */
export type ResolveReference = (key: RecordKey) => string | null;

/** What a mapping may look at beside the record itself. */
export interface MappingContext {
  /** The record itself, for a CRM that keeps an id of ours. */
  readonly self?: RecordKey;
  readonly resolve: ResolveReference;
  /** Of the connection: for `dayOf`, where the CRM keeps days. */
  readonly timeZone: string;
  /** What the connector reads of the account, by the names that `factsFor` asked for; null: the CRM has nothing by that name. */
  readonly facts?: ReadonlyMap<string, Json>;
  /** A record that this one refers to, as far as its owner may see it; only of the kinds in `readsContentOf`. */
  readonly referred?: (key: RecordKey) => EntityBody | null;
  /** Of the connection: Zena's stage of a deal to the CRM's name of one. */
  readonly stages?: Readonly<Record<string, string>>;
}

/**
 * Whom a field of the CRM belongs to: `value`, to whoever said something last, Zena before people; `lines`, a text that both write into, line
 * by line; `references`, a list of ids that both keep; `items`, a list of things that both keep; an `EntryIdentity`, a list of things that both
 * keep and that are known by one member each, whose other members are the CRM's and people's; `appended`, a list of texts of which each is
 * sent once, by itself; `address`, a value that people may write in another way without saying another place; `set_only`, a flag, or an object of
 * flags, that a sync turns on and never off; `first_only`, what a record is made with, and what stands there is never written again (null is read
 * as nothing told: whoever reads that nothing stands there says so by another value); `never_emptied`, as `value`, but what stands there stays where
 * Zena has nothing: nobody knows how that CRM's field is emptied.
 */
export type FieldSharing =
  | 'value'
  | 'address'
  | 'lines'
  | 'references'
  | 'items'
  | 'appended'
  | 'set_only'
  | 'first_only'
  | 'never_emptied'
  | EntryIdentity;

/**
 * What an entry of a list is known by: a member of it (null: the entry itself, a text or a number), compared as what it is. Two that are the
 * same in their canonical form are one, however the CRM writes it.
 */
export interface EntryIdentity {
  readonly member: string | null;
  readonly as: 'email' | 'phone' | 'text' | 'id';
}

/** By the CRM's field names; what is absent is a `value`. */
export type FieldSharings = Readonly<Record<string, FieldSharing>>;

/** The pure part of a connector for one kind of record: what to send, and how to recognise it. */
export interface KindMapping {
  /** Fields that people and Zena keep together; the others are whose who said something last. */
  readonly sharings: FieldSharings;
  /** Names of what the mapping has to know of the account for this body. Absent: nothing. */
  factsFor?(body: EntityBody): readonly string[];
  /** Kinds of referred records whose content is used: a change of one marks those that refer to it. */
  readonly readsContentOf?: readonly EntityKind[];
  /** What can't be sent as it is: the record is refused before any call. Absent: nothing. */
  refusals?(body: EntityBody, context: MappingContext): readonly DraftRefusal[];
  /** Every mapped field, empty ones explicitly. The body is of the mapping's kind. */
  fields(body: EntityBody, context: MappingContext): CrmFields;
  /**
   * What this record is looked for by, in this order; none: it can't be recognised (a contact without e-mail). Taken from the mapped
   * fields, or from a key's own value.
   */
  keys(fields: CrmFields): readonly NaturalKey[];
  /** What of the body is not sent because it can't be what it stands for. Absent: all is sent. */
  remarks?(body: EntityBody, context: MappingContext): readonly DraftRemark[];
}

/** Why a record can't be sent. The detail names the field and what would do; no secret, and of the record no more than the field's value. */
export interface DraftRefusal {
  /** The CRM's name of the field. */
  readonly field: string;
  readonly code: string;
  readonly detail: string;
  /** The fact that it isn't in: read again once before it is refused. */
  readonly missingIn?: string;
  /**
   * `create`: it only keeps the record from being made; one that is there is written all the same. `update`: it was made, and stays as it was
   * made; that is no failure.
   */
  readonly only?: 'create' | 'update';
}

/** One value that is left out. It is a person's own text: for the timeline, never for a log or a metric. */
export interface DraftRemark {
  /** The CRM's name of the field. */
  readonly field: string;
  readonly code: 'no_email' | 'no_phone' | 'not_carried' | 'stage_unknown' | 'shortened';
  /** A sentence for people, which names the value. */
  readonly detail: string;
}

/** What the CRM should hold for a record now. */
export interface Draft {
  readonly fields: CrmFields;
  readonly hash: string;
  readonly keys: readonly NaturalKey[];
  readonly remarks: readonly DraftRemark[];
  /** Why it can't be sent; none: it can. */
  readonly refusals: readonly DraftRefusal[];
}

export function draftOf(body: EntityBody, mapping: KindMapping, context: MappingContext): Draft {
  const fields = mapping.fields(body, context);
  const remarks = mapping.remarks?.(body, context) ?? [];
  const refusals = mapping.refusals?.(body, context) ?? [];
  return { fields, hash: contentHash(fields), keys: mapping.keys(fields), remarks, refusals };
}

/** The key that a record is remembered by: the first. Null where it has none. */
export function firstKeyOf(draft: Pick<Draft, 'keys'>): NaturalKey | null {
  return draft.keys[0] ?? null;
}
