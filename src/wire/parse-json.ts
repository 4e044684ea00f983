import { isUtf8 } from 'node:buffer';
import type { Json } from '../domain/json.ts';

export type ParsedJson = { readonly ok: true; readonly value: Json } | { readonly ok: false };

/** Deeper answers than any CRM gives, and far less than what a recursive reader can take. */
const DEEPEST = 64;
/** Texts without any of this mean the same to every reader. A `\u` may spell `__proto__`. */
const NEEDS_CARE = /__proto__|\\u|\d{16}|\d[eE][+-]?\d/;

/**
 * Reads JSON that someone else wrote: UTF-8 with or without a BOM, nested at most 64 deep, members named `__proto__` left out.
 * Whole numbers that a JavaScript number can't hold become their text, so that long ids stay what they are.
 */
export function parseJson(bytes: Uint8Array): ParsedJson {
  if (!isUtf8(bytes)) return { ok: false };
  const text = new TextDecoder().decode(bytes);
  if (depthOf(text) > DEEPEST) return { ok: false };
  try {
    const value = NEEDS_CARE.test(text) ? (JSON.parse(text, carefully) as Json) : (JSON.parse(text) as Json);
    return { ok: true, value };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false };
    throw error;
  }
}

function carefully(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (key === '__proto__') return undefined;
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const whole = Number.isInteger(value) || !Number.isFinite(value);
  return whole ? (context?.source ?? String(value)) : value;
}

/** The deepest nesting of brackets outside strings; meaningless for what is no JSON. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === OPEN_OBJECT || char === OPEN_ARRAY) deepest = Math.max(deepest, ++depth);
    else if (char === CLOSE_OBJECT || char === CLOSE_ARRAY) depth -= 1;
  }
  return deepest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}
