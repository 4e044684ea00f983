import { comparePhone, PHONE_REGIONS } from '../canonical/phone-number.ts';
import type { EntryIdentity } from '../mapping.ts';
import { learnForms, type LearnedForms, type Learning } from './item-forms.ts';
import { entryMark, LONGEST_PHONE, NAMELESS, valueIn } from './list-entries.ts';
import { isPut, knownAs, marksOf, type Item, type ItemForms } from './list-items.ts';

/** As many as a person has numbers that tell no country. */
const MOST_COMPARED = 20;

/**
 * What of a list the CRM writes in its own way. A number whose country only the CRM knows stands there as it is dialled from anywhere. A text may
 * be written in other signs; an address or a number in other signs is another one, but where the CRM itself says what it made of it.
 */
export function learnEntries(identity: EntryIdentity, learning: Learning): LearnedForms {
  const { known, trust } = learning;
  const sought = trust === 'none' ? known : known.filter(({ mark }) => isPut(learning.fates[mark]));
  const forms = withSamePhones({ sought, shown: learning.shown, identity, forms: learning.forms });
  const plain = (items: readonly Item[]): Item[] =>
    items.map((item) => ({
      ...item,
      entry: identity.as === 'text' ? valueIn(item.entry, identity) : item.ownMark,
    }));
  return learnForms({
    ...learning,
    known: plain(known),
    before: plain(learning.before),
    shown: plain(learning.shown.map((item) => (item.isForm ? item : knownAs(item, forms)))),
    forms,
    trust: trust === 'read' && identity.as !== 'text' ? 'none' : trust,
  });
}

interface Dialling {
  readonly sought: readonly Item[];
  readonly shown: readonly Item[];
  readonly identity: EntryIdentity;
  readonly forms: ItemForms;
}

/** `029 123 4567` may be of several countries, and is `+64 29 123 4567` where one who knows has written it. */
function withSamePhones({ sought, shown, identity, forms }: Dialling): ItemForms {
  if (identity.as !== 'phone') return forms;
  const there = marksOf(shown);
  const lost = sought.filter(({ mark }) => mark !== NAMELESS && !there.has(mark));
  if (lost.length === 0) return forms;
  const soughtMarks = marksOf(sought);
  const free = shown.filter(({ mark }) => mark !== NAMELESS && !soughtMarks.has(mark));
  const byNumber = new Map<string, Item>();
  for (const item of free.slice(0, MOST_COMPARED).reverse())
    for (const number of numbersOf(valueIn(item.entry, identity))) byNumber.set(number, item);
  const found = new Map<string, string>();
  for (const { mark, entry } of lost.slice(0, MOST_COMPARED)) {
    const numbers = numbersOf(valueIn(entry, identity));
    const same = numbers.map((number) => byNumber.get(number)).find((item) => item !== undefined);
    if (same !== undefined && !found.has(same.ownMark)) found.set(same.ownMark, mark);
  }
  return found.size === 0 ? forms : { ...forms, ...Object.fromEntries(found) };
}

/** How a CRM may write what is put there, as far as that can be told: also where its answer is never heard, it is known again. */
export function foreseenForms(put: readonly Item[], identity: EntryIdentity): ItemForms {
  if (identity.as !== 'phone') return {};
  const forms = put.slice(0, MOST_COMPARED).flatMap(({ mark, entry }) =>
    numbersOf(valueIn(entry, identity))
      .map((number) => entryMark(number, identity))
      .filter((form) => form !== mark)
      .map((form) => [form, mark] as const),
  );
  return Object.fromEntries(forms);
}

/** What a number may be, dialled from anywhere. */
function numbersOf(value: string): string[] {
  if (value.length > LONGEST_PHONE) return [];
  const compared = comparePhone(value);
  if (compared.startsWith('+')) return [compared];
  const numbers = PHONE_REGIONS.map((region) => comparePhone(value, region));
  return [...new Set(numbers.filter((number) => number.startsWith('+')))];
}
