import type { Json, JsonObject } from '../json.ts';
import { isEmptyField } from './field-marks.ts';
import { isObject } from './list-items.ts';
import { listIn, loneIn, type WrittenList } from './written-lists.ts';

export interface ReferenceListInput {
  /** The CRM's ids of what Zena refers to. */
  readonly zena: Json;
  /** What stands in the CRM. */
  readonly held: Json;
  /** The ids that this link put there. */
  readonly ours: readonly string[];
  /** Of those, the ones that the CRM shows in a way in which they can't be known again. */
  readonly unseen?: readonly string[] | undefined;
  /** What stood there before a write of which nobody heard whether it was taken; null where there was none. */
  readonly heldBefore: Json;
}

export interface ReferenceList {
  /** As it is to stand there, in the way in which it stood. */
  readonly list: Json;
  /** Once the CRM took it. */
  readonly ours: readonly string[];
  readonly unseen: readonly string[];
  /** While nobody knows whether it did. */
  readonly inDoubt: readonly string[];
  /** What can't be read as a list, and has Zena's in its place; null: nothing. */
  readonly replaced: Json;
}

interface Entry {
  readonly id: string;
  readonly entry: Json;
}

/** A list of references that people and Zena keep together: an id leaves it only where this link put it there. */
export function mergeReferences(input: ReferenceListInput): ReferenceList {
  const { zena, held, ours, heldBefore } = input;
  const wanted = idsIn(zena);
  const isWanted = new Set(wanted);
  const written = referencesIn(held);
  const there = entriesOf(held);
  const isThere = new Set(there.map(({ id }) => id));
  const before = heldBefore === null ? null : new Set(idsIn(heldBefore));
  const put = new Set(ours);
  const kept = there.filter(({ id }) => !put.has(id) || isWanted.has(id));
  // The first of each.
  const standing = new Map(kept.toReversed().map(({ id, entry }) => [id, entry]));
  const isUnseen = new Set(input.unseen);
  const unseen = wanted.filter((id) => !standing.has(id) && isUnseen.has(id));
  const added = wanted.filter((id) => !standing.has(id) && !isUnseen.has(id));
  const doubted = wanted.filter((id) => standing.has(id) && before !== null && !before.has(id));
  const stays = wanted.filter((id) => put.has(id) && standing.has(id));
  // Where people put nothing in, it is Zena's list, in Zena's order.
  const list = kept.every(({ id }) => isWanted.has(id))
    ? wanted.filter((id) => standing.has(id) || !isUnseen.has(id)).map((id) => standing.get(id) ?? id)
    : [...kept.map(({ entry }) => entry), ...added];
  // What is no list is left as it is, where Zena says nothing.
  const isOther = written === null && wanted.length === 0;
  return {
    list: isOther ? held : list.length === 0 && isEmptyField(held) ? (held ?? zena) : write(written, list),
    ours: [...new Set([...stays, ...doubted, ...added])].sort(),
    unseen,
    // An id that was to be added is ours whether it was taken or not: only Zena knows to refer to it.
    inDoubt: [...new Set([...ours.filter((id) => isThere.has(id)), ...doubted, ...added])].sort(),
    replaced: written === null && !isOther ? held : null,
  };
}

function write(written: WrittenList | null, list: readonly Json[]): Json {
  return written === null ? list : written.write(list);
}

/** Of a list, the entries that are none of these ids; of what is no list, all of it. */
export function entriesBeside(value: Json, ours: readonly string[]): Json {
  const written = referencesIn(value);
  if (written === null) return value;
  const beside = entriesOf(value).flatMap(({ id, entry }) => (ours.includes(id) ? [] : [entry]));
  return beside.length === 0 ? null : written.write(beside);
}

export function idsIn(value: Json | undefined): string[] {
  return [...new Set(entriesOf(value ?? null).map(({ id }) => id))];
}

/**
 * Of ids that were sent, those that can't be known again where nothing of ours is shown and at least as much else came: they stand there in a
 * form of the CRM's, or people took them out. Nothing of ours is added a second time.
 */
export function unseenIds(ours: readonly string[], known: Json, shown: Json): readonly string[] {
  const [sent, there] = [entriesOf(known), entriesOf(shown)];
  const isOurs = new Set(ours);
  const put = sent.filter(({ id }) => isOurs.has(id));
  const isThere = new Set(there.map(({ id }) => id));
  if (put.length === 0 || put.some(({ id }) => isThere.has(id))) return [];
  // What has another id is another's.
  const come = there.filter(({ id }) => id === '' || isOurs.has(within(id))).length;
  return come - sent.filter(({ id }) => id === '').length >= put.length ? put.map(({ id }) => id) : [];
}

/** `/contacts/7`, `contact:7`. */
function within(writing: string): string {
  return /[^/:#=\s]*$/u.exec(writing)?.[0] ?? '';
}

/** An object that has an id stands for one reference. */
function referencesIn(value: Json): WrittenList | null {
  return isObject(value) && idWithin(value) !== '' ? loneIn(value) : listIn(value);
}

/** CRMs give ids as text, as numbers, or as objects that hold one; what holds none is left as it is, and is nobody's. */
function entriesOf(value: Json): Entry[] {
  return (referencesIn(value)?.entries ?? []).map((entry) => ({ id: idOf(entry), entry }));
}

function idOf(entry: Json): string {
  if (typeof entry === 'number' || typeof entry === 'string') return String(entry);
  return isObject(entry) ? idWithin(entry) : '';
}

const CONTACT = /^contact(?:_?id)?$/iu;
const NAMED_LIKE_AN_ID = /^(?:id|.*(?:_id|[a-z]Id|[a-z]ID))$/u;

/** `{id}`, `{contactId, name}`, `{contact: {id}}`: the contact's, its own, or the only one that it has. */
function idWithin(object: JsonObject): string {
  const ids = Object.entries(object).flatMap(([name, value]) => {
    const id = NAMED_LIKE_AN_ID.test(name) ? plainId(value) : idInside(value);
    return id === '' ? [] : [{ name, id }];
  });
  const found =
    ids.find(({ name }) => CONTACT.test(name)) ??
    ids.find(({ name }) => name === 'id') ??
    (ids.length === 1 ? ids[0] : undefined);
  return found?.id ?? '';
}

function idInside(value: Json): string {
  return isObject(value) ? plainId(value['id']) : '';
}

function plainId(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
