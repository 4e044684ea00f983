import type { LineFate } from '../crm-copy.ts';
import type { Json } from '../json.ts';
import { fieldMark, isEmptyField } from './field-marks.ts';

/** What became of Zena's texts in a list that only grows, and which of them are people's, by the mark of each. */
export type TextFates = Readonly<Record<string, LineFate>>;

export interface AppendedInput {
  /** The texts that Zena says. */
  readonly zena: Json;
  /** Those that the CRM has; null: it wasn't asked, or can't tell. */
  readonly there: Json;
  readonly fates: TextFates;
}

export interface MergedTexts {
  /** What the CRM should come to hold, as far as is known what it has. */
  readonly list: Json;
  readonly fates: TextFates;
  /** The same while nobody knows whether the CRM took what is unsent. */
  readonly inDoubt: TextFates;
  /** What isn't there yet, in Zena's order. */
  readonly unsent: readonly string[];
  /** As it is before any of that is sent. */
  readonly settled: TextFates;
}

/**
 * Each text is sent once, and never again, whatever people do with it: nothing is taken out, so that what is remembered only grows. What people
 * had there already is theirs. A text of which nobody heard whether it was taken is sent again only where it isn't there.
 */
export function mergeAppended({ zena, there, fates }: AppendedInput): MergedTexts {
  const said = new Map(textsIn(zena).map((text) => [textMark(text), text]));
  const known = there === null ? null : new Map(textsIn(there).map((text) => [textMark(text), text]));
  const settled: Record<string, LineFate> = { ...fates };
  for (const [mark, fate] of Object.entries(fates))
    if (fate === 'doubted' && known?.has(mark) === true) settled[mark] = 'sent';
  const unsent: string[] = [];
  for (const [mark, text] of said) {
    const fate = settled[mark];
    if (fate !== undefined && fate !== 'doubted') continue;
    if (fate === undefined && known?.has(mark) === true) settled[mark] = 'theirs';
    else {
      delete settled[mark];
      unsent.push(text);
    }
  }
  const withFate = (fate: LineFate): TextFates => ({
    ...settled,
    ...Object.fromEntries(unsent.map((text) => [textMark(text), fate])),
  });
  const held = known === null ? [...said.values()] : [...known.values(), ...unsent];
  return { list: held, fates: withFate('sent'), inDoubt: withFate('doubted'), unsent, settled };
}

/** Of what Zena says, what was sent without an answer. */
export function doubtedTexts(zena: Json, fates: TextFates): readonly string[] {
  return textsIn(zena).filter((text) => fates[textMark(text)] === 'doubted');
}

/** What of a list is neither ours nor may be. */
export function textsBeside(there: Json, fates: TextFates): readonly string[] {
  return textsIn(there).filter((text) => {
    const fate = fates[textMark(text)];
    return fate !== 'sent' && fate !== 'doubted';
  });
}

/** The fates of texts that all were sent. */
export function sentTexts(value: Json): TextFates {
  return Object.fromEntries(textsIn(value).map((text) => [textMark(text), 'sent' as const]));
}

/** Names a text, however its white space is written. */
export function textMark(text: string): string {
  return fieldMark(text).slice(0, 16);
}

function textsIn(value: Json): string[] {
  const entries = Array.isArray(value) ? (value as readonly Json[]) : [];
  return entries.filter((entry): entry is string => typeof entry === 'string' && !isEmptyField(entry));
}
