import { foldText } from '../canonical/fold-text.ts';
import type { LineFate } from '../crm-copy.ts';
import { canonicalJson, type Json } from '../json.ts';
import { fieldMark, isEmptyField, isOwnMember, plainText } from './field-marks.ts';
import {
  isObject,
  isPut,
  knownAs,
  marksOf,
  saidBy,
  type Item,
  type ItemFates,
  type ItemForms,
} from './list-items.ts';

export interface Learning {
  /** As they were sent or last known, in their order. */
  readonly known: readonly Item[];
  /** What isn't new, whoever put it there. */
  readonly before: readonly Item[];
  /** What stands there now. */
  readonly shown: readonly Item[];
  readonly fates: ItemFates;
  readonly forms: ItemForms;
  /**
   * What is made of items of ours of which nothing is found again: `answer`, it is the CRM's own word of what it made of them, so of as many
   * each is the one at its place; `read`, people may have been there meanwhile; `none`, nothing.
   */
  readonly trust: 'answer' | 'read' | 'none';
}

export interface LearnedForms {
  readonly fates: ItemFates;
  readonly forms: ItemForms;
}

/**
 * What of a list is ours in a form that the CRM gave it. Known by what it says: all that ours said, in whatever letters and members. Where
 * nothing of ours is found again and at least as much else came, it stands there in a form that can't be told from people's, or people took its
 * place: it isn't sent again, and nothing of that is ever taken away.
 */
export function learnForms(learning: Learning): LearnedForms {
  const { known, shown, fates, trust } = learning;
  const there = marksOf(shown);
  const ours = uniqueItems(known.filter(({ mark }) => isPut(fates[mark])));
  const lost = ours.filter(({ mark }) => !there.has(mark));
  if (lost.length === 0) return { fates, forms: learning.forms };
  const come = newItems(learning);
  const found = formsBySaying(lost, come);
  if (trust === 'answer' && known.length === shown.length) {
    const places = new Map(known.map((item, index) => [item, shown[index]]));
    const isNew = new Set(come);
    for (const form of found.values()) isNew.delete(form);
    for (const item of lost) {
      const form = places.get(item);
      if (!found.has(item) && form !== undefined && isNew.delete(form)) found.set(item, form);
    }
  }
  const forms = [...found].map(([item, form]) => [form.ownMark, item.mark] as const);
  const isFound = new Set(found.values());
  const left = {
    lost: lost.filter((item) => !found.has(item)),
    come: come.filter((item) => !isFound.has(item)),
  };
  const unseen = trust === 'none' ? [] : unseenOf({ ours, shown, ...left });
  const changed = unseen.map(({ mark }) => [mark, 'changed'] satisfies [string, LineFate]);
  return {
    fates: { ...fates, ...Object.fromEntries(changed) },
    forms: forms.length === 0 ? learning.forms : { ...learning.forms, ...Object.fromEntries(forms) },
  };
}

/** For each that is lost the first that says all that it says. */
function formsBySaying(lost: readonly Item[], come: readonly Item[]): Map<Item, Item> {
  const sayings = new Map(come.map((item) => [item, new Set(sayingsOf(item.entry))]));
  const saying = new Map<string, Set<Item>>();
  for (const [item, all] of sayings)
    for (const each of all) saying.set(each, (saying.get(each) ?? new Set()).add(item));
  const found = new Map<Item, Item>();
  for (const item of lost) {
    const said = [...new Set(sayingsOf(item.entry))].sort(
      (one, other) => (saying.get(one)?.size ?? 0) - (saying.get(other)?.size ?? 0),
    );
    const [rarest = ''] = said;
    for (const form of saying.get(rarest) ?? []) {
      if (!said.every((each) => sayings.get(form)?.has(each) === true)) continue;
      found.set(item, form);
      for (const each of sayings.get(form) ?? []) saying.get(each)?.delete(form);
      break;
    }
  }
  return found;
}

/** What came, each as often as it did; nothing of which it is known whose it is. */
function newItems({ before, shown, fates }: Learning): Item[] {
  const times = new Map<string, number>();
  for (const { ownMark } of before) times.set(ownMark, (times.get(ownMark) ?? 0) + 1);
  return shown.filter(({ ownMark, isForm }) => {
    const left = times.get(ownMark) ?? 0;
    times.set(ownMark, left - 1);
    return left <= 0 && !isForm && !isPut(fates[ownMark]);
  });
}

interface Unseen {
  readonly ours: readonly Item[];
  readonly lost: readonly Item[];
  readonly come: readonly Item[];
  readonly shown: readonly Item[];
}

/** A CRM that shows one of ours as it was sent doesn't write them in another way. */
function unseenOf({ ours, lost, come, shown }: Unseen): readonly Item[] {
  const own = new Set(shown.map(({ ownMark }) => ownMark));
  if (ours.some(({ mark }) => own.has(mark))) return [];
  const changed = changedItems({ lost, come, zena: ours, held: shown });
  const isChanged = new Set(changed.values());
  const left = lost.filter((item) => !isChanged.has(item));
  return come.length - changed.size >= left.length ? left : [];
}

export interface Changing {
  /** Items of ours that aren't found again. */
  readonly lost: readonly Item[];
  /** What came since. */
  readonly come: readonly Item[];
  /** All that Zena has, and all that stands there. */
  readonly zena: readonly Item[];
  readonly held: readonly Item[];
}

/**
 * What people made of items of ours: it is called the same, and says more of the same, its day or its notes, or there is no other that is called
 * so, in Zena's list and in the CRM's. All else is people's own.
 */
export function changedItems({ lost, come, zena, held }: Changing): ReadonlyMap<Item, Item> {
  const places = new Map<string, Set<Item>>();
  for (const item of come)
    for (const place of [item.kin, ...saidWith(item)])
      places.set(place, (places.get(place) ?? new Set()).add(item));
  const times = [zena, held].map((list) => Map.groupBy(list, ({ kin }) => kin));
  const changed = new Map<Item, Item>();
  for (const item of lost) {
    const isSole = times.every((kins) => kins.get(item.kin)?.length === 1);
    const named = [...saidWith(item), ...(isSole ? [item.kin] : [])];
    const place = named.map((each) => firstOf(places.get(each))).find((each) => each !== undefined);
    if (place === undefined) continue;
    for (const each of [place.kin, ...saidWith(place)]) places.get(each)?.delete(place);
    changed.set(place, item);
  }
  return changed;
}

function firstOf(items: ReadonlySet<Item> | undefined): Item | undefined {
  const [first] = items ?? [];
  return first;
}

/** What an item says beside what it is called, and under what; one that is a name alone says no more than that. */
function saidWith({ kin, entry }: Item): string[] {
  const said = saidBy(entry);
  if (!isObject(said)) return [`${kin}.`];
  return Object.entries(said)
    .filter(([name, value]) => name !== 'type' && !isEmptyField(value))
    .map(([name, value]) => `${kin}.${name}.${fieldMark(value)}`);
}

const EARLIEST_MS = 1e11;
const LATEST_MS = 1e13;
const EARLIEST_S = 1e9;
const LATEST_S = 1e10;

/** All that an entry says, in letters and figures alone, times in one form. */
function sayingsOf(entry: Json): string[] {
  if (isEmptyField(entry)) return [];
  if (Array.isArray(entry)) return (entry as readonly Json[]).flatMap(sayingsOf);
  if (isObject(entry))
    return Object.entries(entry).flatMap(([name, value]) => (isOwnMember(name) ? [] : sayingsOf(value)));
  if (typeof entry === 'number') return [sayingOf(String(entry)), ...timesOf(entry).map(sayingOf)];
  const said = saidBy(entry);
  return [sayingOf(typeof said === 'string' ? said : canonicalJson(said))];
}

function timesOf(figure: number): string[] {
  if (figure >= EARLIEST_MS && figure < LATEST_MS) return [new Date(figure).toISOString()];
  return figure >= EARLIEST_S && figure < LATEST_S ? [new Date(figure * 1_000).toISOString()] : [];
}

function sayingOf(text: string): string {
  const plain = foldText(plainText(text));
  return plain.replace(/[^\p{L}\p{N}]+/gu, '') || plain;
}

function uniqueItems(items: readonly Item[]): Item[] {
  const seen = new Set<string>();
  return items.filter(({ mark }) => !seen.has(mark) && seen.add(mark));
}

/** As they are known once more is. */
export function knownItems(items: readonly Item[], forms: ItemForms): Item[] {
  return items.map((item) => (item.isForm ? item : knownAs(item, forms)));
}
