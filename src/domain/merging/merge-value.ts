import { foldText } from '../canonical/fold-text.ts';
import { compareAddress } from '../canonical/street-address.ts';
import { canonicalJson, type Json } from '../json.ts';
import { isObject } from './list-items.ts';
import { fieldMark, isEmptyField, plainText, sameField } from './field-marks.ts';

export interface ValueInput {
  readonly said: Json;
  readonly there: Json;
  /** Marks of what this link put there. */
  readonly sent: readonly string[];
  /** What stood there before a write of which nobody heard; null where there was none. */
  readonly prior: Json;
  /** Whether two values say the same in other ways of writing it; null: where they are the same. */
  readonly isAlike: ((one: Json, other: Json) => boolean) | null;
}

export interface MergedValue {
  readonly value: Json;
  /** The mark of what is ours there once the CRM took it. */
  readonly ours: string | null;
  readonly inDoubt: readonly string[];
  /** What people had there; null: nothing that is told. */
  readonly replaced: Json;
}

/** More values than a record is sent while its CRM answers nothing. */
export const MOST_DOUBTED = 8;

/** What somebody said last holds, Zena before people. Ours is only what was put there: what stood there already, in whatever way, is theirs. */
export function mergeValue({ said, there, sent, prior, isAlike }: ValueInput): MergedValue {
  const isOurs = sent.length > 0 && sent.includes(fieldMark(there));
  const mark = isEmptyField(said) ? null : fieldMark(said);
  const stands = !isEmptyField(there) && !isOurs;
  // Written anew by others since ours was taken: it says what Zena says, and isn't written back and forth.
  const isOurWord = sent.length === 1 && sent[0] === mark;
  if (stands && isOurWord && isAlike?.(there, said) === true)
    return { value: there, ours: mark, inDoubt: sent, replaced: null };
  const isTheirs = stands && (mark === null || sameField(there, said));
  const either = [...new Set([...(mark === null ? [] : [mark]), ...sent])];
  const replaces = stands && !isTheirs;
  // A write of which nobody heard whether it was taken was taken: what it replaced is told now.
  const replacedBefore = isOurs && !isEmptyField(prior) && !sent.includes(fieldMark(prior));
  return {
    value: mark === null && stands ? there : said,
    ours: isTheirs ? null : mark,
    inDoubt: isTheirs ? [] : either.slice(0, MOST_DOUBTED),
    replaced: replacedBefore ? prior : replaces ? there : null,
  };
}

/** Whether two addresses are one place, each in a way of its own: texts, or objects of texts whose other members are equal. */
export function isSamePlace(one: Json, other: Json): boolean {
  const [place, otherPlace] = [placeIn(one), placeIn(other)];
  return (
    place !== null &&
    otherPlace !== null &&
    place.rest === otherPlace.rest &&
    compareAddress(place.text) === compareAddress(otherPlace.text)
  );
}

function placeIn(address: Json): { readonly text: string; readonly rest: string } | null {
  if (typeof address === 'string') return { text: address, rest: '' };
  if (!isObject(address)) return null;
  const members = Object.entries(address);
  const texts = members.filter((member): member is [string, string] => typeof member[1] === 'string');
  const others = members.filter(([, member]) => typeof member !== 'string');
  // In one order, whichever the CRM has them in: unit, number, street.
  const inOrder = texts.sort(([a], [b]) => (a > b ? -1 : 1)).map(([, text]) => text);
  return { text: inOrder.join(' '), rest: canonicalJson(Object.fromEntries(others)) };
}

/** What isn't ours of a value: all of it, or nothing. One that differs from ours only in how it is written was written so by the CRM. */
export function valueBeside(
  value: Json,
  {
    marks,
    sent,
    isAlike,
  }: { readonly marks: readonly string[]; readonly sent: readonly Json[] } & Pick<ValueInput, 'isAlike'>,
): Json {
  if (marks.includes(fieldMark(value))) return null;
  const ours = sent.filter((each) => marks.includes(fieldMark(each)));
  return ours.some((each) => isSameText(each, value) || isAlike?.(each, value) === true) ? null : value;
}

function isSameText(one: Json, other: Json): boolean {
  return typeof one === 'string' && typeof other === 'string' && folded(one) === folded(other);
}

function folded(text: string): string {
  return foldText(plainText(text));
}
