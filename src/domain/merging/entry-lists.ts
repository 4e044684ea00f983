import type { LineFate } from '../crm-copy.ts';
import type { Json, JsonObject } from '../json.ts';
import type { EntryIdentity } from '../mapping.ts';
import { foreseenForms, learnEntries } from './entry-forms.ts';
import { isEmptyField } from './field-marks.ts';
import { knownItems } from './item-forms.ts';
import { entriesIn, wantedEntries, writtenEntries } from './list-entries.ts';
import { isObject, isPut, marksOf, type Item, type ItemFates, type ItemForms } from './list-items.ts';
import { leavingMarks } from './value-lists.ts';

export interface EntryListInput {
  readonly identity: EntryIdentity;
  readonly zena: Json;
  /** What stands in the CRM: a list, or nothing. */
  readonly held: Json;
  readonly fates: ItemFates;
  readonly forms?: ItemForms | undefined;
  /** What stood there before a write of which nobody heard whether it was taken; null where there was none. */
  readonly heldBefore: Json;
}

export interface EntryList {
  readonly list: Json;
  /** Once the CRM took it. */
  readonly fates: ItemFates;
  /** While nobody knows whether it did. */
  readonly inDoubt: ItemFates;
  readonly forms: ItemForms;
  /** Whether what stands there says it already. */
  readonly stands: boolean;
}

/** Whether a list can be told from this: a CRM may keep another thing in the field, which is a value then. */
export function isEntryList(held: Json, identity: EntryIdentity): boolean {
  return writtenEntries(held, identity) !== null;
}

/**
 * A list of entries that people and Zena keep together. People's stay, with all of their members, in their order; so do ours, whatever the CRM or
 * people made of their other members. One leaves only where it was put there and Zena has it no more. Zena's first is the first only where there
 * is none of people's.
 */
export function mergeEntries(input: EntryListInput): EntryList {
  const { identity, held } = input;
  const wanted = wantedEntries(input.zena, held, identity);
  const wantedMarks = marksOf(wanted);
  const before = input.heldBefore === null ? null : entriesIn(input.heldBefore, identity, input.forms);
  const { there, fates, forms } = recognised(input, wanted, before);
  const leaves = leavingMarks({ fates, wantedMarks, there, before });
  const leaving = leavingOf(leaves, there, identity);
  const left: Record<string, LineFate> = {};
  for (const { mark } of leaving) left[mark] = 'doubted';
  const next = standingFates({ wanted, standing: marksOf(there), before, fates });
  const missing = wanted.filter(({ mark }) => next[mark] === undefined);
  const inDoubt: Record<string, LineFate> = { ...fates, ...next, ...left };
  for (const { mark } of missing) {
    next[mark] = 'sent';
    // One that stood there is known to have, whether it stands there again or not.
    inDoubt[mark] = fates[mark] === 'sent' ? 'sent' : 'doubted';
  }
  const places: Places = { wanted, missing, there, leaving, ours: oursIn(there, next, leaving) };
  const stands = missing.length === 0 && leaving.size === 0 && isFirst(places);
  return {
    list: stands ? held : (writtenEntries(held, identity)?.write(arranged(places, identity)) ?? null),
    fates: next,
    inDoubt,
    forms: {
      ...foreseenForms(missing, identity),
      ...Object.fromEntries(Object.entries(forms).filter(([, mark]) => isPut(next[mark]))),
    },
    stands,
  };
}

/** Of two that are equal one was put there: the one that says least beside what it is known by. The other is somebody else's. */
function leavingOf(leaves: ReadonlySet<string>, there: readonly Item[], identity: EntryIdentity): Set<Item> {
  const least = new Map<string, { readonly item: Item; readonly said: number }>();
  for (const item of there) {
    if (!leaves.has(item.mark)) continue;
    const said = saidBeside(item.entry, identity);
    const other = least.get(item.mark);
    if (other === undefined || said < other.said) least.set(item.mark, { item, said });
  }
  return new Set([...least.values()].map(({ item }) => item));
}

function saidBeside(entry: Json, { member }: EntryIdentity): number {
  if (!isObject(entry)) return 0;
  return Object.entries(entry).filter(([name, value]) => name !== member && !isEmptyField(value)).length;
}

interface Standing {
  readonly wanted: readonly Item[];
  readonly standing: ReadonlySet<string>;
  readonly before: readonly Item[] | null;
  readonly fates: ItemFates;
}

/** Of Zena's entries that needn't be put there: ours, or people's. */
function standingFates({ wanted, standing, before, fates }: Standing): Record<string, LineFate> {
  const beforeMarks = marksOf(before ?? []);
  const next: Record<string, LineFate> = {};
  for (const { mark } of wanted) {
    if (standing.has(mark)) {
      const came = before !== null && fates[mark] === undefined && !beforeMarks.has(mark);
      next[mark] = isPut(fates[mark]) || came ? 'sent' : 'theirs';
    } else if (fates[mark] === 'changed') next[mark] = 'changed';
  }
  return next;
}

interface Recognised {
  readonly there: readonly Item[];
  readonly fates: ItemFates;
  readonly forms: ItemForms;
}

/** What stands there, with what of Zena's the CRM writes in its own way. */
function recognised(
  { identity, held, fates, forms = {} }: EntryListInput,
  wanted: readonly Item[],
  before: readonly Item[] | null,
): Recognised {
  const shown = entriesIn(held, identity, forms);
  const learned = learnEntries(identity, {
    known: wanted,
    before:
      before?.filter(({ mark }) => !isPut(fates[mark])) ??
      shown.filter(({ ownMark }) => fates[ownMark] !== undefined),
    shown,
    fates,
    forms,
    // Where a write is in doubt, people may have come instead: a CRM that is known to write in its own way did so here.
    trust: before !== null && Object.keys(forms).length > 0 && identity.as === 'text' ? 'read' : 'none',
  });
  return { there: knownItems(shown, learned.forms), fates: learned.fates, forms: learned.forms };
}

interface Places {
  readonly wanted: readonly Item[];
  readonly missing: readonly Item[];
  readonly there: readonly Item[];
  readonly leaving: ReadonlySet<Item>;
  /** Of what stands there and stays, what was put there. */
  readonly ours: ReadonlySet<Item>;
}

function oursIn(there: readonly Item[], next: ItemFates, leaving: ReadonlySet<Item>): Set<Item> {
  const seen = new Set<string>();
  return new Set(
    there.filter((item) => {
      if (next[item.mark] !== 'sent' || leaving.has(item) || seen.has(item.mark)) return false;
      return seen.add(item.mark);
    }),
  );
}

/** Whether there is nothing of people's. */
function isZenas({ there, leaving, ours }: Places): boolean {
  return there.every((item) => leaving.has(item) || ours.has(item));
}

/** Where all are Zena's, her first is the first. */
function isFirst(places: Places): boolean {
  const there = marksOf(places.there);
  const first = places.wanted.find(({ mark }) => there.has(mark));
  return !isZenas(places) || first?.mark === places.there[0]?.mark;
}

function arranged(places: Places, identity: EntryIdentity): Json[] {
  const { wanted, missing, there, leaving } = places;
  const taken = placesTaken(places);
  const placed = new Set(taken.values());
  const entryOf = (item: Item): readonly Json[] => {
    const instead = taken.get(item);
    if (instead !== undefined) return [inPlaceOf(item.entry, instead.entry, identity)];
    return leaving.has(item) ? [] : [item.entry];
  };
  if (!isZenas(places))
    return [...there.flatMap(entryOf), ...missing.flatMap((item) => (placed.has(item) ? [] : [item.entry]))];
  const byMark = new Map<string, readonly Json[]>(missing.map((item) => [item.mark, [item.entry]]));
  for (const item of there) byMark.set(taken.get(item)?.mark ?? item.mark, entryOf(item));
  return wanted.flatMap(({ mark }) => byMark.get(mark) ?? []);
}

/** Where Zena has one instead of another, the new one takes the place of the old: both stand behind the same one that stays. */
function placesTaken({ wanted, missing, there, leaving, ours }: Places): Map<Item, Item> {
  const stays = marksOf([...ours]);
  const isMissing = new Set(missing);
  const behind = (items: readonly Item[], isOne: (item: Item) => boolean): Map<string, Item[]> => {
    const found = new Map<string, Item[]>();
    let last = '';
    for (const item of items) {
      if (isOne(item)) found.set(last, [...(found.get(last) ?? []), item]);
      else if (stays.has(item.mark)) last = item.mark;
    }
    return found;
  };
  const old = behind(there, (item) => leaving.has(item));
  const pairs = [...behind(wanted, (item) => isMissing.has(item))].flatMap(([last, items]) =>
    (old.get(last) ?? []).flatMap((item, index) => {
      const instead = items[index];
      return instead === undefined ? [] : [[item, instead] as const];
    }),
  );
  return new Map(pairs);
}

/** What a CRM calls the sort of an entry: a number at work, an address at home. */
const SORT = /^(?:type|type_?code|kind|label)$/iu;

/** The new one, of the sort of the old one, also where Zena says nothing of sorts. */
function inPlaceOf(old: Json, entry: Json, { member }: EntryIdentity): Json {
  if (!isObject(old) || !isObject(entry)) return entry;
  const named = [...Object.keys(entry), ...Object.keys(old).filter((name) => SORT.test(name))];
  const kept = named.filter((name) => name !== member && !isEmptyField(old[name]));
  return {
    ...entry,
    ...(Object.fromEntries(kept.map((name) => [name, old[name] ?? null])) satisfies JsonObject),
  };
}
