import { foldText, settled } from './fold-text.ts';
import { visibleText } from './invisible-marks.ts';

/** A name as it is sent: without invisible marks, with single blanks, otherwise as written. */
export function cleanName(name: string): string {
  return visibleText(name).replace(/\s+/gu, ' ').trim();
}

/** A name for comparing: folded, without apostrophes and full stops, with hyphens as blanks. Never what is sent. */
export function compareName(name: string): string {
  return settled(name, (text) =>
    foldText(text)
      .replace(/'/g, '')
      .replace(/[-.,\s]+/gu, ' ')
      .trim(),
  );
}
