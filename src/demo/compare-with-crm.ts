import { compareWord } from '../domain/canonical/compare-word.ts';
import { compareEmail } from '../domain/canonical/email-address.ts';
import { compareAddress } from '../domain/canonical/street-address.ts';
import { ENTITY_KINDS, type EntityKind, type RecordKey } from '../domain/entity.ts';
import { canonicalJson, type Json, type JsonObject } from '../domain/json.ts';
import { expectedFields } from './expected-fields.ts';
import type { BookEntry } from './office-book.ts';

export type CrmRecord = Readonly<Record<string, Json>> & { readonly id: string };

/** What the service says of one record. */
export interface RecordState {
  readonly remoteId: string | null;
  readonly refused: boolean;
}

export interface ComparisonInput {
  readonly entries: readonly BookEntry[];
  readonly states: ReadonlyMap<RecordKey, RecordState>;
  readonly crm: Readonly<Record<EntityKind, readonly CrmRecord[]>>;
  /** Records that the CRM must refuse. */
  readonly refusable: ReadonlySet<RecordKey>;
  /** Ids of CRM records that were there before. */
  readonly before: ReadonlySet<string>;
}

export interface KindCount {
  readonly kind: EntityKind;
  readonly inZena: number;
  /** Of these, how many have a CRM record. */
  readonly inCrm: number;
  /** Of these, how many of the CRM records say in every field what they should. */
  readonly equal: number;
  /** Refused by the CRM, as they must be. */
  readonly refused: number;
}

export interface Comparison {
  readonly kinds: readonly KindCount[];
  /** CRM records too many: two for one key, or made and led to by nothing. */
  readonly duplicates: number;
  /** What is not as it should be, for people. */
  readonly differences: readonly string[];
}

/** Compares the CRM with Zena, record by record and field by field. */
export function compareWithCrm(input: ComparisonInput): Comparison {
  const differences: string[] = [];
  const kinds = ENTITY_KINDS.map((kind) => compareKind(kind, input, differences));
  const duplicates = ENTITY_KINDS.reduce((sum, kind) => sum + surplus(kind, input), 0);
  if (duplicates > 0) differences.push(`${duplicates} CRM records too many`);
  return { kinds, duplicates, differences };
}

function compareKind(kind: EntityKind, input: ComparisonInput, differences: string[]): KindCount {
  const { entries, states, crm, refusable } = input;
  const held = new Map(crm[kind].map((record) => [record.id, record]));
  const ofKind = entries.filter((entry) => entry.kind === kind);
  const living = ofKind.filter(({ deleted }) => !deleted);
  const count = { kind, inZena: living.length, inCrm: 0, equal: 0, refused: 0 };
  for (const entry of living) {
    const state = states.get(entry.key);
    const record = state?.remoteId == null ? undefined : held.get(state.remoteId);
    if (record !== undefined) {
      count.inCrm += 1;
      const wrong = wrongFields(speakerFor(entry, living, states), record, input.before.has(record.id));
      if (wrong.length === 0) count.equal += 1;
      else differences.push(`${entry.key} differs in ${wrong.join(', ')}`);
    } else if (refusable.has(entry.key) && state?.refused === true) count.refused += 1;
    else differences.push(`${entry.key} is not in the CRM`);
  }
  for (const entry of ofKind.filter(({ deleted }) => deleted)) {
    const key = keyOf(kind, expected(entry, states));
    if (key !== '' && crm[kind].some((record) => keyOf(kind, record) === key)) {
      differences.push(`${entry.key} is deleted and still in the CRM`);
    }
  }
  return count;
}

/** Contacts with one e-mail share a CRM record; the one that changed last says what stands there. */
function speakerFor(
  entry: BookEntry,
  living: readonly BookEntry[],
  states: ComparisonInput['states'],
): JsonObject {
  const remoteId = states.get(entry.key)?.remoteId;
  const sharers = living.filter(({ key }) => states.get(key)?.remoteId === remoteId);
  const newest = sharers.reduce((a, b) => (b.occurredAt > a.occurredAt ? b : a), entry);
  return expected(newest, states);
}

function expected({ body }: BookEntry, states: ComparisonInput['states']): JsonObject {
  return expectedFields(body, (key) => states.get(key)?.remoteId ?? null);
}

function wrongFields(wanted: JsonObject, record: CrmRecord, wasThere: boolean): string[] {
  const holds = wasThere ? holdsBesides : holdsAlone;
  return Object.entries(wanted)
    .filter(([name, value]) => !holds(name, record[name] ?? null, value))
    .map(([name]) => name);
}

function holdsAlone(_name: string, there: Json, wanted: Json): boolean {
  return canonicalJson(there) === canonicalJson(wanted);
}

/** In a record that the office made, Zena's values stand beside what it has put in itself. */
function holdsBesides(name: string, there: Json, wanted: Json): boolean {
  if (name === 'notes' && typeof there === 'string' && typeof wanted === 'string') {
    const lines = there.split('\n');
    return wanted.split('\n').every((line) => line === '' || lines.includes(line));
  }
  if (SHARED_LISTS.includes(name) && Array.isArray(there) && Array.isArray(wanted))
    return (wanted as readonly Json[]).every((id) => (there as readonly Json[]).includes(id));
  // What Zena says nothing of stays as the office has it.
  if (wanted === null || wanted === '' || (Array.isArray(wanted) && wanted.length === 0)) return true;
  return canonicalJson(there) === canonicalJson(wanted);
}

const SHARED_LISTS: readonly string[] = ['vendors', 'buyers', 'contacts'];

function surplus(kind: EntityKind, { crm, states, entries, before }: ComparisonInput): number {
  const linked = new Set(entries.map(({ key }) => states.get(key)?.remoteId ?? null));
  const orphans = crm[kind].filter(({ id }) => !linked.has(id) && !before.has(id)).length;
  const keys = crm[kind].map((record) => keyOf(kind, record)).filter((key) => key !== '');
  return orphans + keys.length - new Set(keys).size;
}

/** What tells CRM records apart; empty where nothing does. */
function keyOf(kind: EntityKind, fields: Readonly<Record<string, Json>>): string {
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : '');
  if (kind === 'contact') return compareEmail(text('email'));
  if (kind === 'property') return compareAddress(text('address'));
  return text('propertyId') === '' ? '' : `${text('propertyId')} ${compareWord(text('stage'))}`;
}
