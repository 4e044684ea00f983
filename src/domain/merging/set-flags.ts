import type { Json, JsonObject } from '../json.ts';
import { fieldMark, isEmptyField } from './field-marks.ts';
import { isObject } from './list-items.ts';

export interface FlagsInput {
  readonly said: Json;
  readonly there: Json;
  /** Marks of what this link put there. */
  readonly sent: readonly string[];
}

export interface MergedFlags {
  readonly value: Json;
  /** The mark of what is ours there once the CRM took it: all that is on was put there. */
  readonly ours: string | null;
  readonly inDoubt: readonly string[];
  readonly stands: boolean;
}

/**
 * A flag, or an object of flags, that is only ever turned on: what is on stays on, whoever turned it on and whatever Zena says by now. Of an
 * object, each flag by itself; what isn't a flag of Zena's stays as it is.
 */
export function mergeFlags({ said, there, sent }: FlagsInput): MergedFlags {
  const stands = isNothingNew(said, there);
  const value = stands && !isEmptyField(there) ? there : withFlags(said, there);
  const isOurs = !isOn(there) || sent.includes(fieldMark(there));
  const ours = isOurs && !isEmptyField(value) ? fieldMark(value) : null;
  const either = ours === null ? [] : [...new Set([ours, ...sent])];
  return { value, ours, inDoubt: either, stands: stands && !isEmptyField(there) };
}

/** What of flags is on, and wasn't turned on here. */
export function flagsBeside(value: Json, marks: readonly string[]): Json {
  return !isOn(value) || marks.includes(fieldMark(value)) ? null : value;
}

/** Whether nothing of what Zena has on is off. */
function isNothingNew(said: Json, there: Json): boolean {
  if (!isObject(said)) return !isOn(said) || isOn(there);
  return Object.entries(said).every(
    ([name, flag]) => !isOn(flag) || isOn(isObject(there) ? (there[name] ?? null) : there),
  );
}

function withFlags(said: Json, there: Json): Json {
  if (!isObject(said) || !isObject(there)) return said;
  const on = Object.entries(said).filter(([name, flag]) => isOn(flag) && !isOn(there[name] ?? null));
  const absent = Object.entries(said).filter(([name]) => there[name] === undefined);
  return { ...there, ...Object.fromEntries([...absent, ...on]) } satisfies JsonObject;
}

/** A CRM may say it in figures or words. */
const OFF = /^\s*(?:|0|n|no|none|off|false|null)\s*$/iu;

function isOn(value: Json): boolean {
  if (value === null || value === false || value === 0) return false;
  if (typeof value === 'string') return !OFF.test(value);
  if (Array.isArray(value)) return value.length > 0;
  return isObject(value) ? Object.values(value).some(isOn) : true;
}
