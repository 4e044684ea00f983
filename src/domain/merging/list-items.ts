import { textHash } from '../content-hash.ts';
import { foldText } from '../canonical/fold-text.ts';
import type { LineFate } from '../crm-copy.ts';
import type { Json, JsonObject } from '../json.ts';
import { fieldMark, isOwnMember, plainText } from './field-marks.ts';
import { listIn } from './written-lists.ts';

/** What became of Zena's items, and which are people's, by the mark of each. */
export type ItemFates = Readonly<Record<string, LineFate>>;

/** How the CRM writes items of ours, where that is its own way: the mark that one has there, and the one that it was sent with. */
export type ItemForms = Readonly<Record<string, string>>;

/** Something that stands in a list. */
export interface Item {
  /** Its kin, and what it says; of one that the CRM writes in its own way, as it was sent. */
  readonly mark: string;
  /** What it is called, whatever else it says: a milestone's type, a flag's words. */
  readonly kin: string;
  readonly entry: Json;
  /** Whether the CRM writes it in its own way. */
  readonly isForm: boolean;
  /** The mark of what stands there. */
  readonly ownMark: string;
}

export function itemsIn(list: Json, forms: ItemForms = {}): Item[] {
  return (listIn(list)?.entries ?? []).map((entry) => {
    const said = saidBy(entry);
    const hash = fieldMark(said).slice(0, 16);
    const name = nameOf(said);
    const kin = name === '' ? hash : textHash(name).slice(0, 8);
    return knownAs({ mark: `${kin}.${hash}`, kin, entry, isForm: false, ownMark: `${kin}.${hash}` }, forms);
  });
}

/** The item of ours that stands there in the CRM's own way, where it is one. */
export function knownAs(item: Item, forms: ItemForms): Item {
  const mark = forms[item.ownMark];
  return mark === undefined ? item : { ...item, mark, kin: kinIn(mark), isForm: true };
}

export function kinIn(mark: string): string {
  return mark.slice(0, mark.indexOf('.'));
}

/** Whether these are fates of a list's items, rather than of a text's lines. */
export function isOfItems(fates: ItemFates): boolean {
  return Object.keys(fates).some((mark) => mark.includes('.'));
}

export function marksOf(items: readonly Item[]): Set<string> {
  return new Set(items.map(({ mark }) => mark));
}

export function isPut(fate: LineFate | undefined): boolean {
  return fate === 'sent' || fate === 'doubted';
}

function nameOf(said: Json): string {
  if (typeof said === 'string' || typeof said === 'number') return foldText(plainText(String(said)));
  const type = isObject(said) ? said['type'] : null;
  return typeof type === 'string' ? foldText(plainText(type)) : '';
}

export function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** What an item says, without what the CRM adds by itself, days and times in one form. */
export function saidBy(entry: Json): Json {
  if (typeof entry === 'string') return timeIn(entry);
  if (!isObject(entry)) return entry;
  const members = Object.entries(entry).filter(([name]) => !isOwnMember(name));
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
