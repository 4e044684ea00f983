import { foldText, settled } from './fold-text.ts';

/** A short text, such as a stage, for comparing: folded, with single blanks; `under_offer` and `Under-Offer` are `under offer`. */
export function compareWord(text: string): string {
  return settled(text, (word) =>
    foldText(word)
      .replace(/[\s_-]+/gu, ' ')
      .trim(),
  );
}
