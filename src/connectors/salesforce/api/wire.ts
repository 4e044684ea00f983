import type { Json, JsonObject } from '../../../domain/json.ts';
import { API_VERSION } from './assumed.ts';
import { failedAnswers } from '../../failed-answers.ts';

export const {
  inAnotherShape: unexpected,
  createWithoutId,
  notAnAbsence,
} = failedAnswers('Salesforce', { quotes: true });

const LONGEST_TEXT = 512 * 1_024;
/** 15 or 18 letters and figures; another one is passed on as it is. */
const LONGEST_ID = 128;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textIn(value: Json | undefined, name: string): string {
  const text = isObject(value) ? value[name] : undefined;
  return typeof text === 'string' && text.length <= LONGEST_TEXT ? text : '';
}

export function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value)
    ? (value as readonly Json[]).filter((item): item is JsonObject => isObject(item))
    : [];
}

/** The id of a record; null: there is none. */
export function idIn(value: Json | undefined, name = 'Id'): string | null {
  const id = textIn(value, name);
  return id !== '' && id.length <= LONGEST_ID ? id : null;
}

/** Epoch ms; null: it tells no time. `2026-11-30T10:00:00.000+0000`, which no other reader takes. */
export function timeIn(value: Json | undefined, name: string): number | null {
  const millis = Date.parse(textIn(value, name).replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isFinite(millis) ? millis : null;
}

/** A path of the API, relative to the org's own address. */
export function apiPath(...segments: readonly string[]): readonly string[] {
  return ['services', 'data', API_VERSION, ...segments];
}
