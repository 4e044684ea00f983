import { isUtf8 } from 'node:buffer';
import type { Json } from '../../domain/json.ts';
import { isCareNeeded, surveyJson } from './survey-json.ts';

export type ParsedJson =
  | { readonly ok: true; readonly value: Json }
  /** `isTooMuch`: it may be JSON, of more values than anybody reads. */
  | { readonly ok: false; readonly isTooMuch?: true };

/** Deeper answers than any CRM gives, and far less than what a recursive reader can take. */
const DEEPEST = 64;
/** As many values as are read in some milliseconds. */
const MOST_VALUES = 50_000;

/**
 * Reads JSON that someone else wrote: UTF-8 with or without a BOM, nested at most 64 deep, members named `__proto__` left out. Whole numbers
 * that a JavaScript number can't hold become their text, so that long ids stay what they are. What holds more values than allowed is never
 * handed to the parser: its time grows with their number, and what is read of them with it.
 */
export function parseJson(bytes: Uint8Array, mostValues: number = MOST_VALUES): ParsedJson {
  if (!isUtf8(bytes)) return { ok: false };
  const text = new TextDecoder().decode(bytes);
  const survey = surveyJson(text, mostValues);
  if (survey.values > mostValues) return { ok: false, isTooMuch: true };
  if (survey.depth > DEEPEST) return { ok: false };
  try {
    const value = JSON.parse(survey.text) as Json;
    return { ok: true, value: isCareNeeded(text) ? withoutPrototypes(value) : value };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false };
    throw error;
  }
}

/** In place: the value is nobody else's yet. The parser makes plain members of them, which only a careless copy would follow. */
function withoutPrototypes(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__');
  for (const member of Object.values<Json>(value)) withoutPrototypes(member);
  return value;
}
