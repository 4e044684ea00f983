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
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') inString = !inString;
    else if (inString) at += character === '\\' ? 1 : 0;
    else if (character === '{' || character === '[') levels += 1;
    else if (character === '}' || character === ']') levels -= 1;
    if (levels > MOST_LEVELS) return true;
  }
  return false;
}
