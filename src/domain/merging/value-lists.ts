import { textHash } from '../content-hash.ts';
import type { LineFate } from '../crm-copy.ts';
import { foldText } from '../canonical/fold-text.ts';
import type { Json, JsonObject } from '../json.ts';
import { fieldMark, isEmptyField, isOwnField, plainText } from './field-marks.ts';

/** What became of Zena's items, and which are people's, by the mark of each. */
export type ItemFates = Readonly<Record<string, LineFate>>;

export interface ItemListInput {
  readonly zena: Json;
  /** What stands in the CRM: a list, or nothing. */
  readonly held: Json;
  readonly fates: ItemFates;
  /** What stood there before a write of which nobody heard whether it was taken; null where there was none. */
  readonly heldBefore: Json;
}

export interface ItemList {
  readonly list: readonly Json[];
  /** Once the CRM took it. */
  readonly fates: ItemFates;
  /** While nobody knows whether it did. */
  readonly inDoubt: ItemFates;
  /** What people made of items of ours, which has Zena's value again. */
  readonly replaced: readonly Json[];
}

/** Something that stands in a list. */
interface Item {
  /** Its kin, and what it says. */
  readonly mark: string;
  /** What it is called, whatever else it says: a milestone's type, a flag's words. */
  readonly kin: string;
  readonly entry: Json;
}

/** Whether a list of items can be told from this: a CRM may keep another thing in the field, which is a value then. */
export function isItemList(held: Json): boolean {
  return Array.isArray(held) || isEmptyField(held);
}

/**
 * A list of things that people and Zena keep together: an item leaves it only where this link put it there, and one of Zena's stands once.
 * Where people changed one of ours, Zena's takes its place again; what they add stays.
 */
export function mergeItems({ zena, held, fates, heldBefore }: ItemListInput): ItemList {
  const wanted = [...new Map(itemsIn(zena).map((item) => [item.mark, item])).values()];
  const wantedMarks = marksOf(wanted);
  const there = itemsIn(held);
  const before = heldBefore === null ? null : itemsIn(heldBefore);
  const leaving = leavingMarks({ fates, wantedMarks, there, before });
  const left: Record<string, LineFate> = {};
  // Of two that are equal one was put there; the other is somebody else's.
  const kept = there.filter(({ mark }) => {
    if (!leaving.delete(mark)) return true;
    left[mark] = 'doubted';
    return false;
  });
  const standing = marksOf(kept);
  const next: Record<string, LineFate> = {};
  for (const { mark } of wanted) {
    if (!standing.has(mark)) continue;
    const isOurs =
      isPut(fates[mark]) || (before !== null && fates[mark] === undefined && !hasMark(before, mark));
    next[mark] = isOurs ? 'sent' : 'theirs';
  }
  const missing = wanted.filter(({ mark }) => !standing.has(mark));
  const changed = changedByPeople({ kept, missing, wantedMarks, fates, there });
  for (const item of kept) if (!changed.has(item)) next[item.mark] ??= 'theirs';
  const inDoubt: Record<string, LineFate> = { ...fates, ...next, ...left };
  for (const { mark } of missing) {
    next[mark] = 'sent';
    // One that stood there is known to have, whether it stands there again or not.
    inDoubt[mark] = fates[mark] === 'sent' ? 'sent' : 'doubted';
  }
  const list = kept.map((item) => changed.get(item) ?? item);
  const added = missing.filter((item) => ![...changed.values()].includes(item));
  // Where people put nothing in, it is Zena's list, in Zena's order.
  const isZenas = list.every(({ mark }) => wantedMarks.has(mark)) && marksOf(list).size === list.length;
  const all = isZenas
    ? wanted.map((item) => list.find(({ mark }) => mark === item.mark) ?? item)
    : [...list, ...added];
  const replaced = [
    ...kept.filter((item) => changed.has(item)),
    ...replacedInDoubt({ before, there, wanted, fates }),
  ];
  return {
    list: all.map(({ entry }) => entry),
    fates: next,
    inDoubt,
    replaced: replaced.map(({ entry }) => entry),
  };
}

function isPut(fate: LineFate | undefined): boolean {
  return fate === 'sent' || fate === 'doubted';
}

interface Leaving {
  readonly fates: ItemFates;
  readonly wantedMarks: ReadonlySet<string>;
  readonly there: readonly Item[];
  readonly before: readonly Item[] | null;
}

/** What was put there and Zena has no more. One that went by a write of which nobody heard leaves its equal, which is people's, alone. */
function leavingMarks({ fates, wantedMarks, there, before }: Leaving): Set<string> {
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
  readonly wantedMarks: ReadonlySet<string>;
  readonly fates: ItemFates;
  readonly there: readonly Item[];
}

/**
 * What people made of items of ours, with the item of Zena's that takes its place: it is called the same, came after ours did, and
 * ours is there no more.
 */
function changedByPeople({ kept, missing, wantedMarks, fates, there }: Changing): ReadonlyMap<Item, Item> {
  const shown = marksOf(there);
  const lost = Object.keys(fates).filter((mark) => fates[mark] === 'sent' && !shown.has(mark));
  const changed = new Map<Item, Item>();
  for (const item of missing) {
    const lostAt = lost.findIndex((mark) => kinIn(mark) === item.kin);
    const place = kept.find(
      (other) =>
        other.kin === item.kin &&
        fates[other.mark] === undefined &&
        !wantedMarks.has(other.mark) &&
        !changed.has(other),
    );
    if (lostAt === -1 || place === undefined) continue;
    lost.splice(lostAt, 1);
    changed.set(place, item);
  }
  return changed;
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
  const came = wanted.filter(
    ({ mark }) => hasMark(there, mark) && !hasMark(before, mark) && isPut(fates[mark]),
  );
  const kin = new Set(came.map((item) => item.kin));
  return before.filter(
    (item) => kin.has(item.kin) && fates[item.mark] === undefined && !hasMark(there, item.mark),
  );
}

function hasMark(items: readonly Item[], mark: string): boolean {
  return items.some((item) => item.mark === mark);
}

function marksOf(items: readonly Item[]): Set<string> {
  return new Set(items.map(({ mark }) => mark));
}

/** All items as sent: what of a list that we made ourselves is ours. */
export function sentItems(list: Json): ItemFates {
  return Object.fromEntries(itemsIn(list).map(({ mark }) => [mark, 'sent' as const]));
}

/** What of a list stays where everything that was put there is taken out. */
export function itemsBeside(list: Json, fates: ItemFates): Json {
  return itemsIn(list)
    .filter(({ mark }) => !isPut(fates[mark]))
    .map(({ entry }) => entry);
}

/** Of items that were sent, those that stand in a list. */
export function standingItems(fates: ItemFates, list: Json): ItemFates {
  const there = marksOf(itemsIn(list));
  return Object.fromEntries(Object.entries(fates).filter(([mark]) => there.has(mark)));
}

/** Where the CRM answered in its own way what became of items of ours, that was put there, too. */
export function answeredItems(fates: ItemFates, sent: Json, answered: Json): ItemFates {
  const [ours, shown] = [itemsIn(sent), itemsIn(answered)];
  if (ours.length !== shown.length) return fates;
  const forms = ours
    .map(({ mark }, index) => [mark, shown[index]?.mark ?? mark] as const)
    .filter(([mark, form]) => fates[mark] === 'sent' && fates[form] === undefined);
  return { ...fates, ...Object.fromEntries(forms.map(([, form]) => [form, 'doubted' as const])) };
}

function itemsIn(list: Json): Item[] {
  if (!Array.isArray(list)) return [];
  return (list as readonly Json[]).map((entry) => {
    const said = saidBy(entry);
    const hash = fieldMark(said).slice(0, 16);
    const name = nameOf(said);
    const kin = name === '' ? hash : textHash(name).slice(0, 8);
    return { mark: `${kin}.${hash}`, kin, entry };
  });
}

function kinIn(mark: string): string {
  return mark.slice(0, mark.indexOf('.'));
}

function nameOf(said: Json): string {
  if (typeof said === 'string' || typeof said === 'number') return foldText(plainText(String(said)));
  const type =
    said !== null && typeof said === 'object' && !Array.isArray(said) ? (said as JsonObject)['type'] : null;
  return typeof type === 'string' ? foldText(plainText(type)) : '';
}

/** What an item says, without what the CRM adds by itself, days and times in one form. */
function saidBy(entry: Json): Json {
  if (typeof entry === 'string') return timeIn(entry);
  if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) return entry;
  const members = Object.entries(entry as JsonObject).filter(([name]) => !isOwnField(name));
  return Object.fromEntries(
    members.map(([name, value]) => [name, typeof value === 'string' ? timeIn(value) : value]),
  );
}

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d))?$/u;

/** `2026-05-01` is midnight of that day, and so it is in every other way of writing it. */
function timeIn(text: string): string {
  const time = TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? text : new Date(time).toISOString();
}
