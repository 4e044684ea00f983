import type { EntityKind } from '../domain/entity.ts';

/** Every field of the product's mapping, as Zena has it. A name is two of them. */
export const MAPPED_FIELDS = [
  'contact.firstName',
  'contact.lastName',
  'contact.email',
  'contact.phone',
  'contact.type',
  'contact.notes',
  'property.address',
  'property.vendors',
  'property.buyers',
  'property.milestones',
  'property.riskOverview',
  'deal.propertyId',
  'deal.stage',
  'deal.riskLevel',
  'deal.riskFlags',
  'deal.nextAction',
  'deal.nextActionOwner',
  'deal.summary',
  'deal.contacts',
] as const;
export type MappedField = (typeof MAPPED_FIELDS)[number];

/** Where a field lands in the CRM, in the CRM's words; or why it doesn't. */
export type Landing = { readonly in: string } | { readonly notCarried: string };

/** What people read of a connector, and what only its CRM can tell: data beside the connector. */
export interface ConnectorPage {
  /** Its folder in `src/connectors`; the README there grades each fact of the API. */
  readonly folder: string;
  readonly fieldTable: Readonly<Record<MappedField, Landing>>;
  /** What a record of a kind is looked for by before it is created; or why it can't be. */
  readonly keys: Readonly<Record<EntityKind, string>>;
  /** What the CRM's ids are. Absent: any text. */
  readonly ids?: 'numbers';
  /** Cases of the kit that this CRM can't come to, by kind, with the reason why. */
  readonly cannot?: Readonly<Partial<Record<EntityKind, Readonly<Partial<Record<KitCase, string>>>>>>;
}

/** The cases of the conformance kit that are run for each kind of record. */
export const KIND_CASES = [
  'one_record',
  'answer_lost',
  'crash_between',
  'rate_limited',
  'deleted',
  'merged',
  'invisible',
  'several_matches',
  'search_lag',
  'taken_meanwhile',
  'big_ids',
  'odd_ids',
  'unusual_values',
  'field_limit',
  'people_keep',
  'lists_keep',
  'comes_back',
  'not_ours_to_delete',
  'nothing_needless',
] as const;
/** Those that are run once for a connector. */
export const ACCOUNT_CASES = [
  'revoked',
  'stray_401',
  'maintenance',
  'no_secret',
  'day_quota',
  'unsupported',
] as const;
/** Those that are run for a CRM that takes many records in one call. */
export const COMPANY_CASES = [
  'batch_ends',
  'batch_bad_item',
  'batch_unheard',
  'job_rows',
  'job_crash',
] as const;
export type KindCase = (typeof KIND_CASES)[number];
export type AccountCase = (typeof ACCOUNT_CASES)[number];
export type CompanyCase = (typeof COMPANY_CASES)[number];
export type KitCase = KindCase | AccountCase | CompanyCase;

/** What each case holds a connector to: a sentence. */
export const KIT_CASES: Readonly<Record<KitCase, string>> = {
  one_record: 'the same record written five times under 5xx and time-outs is one record',
  answer_lost: 'an answer that is lost after its effect, of each part in turn, makes nothing twice',
  crash_between: 'a process that dies after the request of each part in turn leaves one whole record',
  rate_limited: '429 in the vendor’s own form at each part in turn leaves one whole record',
  deleted: 'a record that people deleted is made once more at the most',
  merged: 'a record that people merged into another is found there, and not made anew',
  invisible: 'a record that this key no longer sees stops nothing else',
  several_matches: 'of several matches one is taken, and none is added',
  search_lag: 'a search that lags behind its writes makes no second record',
  taken_meanwhile: 'a value that somebody took meanwhile makes no second record',
  big_ids: 'an id beyond 2^53 is kept to the digit',
  odd_ids: 'an id with / ? # % addresses its record',
  unusual_values: 'unicode, long, empty and null values arrive, or the field that can’t is named',
  field_limit: 'what the CRM can’t take is refused before the call, with the field’s name',
  people_keep: 'people’s own values survive adoption and every later update',
  lists_keep: 'lists keep what people added',
  comes_back: 'every mapped field arrives and comes back',
  not_ours_to_delete: 'what was there already is never deleted by us',
  nothing_needless: 'what is equal already is not written again',
  revoked: 'credentials that are revoked stop the connection, and nothing is lost',
  stray_401: 'one stray 401 stops nothing',
  maintenance: 'a maintenance page on every route gives nothing up',
  no_secret: 'no credential is told in a timeline, a dead letter, an error or a metric',
  day_quota: 'where the day’s calls are used up the rest waits for the reset',
  unsupported: 'a kind that the CRM doesn’t have rests, and nobody waits for it',
  batch_ends: 'each record of a batch is told its own end, and a batch is one call',
  batch_bad_item: 'a bad item of a batch is named, the others are in',
  batch_unheard: 'a batch that is limited, lost or cut off by a crash makes nothing twice',
  job_rows: 'the rows of a job are matched by what they are, and the bad ones are named',
  job_crash: 'a process that dies at any request of a job neither repeats nor loses a row',
};
