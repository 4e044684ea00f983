import { compareWord } from '../domain/canonical/compare-word.ts';
import { compareEmail } from '../domain/canonical/email-address.ts';
import { comparePhone } from '../domain/canonical/phone-number.ts';
import { compareAddress } from '../domain/canonical/street-address.ts';
import { canonicalJson, type Json, type JsonObject } from '../domain/json.ts';
import type { EntryIdentity, FieldSharing } from '../domain/mapping.ts';

/** Whether a field stands in the CRM as Zena says it. */
export interface FieldLook {
  readonly said: Json;
  readonly there: Json;
  readonly sharing: FieldSharing | undefined;
  /** Nothing else may stand there: the record was made by this service, for one record of Zena's. */
  readonly alone: boolean;
}

/** What is never taken back. */
const STAYS: readonly FieldLook['sharing'][] = ['first_only', 'set_only', 'appended'];

/** By what the mapping says of whom a field belongs to. */
export function holdsField({ said, there, sharing, alone }: FieldLook): boolean {
  // What Zena says nothing of stays as people have it.
  if (isNothing(said)) return isNothing(there) || !alone || STAYS.includes(sharing);
  if (typeof sharing === 'object') return holdsList(said, there, alone, (entry) => nameOf(entry, sharing));
  switch (sharing) {
    case 'first_only':
      return !isNothing(there);
    case 'set_only':
      return holdsFlags(said, there);
    case 'lines':
      return includesAll(linesOf(said), linesOf(there), alone);
    case 'appended':
      return holdsList(said, there, false, textOf);
    case 'references':
      return holdsList(said, there, alone, textOf);
    case 'items':
      return holdsList(said, there, alone, canonicalJson);
    case 'address':
      return typeof said === 'string' && typeof there === 'string'
        ? compareAddress(said) === compareAddress(there)
        : canonicalJson(said) === canonicalJson(there);
    case 'value':
    case 'never_emptied':
    case undefined:
      return canonicalJson(said) === canonicalJson(there);
  }
}

export function isNothing(value: Json): boolean {
  return value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0);
}

function holdsList(said: Json, there: Json, alone: boolean, name: (item: Json) => string): boolean {
  return includesAll(itemsOf(said).map(name), itemsOf(there).map(name), alone);
}

function includesAll(wanted: readonly string[], held: readonly string[], alone: boolean): boolean {
  const all = new Set(held);
  return wanted.every((item) => all.has(item)) && (!alone || all.size === new Set(wanted).size);
}

/** A flag is turned on and never off, and so is each of several. */
function holdsFlags(said: Json, there: Json): boolean {
  if (!isObject(said)) return there === said;
  const held = isObject(there) ? there : {};
  return Object.entries(said).every(([name, flag]) => flag !== true || held[name] === true);
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(entry: Json, { member, as }: EntryIdentity): string {
  const known = member !== null && isObject(entry) ? (entry[member] ?? '') : entry;
  const text = textOf(known);
  if (as === 'email') return compareEmail(text);
  if (as === 'phone') return comparePhone(text);
  return as === 'text' ? compareWord(text) : text;
}

export function itemsOf(list: Json): readonly Json[] {
  return Array.isArray(list) ? (list as readonly Json[]) : [];
}

function linesOf(text: Json): readonly string[] {
  return textOf(text)
    .split(/\r?\n/u)
    .filter((line) => line.trim() !== '');
}

function textOf(value: Json): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : canonicalJson(value);
}
