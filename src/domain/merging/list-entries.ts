import { compareEmail } from '../canonical/email-address.ts';
import { foldText } from '../canonical/fold-text.ts';
import { comparePhone, PHONE_REGIONS } from '../canonical/phone-number.ts';
import { textHash } from '../content-hash.ts';
import type { Json } from '../json.ts';
import type { EntryIdentity } from '../mapping.ts';
import { plainText } from './field-marks.ts';
import { isObject, knownAs, type Item, type ItemFates, type ItemForms } from './list-items.ts';
import { listIn } from './written-lists.ts';

/** The mark of what has nothing that it could be known by: it is nobody's, and stays. */
export const NAMELESS = '';

/**
 * What stands in a list, each marked by what it is known by. The mark tells the identity, too, so that what is ours can be told from the fates
 * alone.
 */
export function entriesIn(list: Json, identity: EntryIdentity, forms: ItemForms = {}): Item[] {
  return (listIn(list)?.entries ?? []).map((entry) => {
    const mark = markOf(valueIn(entry, identity), identity);
    return knownAs({ mark, kin: mark, entry, isForm: false, ownMark: mark }, forms);
  });
}

/** Zena's: each once, and none without what it is known by. */
export function wantedEntries(list: Json, identity: EntryIdentity): Item[] {
  const entries = entriesIn(list, identity).filter(({ mark }) => mark !== NAMELESS);
  return [...new Map(entries.toReversed().map((item) => [item.mark, item])).values()].reverse();
}

function markOf(value: string, { member, as }: EntryIdentity): string {
  const key = keyOf(value, as);
  return key === '' ? NAMELESS : `${as}/${member ?? ''}/${textHash(key).slice(0, 16)}`;
}

const MARK = /^(email|phone|text|id)\/(.*)\/[0-9a-f]{16}$/su;

/** How the entries of a list are known, by the fates of those that are ours; null: these are fates of something else. */
export function identityIn(fates: ItemFates): EntryIdentity | null {
  for (const mark of Object.keys(fates)) {
    const found = MARK.exec(mark);
    if (found === null) continue;
    return { member: found[2] === '' ? null : (found[2] ?? null), as: found[1] as EntryIdentity['as'] };
  }
  return null;
}

/** What an entry is known by, as it is written there. */
export function valueIn(entry: Json, { member }: EntryIdentity): string {
  const value = isObject(entry) ? (member === null ? null : entry[member]) : entry;
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

function keyOf(value: string, as: EntryIdentity['as']): string {
  if (plainText(value) === '') return '';
  if (as === 'email') return compareEmail(value);
  if (as === 'phone') return comparePhone(value);
  return as === 'id' ? plainText(value) : foldText(plainText(value));
}

/**
 * Whether two writings can be one number: `029 123 4567` may be of several countries, and is `+64 29 123 4567` where a CRM has written it as it
 * is dialled from anywhere.
 */
export function isSamePhone(one: string, other: string): boolean {
  return PHONE_REGIONS.some((region) => {
    const number = comparePhone(one, region);
    return number.startsWith('+') && number === comparePhone(other, region);
  });
}
