import type { LineFate } from '../crm-copy.ts';
import type { Json } from '../json.ts';
import { isEmptyField } from './field-marks.ts';
import { changedItems, knownItems, learnForms } from './item-forms.ts';
import { isPut, itemsIn, kinIn, marksOf, type Item, type ItemFates, type ItemForms } from './list-items.ts';
import { isListText, listIn, partsOf } from './written-lists.ts';

export interface ItemListInput {
  readonly zena: Json;
  /** What stands in the CRM: a list, a text that lists, or nothing. */
  readonly held: Json;
  readonly fates: ItemFates;
  readonly forms?: ItemForms | undefined;
  /** What stood there before a write of which nobody heard whether it was taken; null where there was none. */
  readonly heldBefore: Json;
}

export interface ItemList {
  /** As it is to stand there, in the way in which it stood. */
  readonly list: Json;
  /** Once the CRM took it. */
  readonly fates: ItemFates;
  /** While nobody knows whether it did. */
  readonly inDoubt: ItemFates;
  readonly forms: ItemForms;
  /** Whether that is what stands there, as far as the CRM may say it in its own way. */
  readonly stands: boolean;
  /** What people made of items of ours, which has Zena's value again. */
  readonly replaced: readonly Json[];
}

/**
 * Whether a list of items can be told from this: a CRM may keep another thing in the field, which is a value then. A text can list what is text
 * itself.
 */
export function isItemList(held: Json, zena: Json): boolean {
  if (Array.isArray(held) || isEmptyField(held)) return true;
  const isPlain = !Array.isArray(zena) || zena.every((entry) => typeof entry === 'string');
  return isPlain && listIn(held) !== null;
}

/**
 * A list of things that people and Zena keep together: an item leaves it only where this link put it there, and one of Zena's stands once.
 * Where people changed one of ours, Zena's takes its place again; what they add stays.
 */
export function mergeItems(input: ItemListInput): ItemList {
  const { zena, held, heldBefore } = input;
  const wanted = wantedItems(zena, held);
  const wantedMarks = marksOf(wanted);
  const before = heldBefore === null ? null : itemsIn(heldBefore, input.forms);
  const { there, fates, forms } = recognised(input, wanted, before);
  const leaving = leavingMarks({ fates, wantedMarks, there, before });
  const left: Record<string, LineFate> = {};
  // Of two that are equal one was put there; the other is somebody else's.
  const kept = there.filter(({ mark }) => {
    if (!leaving.delete(mark)) return true;
    left[mark] = 'doubted';
    return false;
  });
  const standing = marksOf(kept);
  const beforeMarks = marksOf(before ?? []);
  const next: Record<string, LineFate> = {};
  for (const { mark } of wanted) {
    if (!standing.has(mark)) {
      if (fates[mark] === 'changed') next[mark] = 'changed';
      continue;
    }
    const isOurs =
      isPut(fates[mark]) || (before !== null && fates[mark] === undefined && !beforeMarks.has(mark));
    next[mark] = isOurs ? 'sent' : 'theirs';
  }
  const missing = wanted.filter(({ mark }) => next[mark] === undefined);
  const changed = changedByPeople({ kept, missing, wanted, fates, there });
  for (const item of kept) if (!changed.has(item)) next[item.mark] ??= 'theirs';
  const inDoubt: Record<string, LineFate> = { ...fates, ...next, ...left };
  for (const { mark } of missing) {
    next[mark] = 'sent';
    // One that stood there is known to have, whether it stands there again or not.
    inDoubt[mark] = fates[mark] === 'sent' ? 'sent' : 'doubted';
  }
  const all = inOrder({ wanted, kept, missing, changed });
  const replaced = [
    ...kept.filter((item) => changed.has(item)),
    ...replacedInDoubt({ before, there, wanted, fates }),
  ];
  const marks = all.map(({ mark }) => mark);
  const byMark = new Map(wanted.map((item) => [item.mark, item]));
  return {
    list: listIn(held)?.write(all.map((item) => asSent(item, byMark))) ?? null,
    fates: next,
    inDoubt,
    forms: Object.fromEntries(Object.entries(forms).filter(([, mark]) => isPut(next[mark]))),
    stands: marks.length === there.length && there.every(({ mark }, index) => mark === marks[index]),
    replaced: replaced.map(({ entry }) => entry),
  };
}

/** Each once; in a text that lists, one that has its separator in it is what it reads as there. */
function wantedItems(zena: Json, held: Json): Item[] {
  const said = Array.isArray(zena) ? (zena as readonly Json[]) : [];
  const list = isListText(held)
    ? said.flatMap<Json>((entry) => (typeof entry === 'string' ? partsOf(entry) : [entry]))
    : zena;
  return [...new Map(itemsIn(list).map((item) => [item.mark, item])).values()];
}

interface Recognised {
  readonly there: readonly Item[];
  readonly fates: ItemFates;
  readonly forms: ItemForms;
}

/** What stands there, with what is ours in a form of the CRM's. */
function recognised(
  { held, fates, forms = {} }: ItemListInput,
  wanted: readonly Item[],
  before: readonly Item[] | null,
): Recognised {
  const shown = itemsIn(held, forms);
  // Where a write is in doubt, people may have come instead: a CRM that is known to write in its own way did so here.
  const trust = before !== null && Object.keys(forms).length > 0 ? 'read' : 'none';
  const learned = learnForms({
    known: wanted,
    before:
      before?.filter(({ mark }) => !isPut(fates[mark])) ??
      shown.filter(({ ownMark }) => fates[ownMark] !== undefined),
    shown,
    fates,
    forms,
    trust,
  });
  return { there: knownItems(shown, learned.forms), fates: learned.fates, forms: learned.forms };
}

interface Ordering {
  readonly wanted: readonly Item[];
  readonly kept: readonly Item[];
  readonly missing: readonly Item[];
  readonly changed: ReadonlyMap<Item, Item>;
}

/** Where people put nothing in, it is Zena's list, in Zena's order. */
function inOrder({ wanted, kept, missing, changed }: Ordering): readonly Item[] {
  const list = kept.map((item) => changed.get(item) ?? item);
  const wantedMarks = marksOf(wanted);
  const isZenas = list.every(({ mark }) => wantedMarks.has(mark)) && marksOf(list).size === list.length;
  const isPlaced = new Set(list);
  const added = missing.filter((item) => !isPlaced.has(item));
  if (!isZenas) return [...list, ...added];
  const byMark = new Map([...list, ...added].map((item) => [item.mark, item]));
  return wanted.flatMap(({ mark }) => byMark.get(mark) ?? []);
}

/** A text of ours in the CRM's own letters is sent as Zena says it, once; a thing with members as it stands there, since people may have added to it. */
function asSent({ entry, isForm, mark }: Item, wanted: ReadonlyMap<string, Item>): Json {
  const ours = isForm && typeof entry !== 'object' ? wanted.get(mark) : undefined;
  return ours?.entry ?? entry;
}

interface Leaving {
  readonly fates: ItemFates;
  readonly wantedMarks: ReadonlySet<string>;
  readonly there: readonly Item[];
  readonly before: readonly Item[] | null;
}

/** What was put there and Zena has no more. One that went by a write of which nobody heard leaves its equal, which is people's, alone. */
export function leavingMarks({ fates, wantedMarks, there, before }: Leaving): Set<string> {
  const times = (items: readonly Item[], mark: string): number =>
    items.filter((item) => item.mark === mark).length;
  const isGone = (mark: string): boolean =>
    before !== null && fates[mark] === 'doubted' && times(there, mark) < times(before, mark);
  const marks = Object.keys(fates).filter((mark) => isPut(fates[mark]) && !wantedMarks.has(mark));
  return new Set(marks.filter((mark) => !isGone(mark)));
}

interface Changing {
  readonly kept: readonly Item[];
  readonly missing: readonly Item[];
  readonly wanted: readonly Item[];
  readonly fates: ItemFates;
  readonly there: readonly Item[];
}

/**
 * What people made of items of ours, with the item of Zena's that takes its place: it came after ours did, and as many of ours that were
 * called so are there no more.
 */
function changedByPeople({ kept, missing, wanted, fates, there }: Changing): ReadonlyMap<Item, Item> {
  const shown = marksOf(there);
  const gone = Object.keys(fates).filter((mark) => fates[mark] === 'sent' && !shown.has(mark));
  const lost = missing.filter(({ kin }) => {
    const at = gone.findIndex((mark) => kinIn(mark) === kin);
    if (at !== -1) gone.splice(at, 1);
    return at !== -1;
  });
  const wantedMarks = marksOf(wanted);
  const come = kept.filter(({ mark }) => fates[mark] === undefined && !wantedMarks.has(mark));
  return changedItems({ lost, come, zena: wanted, held: there });
}

interface InDoubt {
  readonly before: readonly Item[] | null;
  readonly there: readonly Item[];
  readonly wanted: readonly Item[];
  readonly fates: ItemFates;
}

/** A write of which nobody heard whether it was taken was taken: what it replaced is told now. */
function replacedInDoubt({ before, there, wanted, fates }: InDoubt): readonly Item[] {
  if (before === null) return [];
  const [beforeMarks, thereMarks] = [marksOf(before), marksOf(there)];
  const came = wanted.filter(
    ({ mark }) => thereMarks.has(mark) && !beforeMarks.has(mark) && isPut(fates[mark]),
  );
  const kin = new Set(came.map((item) => item.kin));
  return before.filter(
    (item) => kin.has(item.kin) && fates[item.mark] === undefined && !thereMarks.has(item.mark),
  );
}

/** All items as sent: what of a list that we made ourselves is ours. */
export function sentItems(list: Json): ItemFates {
  return Object.fromEntries(itemsIn(list).map(({ mark }) => [mark, 'sent' as const]));
}

/** What of a list stays where everything that was put there is taken out. */
export function itemsBeside(list: Json, fates: ItemFates, forms: ItemForms | undefined): Json {
  const beside = itemsIn(list, forms).filter(({ mark }) => !isPut(fates[mark]));
  return listIn(list)?.write(beside.map(({ entry }) => entry)) ?? list;
}

/** Of items that were sent, those that stand in a list. */
export function standingItems(fates: ItemFates, list: Json): ItemFates {
  const there = marksOf(itemsIn(list));
  return Object.fromEntries(Object.entries(fates).filter(([mark]) => there.has(mark)));
}

export interface ShownItems {
  readonly fates: ItemFates;
  readonly forms: ItemForms | undefined;
  /** As it was sent, or last known. */
  readonly known: Json;
  readonly shown: Json;
}

/** What of a list is ours, by what the CRM shows after it took it. */
export function shownItems(
  { fates, forms = {}, known, shown }: ShownItems,
  trust: 'answer' | 'read',
): { readonly fates: ItemFates; readonly forms: ItemForms } {
  const before = itemsIn(known, forms);
  return learnForms({ known: before, before, shown: itemsIn(shown, forms), fates, forms, trust });
}

/** Whether two lists say the same, each item as it is or in a form that the CRM is known to give it. */
export function sameItems(one: Json, other: Json, forms: ItemForms | undefined): boolean {
  const [a, b] = [itemsIn(one, forms), itemsIn(other, forms)];
  return a.length === b.length && a.every(({ mark }, index) => mark === b[index]?.mark);
}
