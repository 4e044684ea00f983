import type { Unreadable } from './letter-code.ts';

const MAX_DEPTH = 64;
/** Above what the largest event that `decodeChange` takes is made of. */
const MAX_VALUES = 80_000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses the bytes of a JSON object. Depth (64) and number of values (80,000) are bounded before anything is built.
 * `__proto__` and `constructor` become members like any other and reach no prototype.
 */
export function parseJsonValue(bytes: Uint8Array): { readonly value: unknown } | Unreadable {
  const fault = findExcess(bytes);
  if (fault !== null) return { code: 'TOO_COMPLEX', detail: fault };
  try {
    return { value: JSON.parse(utf8.decode(bytes)) as unknown };
  } catch (error) {
    // The parser's own message quotes the text, which may be personal data.
    const detail =
      error instanceof SyntaxError ? 'the value is not valid JSON' : 'the value is not valid UTF-8';
    return { code: 'INVALID_JSON', detail };
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Where the text that begins at a quote ends: nearly all of a large value is texts, which need not be looked at byte by byte. */
function endOfText(bytes: Uint8Array, begin: number): number {
  for (let end = bytes.indexOf(QUOTE, begin + 1); end !== -1; end = bytes.indexOf(QUOTE, end + 1)) {
    let escapes = 0;
    while (end - 1 - escapes > begin && bytes[end - 1 - escapes] === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return bytes.length;
}

/** One pass over the bytes; all that it looks for is ASCII, which UTF-8 uses for nothing else. */
function findExcess(bytes: Uint8Array): string | null {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      at = endOfText(bytes, at);
    } else if (byte === COMMA) {
      values += 1;
    } else if (OPENING.has(byte)) {
      values += 1;
      depth += 1;
      if (depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`;
    } else if (CLOSING.has(byte)) {
      depth -= 1;
    }
    if (values > MAX_VALUES) return `more than ${MAX_VALUES} values`;
  }
  return null;
}
