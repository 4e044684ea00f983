import { type ConnectorPage, MAPPED_FIELDS, type MappedField } from '../connectors/connector-page.ts';
import type { ConnectorKinds } from '../connectors/connector.port.ts';
import {
  ENTITY_KINDS,
  type EntityBody,
  type EntityKind,
  type RecordKey,
  type Contact,
  type Deal,
  type Property,
} from '../domain/entity.ts';
import { type Json, canonicalJson } from '../domain/json.ts';
import { type Draft, draftOf, type KindMapping } from '../domain/mapping.ts';
import type { CrmFields } from '../domain/remote-record.ts';
import { holdsField, isObject, itemsOf } from './holds-field.ts';
import type { BookEntry } from './office-book.ts';

/** Says another thing in one of the product's fields, so that it shows in which fields of a CRM that one stands. */
type FieldProbe = (body: EntityBody) => EntityBody;

const contact =
  (change: (contact: Contact) => Partial<Contact>): FieldProbe =>
  (body) =>
    body.kind === 'contact'
      ? { kind: 'contact', contact: { ...body.contact, ...change(body.contact) } }
      : body;
const property =
  (change: (property: Property) => Partial<Property>): FieldProbe =>
  (body) =>
    body.kind === 'property'
      ? { kind: 'property', property: { ...body.property, ...change(body.property) } }
      : body;
const deal =
  (change: (deal: Deal) => Partial<Deal>): FieldProbe =>
  (body) =>
    body.kind === 'deal' ? { kind: 'deal', deal: { ...body.deal, ...change(body.deal) } } : body;

const OTHER = 'Something else';
const another = (text: string | null): string => (text === OTHER ? `${OTHER} again` : OTHER);
const words = (name: string): string[] => name.trim().split(/\s+/u);
/** What names nobody is named by somebody, and the other way round. */
const turned = (ids: readonly string[]): string[] => (ids.length === 0 ? ['contact-1'] : []);

const FIELD_PROBES: Readonly<Record<MappedField, FieldProbe>> = {
  'contact.firstName': contact(({ name }) => ({ name: ['Otherwise', ...words(name).slice(1)].join(' ') })),
  'contact.lastName': contact(({ name }) => ({ name: `${words(name)[0] ?? ''} Otherwise` })),
  'contact.email': contact(({ emails }) => ({ emails: [`other.${emails[0] ?? 'one@example.com'}`] })),
  'contact.phone': contact(() => ({ phones: ['+64 21 555 0199'] })),
  'contact.type': contact(({ role }) => ({ role: role === 'vendor' ? 'buyer' : 'vendor' })),
  'contact.notes': contact(() => ({ relationshipNotes: [OTHER] })),
  'property.address': property(({ address }) => ({
    address: address.startsWith('88 ')
      ? '3 Jacaranda Place, Toowong QLD 4066'
      : '88 Kauri Avenue, Remuera, Auckland 1050',
  })),
  'property.vendors': property(({ vendors }) => ({ vendors: turned(vendors) })),
  'property.buyers': property(({ buyers }) => ({ buyers: turned(buyers) })),
  'property.milestones': property(() => ({ milestones: [{ type: OTHER, date: 0, notes: null }] })),
  'property.riskOverview': property(({ riskOverview }) => ({ riskOverview: another(riskOverview) })),
  'deal.propertyId': deal(({ propertyId }) => ({
    propertyId: propertyId === 'property-1' ? 'property-2' : 'property-1',
  })),
  'deal.stage': deal(({ stage }) => ({ stage: stage === 'listed' ? 'offer' : 'listed' })),
  'deal.riskLevel': deal(({ riskLevel }) => ({ riskLevel: riskLevel === 'low' ? 'high' : 'low' })),
  'deal.riskFlags': deal(() => ({ riskFlags: [OTHER] })),
  'deal.nextAction': deal(({ nextAction }) => ({ nextAction: another(nextAction) })),
  'deal.nextActionOwner': deal(({ nextActionOwner }) => ({ nextActionOwner: another(nextActionOwner) })),
  'deal.summary': deal(({ summary }) => ({ summary: another(summary) })),
  'deal.contacts': deal(({ contacts }) => ({ contacts: turned(contacts) })),
};

/**
 * What each of the product's fields says otherwise. Stages also in the account's own words: where several of Zena's are one there, none of
 * Zena's words changes anything.
 */
function probesOf(
  field: MappedField,
  body: EntityBody,
  facts: ComparisonInput['facts'],
): readonly FieldProbe[] {
  const probe = FIELD_PROBES[field];
  if (field !== 'deal.stage' || body.kind !== 'deal') return [probe];
  return [probe, ...namesIn(facts).map((stage) => deal(() => ({ stage })))];
}

/** What the things of the account are called, and those within them. */
function namesIn(facts: ComparisonInput['facts']): readonly string[] {
  const named = (value: Json): readonly string[] => {
    if (Array.isArray(value)) return itemsOf(value).flatMap(named);
    if (!isObject(value)) return [];
    const { name } = value;
    return [...(typeof name === 'string' ? [name] : []), ...Object.values(value).flatMap(named)];
  };
  return [...new Set([...facts.values()].flatMap(named))];
}

/** What the service says of one record, and what the CRM shows of it. */
export interface RecordState {
  readonly remoteId: string | null;
  readonly refused: boolean;
}

export interface ComparisonInput {
  readonly entries: readonly BookEntry[];
  readonly kinds: ConnectorKinds;
  readonly page: Pick<ConnectorPage, 'fieldTable'> | null;
  readonly states: ReadonlyMap<RecordKey, RecordState>;
  /** What the CRM shows of a record, by the CRM's id; null: it has none. One that is absent can't be read there. */
  readonly held: ReadonlyMap<string, CrmFields | null>;
  /** What the mapping has to know of the account. */
  readonly facts: ReadonlyMap<string, Json>;
  /** Records that a CRM may refuse. */
  readonly refusable: ReadonlySet<RecordKey>;
  /** Ids of CRM records that were there before. */
  readonly before: ReadonlySet<string>;
  /** CRM records that nothing leads to, and that were not there before. */
  readonly orphans: number;
}

export interface KindCount {
  readonly kind: EntityKind;
  readonly inZena: number;
  /** Whether the CRM has records of this kind at all. */
  readonly carried: boolean;
  /** Of these, how many have a CRM record. */
  readonly inCrm: number;
  /** Of these, how many of the CRM records say in every field what they should. */
  readonly equal: number;
  /** Not taken, as it must be: the CRM, or the mapping before any call, says why. */
  readonly refused: number;
  /** Why it isn't sent although the CRM has such records; absent: it is, or the CRM hasn't. */
  readonly off?: string;
}

/** How one of the product's fields stands in a CRM. */
export interface FieldCount {
  readonly field: MappedField;
  /** Records whose CRM record has a place for it; 0: it isn't carried. */
  readonly of: number;
  readonly equal: number;
  /** Why it isn't carried; null: it is. */
  readonly notCarried: string | null;
}

export interface Comparison {
  readonly kinds: readonly KindCount[];
  readonly fields: readonly FieldCount[];
  /** CRM records too many: two for one key, or made and led to by nothing. */
  readonly duplicates: number;
  /** What is not as it should be, for people. */
  readonly differences: readonly string[];
}

interface Tally {
  readonly differences: string[];
  readonly fields: Map<MappedField, { of: number; equal: number }>;
  readonly keys: Map<string, string>;
  duplicates: number;
}

/** Compares a CRM with Zena, record by record and field by field, by what its connector says of itself. */
export function compareWithCrm(input: ComparisonInput): Comparison {
  const tally: Tally = { differences: [], fields: new Map(), keys: new Map(), duplicates: input.orphans };
  const kinds = ENTITY_KINDS.map((kind) => compareKind(kind, input, tally));
  const { differences, duplicates } = tally;
  if (duplicates > 0) differences.push(`${duplicates} CRM records too many`);
  const fields = MAPPED_FIELDS.map((field): FieldCount => {
    const { of, equal } = tally.fields.get(field) ?? { of: 0, equal: 0 };
    return { field, of, equal, notCarried: of > 0 ? null : whyNot(field, input) };
  });
  return { kinds, fields, duplicates, differences };
}

function whyNot(field: MappedField, { page }: ComparisonInput): string {
  const landing = page?.fieldTable[field];
  if (landing === undefined) return 'the CRM has no place for it';
  return 'notCarried' in landing ? landing.notCarried : landing.in;
}

function compareKind(kind: EntityKind, input: ComparisonInput, tally: Tally): KindCount {
  const living = input.entries.filter((entry) => entry.kind === kind && !entry.deleted);
  const mapping = input.kinds[kind];
  const count = {
    kind,
    inZena: living.length,
    carried: mapping !== undefined,
    inCrm: 0,
    equal: 0,
    refused: 0,
  };
  if (mapping === undefined) return count;
  for (const entry of living) {
    const state = input.states.get(entry.key);
    const remoteId = state?.remoteId ?? null;
    const draft = draftFor(entry.body, mapping, input);
    const held = remoteId === null ? null : input.held.get(remoteId);
    if (remoteId !== null && held !== null) {
      count.inCrm += 1;
      const wrong = held === undefined ? [] : wrongFields(entry, remoteId, held, { mapping, input, tally });
      noteKey(draft, remoteId, tally);
      if (wrong.length === 0) count.equal += 1;
      else tally.differences.push(`${entry.key} differs in ${wrong.join(', ')}`);
    } else if (isRefusal(entry, draft, input)) count.refused += 1;
    else tally.differences.push(`${entry.key} is not in the CRM`);
  }
  return count;
}

/** Where the CRM, or the mapping before any call, must not take it, and the service says so. */
function isRefusal({ key }: BookEntry, { refusals }: Draft, { states, refusable }: ComparisonInput): boolean {
  return (refusals.length > 0 || refusable.has(key)) && states.get(key)?.refused === true;
}

/** Two CRM records of one key are one too many. */
function noteKey({ keys }: Draft, remoteId: string, tally: Tally): void {
  const [key] = keys;
  if (key === undefined || key.strength === 'needs_agreement') return;
  const first = tally.keys.get(key.hash) ?? remoteId;
  if (first !== remoteId) tally.duplicates += 1;
  tally.keys.set(key.hash, first);
}

interface Look {
  readonly mapping: KindMapping;
  readonly input: ComparisonInput;
  readonly tally: Tally;
}

function wrongFields(
  entry: BookEntry,
  remoteId: string,
  held: CrmFields,
  { mapping, input, tally }: Look,
): string[] {
  const { states, entries, before } = input;
  const sharers = entries.filter(
    ({ kind, key, deleted }) => kind === entry.kind && !deleted && states.get(key)?.remoteId === remoteId,
  );
  // Contacts with one e-mail share a CRM record; the one that changed last says what stands there.
  const { body } = sharers.reduce((one, other) => (other.occurredAt > one.occurredAt ? other : one), entry);
  const { fields } = draftFor(body, mapping, input);
  const alone = sharers.length < 2 && !before.has(remoteId);
  const holds = (name: string): boolean =>
    holdsField({
      said: fields[name] ?? null,
      there: held[name] ?? null,
      sharing: mapping.sharings[name],
      alone,
    });
  const wrong = Object.keys(fields).filter((name) => !holds(name));
  for (const field of MAPPED_FIELDS) {
    const places = placesOf(field, body, { mapping, input, tally }, fields);
    if (places.length === 0) continue;
    const count = tally.fields.get(field) ?? { of: 0, equal: 0 };
    const isEqual = places.every((name) => !wrong.includes(name));
    tally.fields.set(field, { of: count.of + 1, equal: count.equal + (isEqual ? 1 : 0) });
  }
  return wrong;
}

/** The fields of a CRM record that one of the product's fields stands in: those that change where that one says another thing. */
function placesOf(
  field: MappedField,
  body: EntityBody,
  { mapping, input }: Look,
  fields: CrmFields,
): readonly string[] {
  const of = field.split('.')[0];
  // Of a kind that the CRM doesn't have, what others say in its words is looked at.
  const isOwn = of === body.kind;
  const isTold =
    input.kinds[of as EntityKind] === undefined && mapping.readsContentOf?.includes(of as EntityKind);
  if (!isOwn && isTold !== true) return [];
  for (const probe of probesOf(field, body, input.facts)) {
    const probed = isOwn ? draftFor(probe(body), mapping, input) : draftFor(body, mapping, input, probe);
    const changed = Object.keys({ ...fields, ...probed.fields }).filter(
      (name) => canonicalJson(fields[name] ?? null) !== canonicalJson(probed.fields[name] ?? null),
    );
    if (changed.length > 0) return changed;
  }
  return [];
}

function draftFor(
  body: EntityBody,
  mapping: KindMapping,
  { entries, states, facts }: ComparisonInput,
  ofReferred: (body: EntityBody) => EntityBody = (same) => same,
): Draft {
  return draftOf(body, mapping, {
    timeZone: 'UTC',
    facts,
    resolve: (key) => states.get(key)?.remoteId ?? null,
    referred(key) {
      const found = entries.find((entry) => entry.key === key && !entry.deleted);
      return found === undefined ? null : ofReferred(found.body);
    },
  });
}
