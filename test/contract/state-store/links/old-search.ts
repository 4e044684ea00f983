import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { contactBody, propertyBody, record, SCOPE } from '../../../support/builders.ts';
import { preparedLink } from './link-steps.ts';

/** What an earlier version stored for searching: lower case, and no more. */
export const OLD_TEXTS = {
  'contact/c-1': 'c-1\nsøren åke\nsoren@mail.example\n+64 21 555-0101\n+64215550101',
  'contact/c-2': 'c-2\nsinéad o’connor (x)',
  'contact/c-3': 'c-3\njürgen groß\nｗｉｄｅ',
  'property/p-1': 'p-1\n12 ma\u0304nge\u200bre road, ōtāhuhu',
} as const;

/** What is typed, and what of `OLD_TEXTS` it finds. */
export const OLD_SEARCHES: readonly (readonly [string, readonly string[]])[] = [
  ['søren', ['contact/c-1']],
  ['Soren Ake', ['contact/c-1']],
  ['SÖREN', ['contact/c-1']],
  ['mail.example', ['contact/c-1']],
  ['c-1', ['contact/c-1']],
  ["sinead o'connor", ['contact/c-2']],
  ['Sinéad O’Connor (X)', ['contact/c-2']],
  ['gross', ['contact/c-3']],
  ['groß', ['contact/c-3']],
  ['wide', ['contact/c-3']],
  ['Mangere Road, Otahuhu', ['property/p-1']],
  ['Māngere', ['property/p-1']],
  ['soran', []],
  ['.*', []],
];

/** Records as they stand in a store of an earlier version; `setText` puts the text where the store keeps it. */
export async function fillWithOldTexts(
  store: StateStore,
  setText: (key: string, text: string) => Promise<void> | void,
): Promise<void> {
  for (const [key, text] of Object.entries(OLD_TEXTS)) {
    const [kind = '', id = ''] = key.split('/');
    const stored = record(id, kind === 'contact' ? contactBody() : propertyBody());
    await store.records.write([{ record: stored, expectedRevision: 0 }]);
    await preparedLink(store.links, stored.key);
    await setText(key, text);
  }
}

/** What lists call them, also where no list's own words are kept. */
export async function titlesFound(store: StateStore): Promise<(string | undefined)[]> {
  const page = await store.links.list({ scope: SCOPE }, 1_000, null, 50);
  return page.items.map(({ record: of }) => of?.title);
}

export async function keysFound(store: StateStore, text: string): Promise<string[]> {
  const page = await store.links.list({ scope: SCOPE, text }, 1_000, null, 50);
  return page.items.map(({ link }) => link.key);
}
