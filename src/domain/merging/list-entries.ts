import { compareEmail } from '../canonical/email-address.ts';
import { foldText } from '../canonical/fold-text.ts';
import { comparePhone } from '../canonical/phone-number.ts';
import { textHash } from '../content-hash.ts';
import type { Json } from '../json.ts';
import type { EntryIdentity } from '../mapping.ts';
import { isEmptyField, plainText } from './field-marks.ts';
import { isObject, knownAs, type Item, type ItemFates, type ItemForms } from './list-items.ts';
import { isListText, listIn, loneIn, partsOf, type WrittenList } from './written-lists.ts';

/** The mark of what has nothing that it could be known by: it is nobody's, and stays. */
export const NAMELESS = '';

/** No list of a person's is so long; what is behind that in a CRM's answer is known by its letters and figures as they are written. */
const MOST_READ = 60;
/** Longer than any number with all that people write beside it. */
export const LONGEST_PHONE = 80;

/**
 * What stands in a list, each marked by what it is known by. The mark tells the identity, too, so that what is ours can be told from the fates
 * alone.
 */
export function entriesIn(list: Json, identity: EntryIdentity, forms: ItemForms = {}): Item[] {
  return (writtenEntries(list, identity)?.entries ?? []).map((entry, index) => {
    const mark = entryMark(valueIn(entry, identity), identity, index < MOST_READ);
    return knownAs({ mark, kin: mark, entry, isForm: false, ownMark: mark }, forms);
  });
}

/** As a list stands in a field: a CRM may keep one entry alone, or what is text itself as one text. Null: it can't be read as a list. */
export function writtenEntries(held: Json, identity: EntryIdentity): WrittenList | null {
  if (isObject(held)) return valueIn(held, identity) === '' ? null : loneIn(held);
  if (identity.member === null || typeof held !== 'string' || !isListText(held)) return listIn(held);
  return { entries: partsOf(held), write: (list) => list };
}

/** Zena's: each once, and none without what it is known by. In a text that lists, one that has its separator in it is what it reads as there. */
export function wantedEntries(zena: Json, held: Json, identity: EntryIdentity): Item[] {
  const said = Array.isArray(zena) ? (zena as readonly Json[]) : [];
  const list = isListText(held)
    ? said.flatMap<Json>((entry) => (typeof entry === 'string' ? partsOf(entry) : [entry]))
    : said;
  const first = new Map<string, Item>();
  for (const item of entriesIn(list, identity)) if (!first.has(item.mark)) first.set(item.mark, item);
  first.delete(NAMELESS);
  return [...first.values()];
}

/** What names an entry by what it is known by. */
export function entryMark(value: string, { member, as }: EntryIdentity, isRead = true): string {
  const key = isEmptyField(value) ? '' : keyOf(value, isRead ? as : 'text');
  return key === '' ? NAMELESS : `${as}/${member ?? ''}/${textHash(key).slice(0, 16)}`;
}

const MARK = /^(email|phone|text|id)\/(.*)\/[0-9a-f]{16}$/su;

/** How the entries of a list are known, by the fates of those that are ours; null: these are fates of something else. */
export function identityIn(fates: ItemFates): EntryIdentity | null {
  for (const mark of Object.keys(fates)) {
    const found = MARK.exec(mark);
    if (found === null) return null;
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
  if (as === 'email') return compareEmail(value);
  if (as === 'phone') return value.length > LONGEST_PHONE ? foldText(plainText(value)) : comparePhone(value);
  return as === 'id' ? plainText(value) : foldText(plainText(value));
}
