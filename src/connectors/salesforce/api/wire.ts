import type { Json, JsonObject } from '../../../domain/json.ts';
import type { Failure } from '../../../domain/outcome.ts';
import { API_VERSION } from './assumed.ts';

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

export function unexpected(what: string, status: number): Failure {
  const detail = `Salesforce answered ${what} in another shape.`;
  return { kind: 'retry_later', code: 'ANSWER_UNEXPECTED', detail, status };
}

/** 404 and rejections of a look-up say that the look-up failed, never that there is no such record. */
export function notAnAbsence(failure: Failure): Failure {
  if (failure.kind !== 'gone' && failure.kind !== 'rejected') return failure;
  return {
    kind: 'retry_later',
    code: 'LOOK_UP_FAILED',
    detail: `Salesforce refused a look-up (${failure.code}). ${failure.detail}`,
    status: failure.kind === 'rejected' ? failure.status : 404,
    ...(failure.answer && { answer: failure.answer }),
  };
}

/** A 2xx without an id says neither yes nor no. */
export function createWithoutId(status: number): Failure {
  const detail = 'Salesforce answered a create without an id.';
  return { kind: 'ambiguous', code: 'ANSWER_WITHOUT_ID', detail, status };
}
