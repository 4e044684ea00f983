import type { Json, JsonObject } from '../json.ts';
import type { EntryIdentity } from '../mapping.ts';
import { foreseenForms, learnEntries } from './entry-forms.ts';
import { sameField } from './field-marks.ts';
import { entriesIn, identityIn, NAMELESS, wantedEntries } from './list-entries.ts';
import {
  isObject,
  isPut,
  knownAs,
  marksOf,
  type Item,
  type ItemFates,
  type ItemForms,
} from './list-items.ts';

/** All entries as sent: what of a list that we made ourselves is ours. */
export function sentEntries(
  list: Json,
  identity: EntryIdentity,
): { readonly fates: ItemFates; readonly forms: ItemForms } {
  const entries = wantedEntries(list, null, identity);
  const fates = Object.fromEntries(entries.map(({ mark }) => [mark, 'sent' as const]));
  return { fates, forms: foreseenForms(entries, identity) };
}

/** What of a list stays where everything that was put there is taken out. */
export function othersBeside(
  list: Json,
  identity: EntryIdentity,
  { fates, forms }: { readonly fates: ItemFates; readonly forms: ItemForms | undefined },
): Json {
  return entriesIn(list, identity, forms)
    .filter(({ mark }) => !isPut(fates[mark]))
    .map(({ entry }) => entry);
}

/** What stood in a list and was sent along with a write, and the CRM's answer to it doesn't show. */
export function droppedEntries(
  { held, sent, shown }: { readonly held: Json; readonly sent: Json; readonly shown: Json },
  identity: EntryIdentity,
): readonly Json[] {
  const [before, after] = [entriesIn(held, identity), entriesIn(shown, identity)];
  // A CRM that writes numbers in its own way may show it so.
  const forms = learnForeign(identity, before, after);
  const there = marksOf(after.map((item) => knownAs(item, forms)));
  const along = marksOf(entriesIn(sent, identity));
  return before
    .filter(({ mark }) => mark !== NAMELESS && along.has(mark) && !there.has(mark))
    .map(({ entry }) => entry);
}

function learnForeign(identity: EntryIdentity, known: readonly Item[], shown: readonly Item[]): ItemForms {
  return learnEntries(identity, { known, before: known, shown, fates: {}, forms: {}, trust: 'none' }).forms;
}

/** Of entries that were sent, those that stand in a list. */
export function standingEntries(fates: ItemFates, list: Json, forms: ItemForms | undefined): ItemFates {
  const identity = identityIn(fates);
  const there = identity === null ? new Set<string>() : marksOf(entriesIn(list, identity, forms));
  return Object.fromEntries(Object.entries(fates).filter(([mark]) => there.has(mark)));
}

export interface ShownEntries {
  readonly fates: ItemFates;
  readonly forms: ItemForms | undefined;
  /** As it was sent, or last known. */
  readonly known: Json;
  readonly shown: Json;
}

/** What of a list is ours, by what the CRM shows after it took it. */
export function shownEntries(
  { fates, forms = {}, known, shown }: ShownEntries,
  trust: 'answer' | 'read',
): { readonly fates: ItemFates; readonly forms: ItemForms } {
  const identity = identityIn(fates);
  if (identity === null) return { fates, forms };
  const before = entriesIn(known, identity, forms);
  const there = entriesIn(shown, identity, forms);
  return learnEntries(identity, { known: before, before, shown: there, fates, forms, trust });
}

/** Whether two lists say the same, entry by entry: each is known as the same, and has the same members beside that. */
export function sameEntries(
  one: Json,
  other: Json,
  { identity, forms }: { readonly identity: EntryIdentity; readonly forms: ItemForms | undefined },
): boolean {
  const [a, b] = [entriesIn(one, identity, forms), entriesIn(other, identity, forms)];
  return (
    a.length === b.length &&
    a.every(({ mark, entry }, index) => {
      const there = b[index];
      if (there === undefined || there.mark !== mark) return false;
      return sameField(beside(entry, identity), beside(there.entry, identity));
    })
  );
}

/** What a CRM calls a code that stands beside (`type` of `typeCode`) is its own word: it says nothing that the code doesn't. */
function beside(entry: Json, { member }: EntryIdentity): Json {
  if (!isObject(entry)) return null;
  return Object.fromEntries(
    Object.entries(entry).filter(([name]) => name !== member && entry[`${name}Code`] === undefined),
  ) satisfies JsonObject;
}
