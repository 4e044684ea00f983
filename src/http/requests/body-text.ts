import { isUtf8 } from 'node:buffer';

/** More than any body needs; whoever walks a body may call itself for each level. */
const MOST_LEVELS = 64;

/** A body that can't be read; the framework answers with the status. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
  readonly statusCode = 400;
}

/**
 * The text of a body, without byte order marks before it.
 *
 * @throws {UnreadableBody} when the bytes are no UTF-8: with replacements, something else would be stored than was sent.
 */
export function bodyText(bytes: string | Buffer): string {
  if (typeof bytes !== 'string' && !isUtf8(bytes)) throw new UnreadableBody('The body is no UTF-8');
  return (typeof bytes === 'string' ? bytes : bytes.toString('utf8')).replace(/^\uFEFF+/, '');
}

/** Whether a JSON text has more levels of objects and lists than any body needs. What is no JSON gives any answer. */
export function isTooDeep(text: string): boolean {
  let levels = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = endOfString(text, at);
    else if (character === OPENING_BRACE || character === OPENING_BRACKET) {
      levels += 1;
      if (levels > MOST_LEVELS) return true;
    } else if (character === CLOSING_BRACE || character === CLOSING_BRACKET) levels -= 1;
  }
  return false;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPENING_BRACE, CLOSING_BRACE, OPENING_BRACKET, CLOSING_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Where the string that begins at a quote ends: nearly all of a large body is strings, which need not be looked at letter by letter. */
function endOfString(text: string, begin: number): number {
  for (let end = text.indexOf('"', begin + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (end - 1 - escapes > begin && text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}
