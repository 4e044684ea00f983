import { stripVTControlCharacters } from 'node:util';

const WIDE =
  /^(?:\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}|[\u3000-\u303f\uff01-\uff60\uffe0-\uffe6])/u;
const INVISIBLE = /^[\p{M}\p{Cf}]+$/u;
/** Control characters, and those that turn the direction of the text around them. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;
const GRAPHEMES = new Intl.Segmenter();

/** Cells that a text takes on a terminal; colours take none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(stripVTControlCharacters(text))) {
    width += INVISIBLE.test(segment) ? 0 : WIDE.test(segment) ? 2 : 1;
  }
  return width;
}

/** A value of data made fit for a terminal: it can neither move the cursor nor begin a line. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(UNPRINTABLE, ' ').trim();
}

/** Cuts to at most this many cells, with an ellipsis where something is missing. */
export function clip(text: string, cells: number): string {
  if (displayWidth(text) <= cells) return text;
  let clipped = '';
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    width += displayWidth(segment);
    if (width > cells - 1) break;
    clipped += segment;
  }
  return `${clipped.trimEnd()}…`;
}

/** Fills up with blanks to this many cells. */
export function pad(text: string, cells: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, cells - displayWidth(text)));
  return align === 'left' ? text + blanks : blanks + text;
}
