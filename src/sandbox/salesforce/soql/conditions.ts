import type { Json } from '../../../domain/json.ts';
import type { SfField } from '../schema/field.ts';
import type { SfObject } from '../schema/objects.ts';
import { parseSfId } from '../schema/sf-id.ts';
import { shownText, type HeldRecord, type SfOrg } from '../org/sf-org.ts';
import { spanOf } from './date-spans.ts';
import type { Comparison, Condition, Literal, Query } from './query-tree.ts';
import { resolvePath, valueAt } from './resolve-path.ts';
import { errorAt } from './soql-error.ts';

export type Test<T> = (row: T) => boolean;

/** What a path in a query leads to: a record's, or that of a group of them. Throws a SoqlError where it leads nowhere. */
export type ReadPath<T> = (
  path: string,
  at: number,
) => { readonly field: SfField; readonly valueOf: (row: T) => Json };

interface Place<T> {
  readonly org: Pick<SfOrg, 'now'>;
  readonly text: string;
  readonly read: ReadPath<T>;
  /** The values that a query within the query finds. */
  readonly valuesOf: (query: Query) => readonly Json[];
}

/** Reads paths of records. */
export function readRecord(org: SfOrg, object: SfObject, text: string): ReadPath<HeldRecord> {
  return (path, at) => {
    const resolved = resolvePath(org, object, path, text, at);
    return { field: resolved.field, valueOf: (held) => valueAt(org, held, resolved) };
  };
}

/** What a WHERE asks of a record, or a HAVING of a group. Throws what the vendor says where it makes no sense. */
export function testOf<T>(place: Place<T>, condition: Condition): Test<T> {
  switch (condition.kind) {
    case 'and': {
      const tests = condition.parts.map((part) => testOf(place, part));
      return (row) => tests.every((test) => test(row));
    }
    case 'or': {
      const tests = condition.parts.map((part) => testOf(place, part));
      return (row) => tests.some((test) => test(row));
    }
    case 'not': {
      const test = testOf(place, condition.part);
      return (row) => !test(row);
    }
    case 'compare':
      return compareTest(place, condition);
    case 'in':
      return inTest(place, condition);
  }
}

function inTest<T>(place: Place<T>, condition: Extract<Condition, { kind: 'in' }>): Test<T> {
  const { path, at, isNegated, values } = condition;
  const { field, valueOf } = place.read(path, at);
  const wanted = new Set(
    'select' in values
      ? place.valuesOf(values).map((value) => folded(field, value))
      : values.map((value) => folded(field, literalValue(place, field, value, at))),
  );
  return (row) => wanted.has(folded(field, valueOf(row))) !== isNegated;
}

function compareTest<T>(place: Place<T>, condition: Extract<Condition, { kind: 'compare' }>): Test<T> {
  const { path, at, by, value } = condition;
  const { field, valueOf } = place.read(path, at);
  if (value.kind === 'span') return spanTest(place, valueOf, by, value.name);
  const wanted = literalValue(place, field, value, at);
  if (by === 'like') {
    const pattern = likePattern(shownText(wanted));
    return (row) => pattern.test(shownText(valueOf(row)));
  }
  const key = folded(field, wanted);
  if (by === '=') return (row) => folded(field, valueOf(row)) === key;
  if (by === '!=') return (row) => folded(field, valueOf(row)) !== key;
  return (row) => isOrdered(by, folded(field, valueOf(row)), key);
}

/** Nothing is neither less nor more than anything. */
function isOrdered(by: Comparison, held: Json, wanted: Json): boolean {
  if (held === null || wanted === null) return false;
  if (by === '<') return held < wanted;
  if (by === '<=') return held <= wanted;
  return by === '>' ? held > wanted : held >= wanted;
}

function spanTest<T>(place: Place<T>, valueOf: (row: T) => Json, by: Comparison, name: string): Test<T> {
  const { from, until } = spanOf(name, place.org.now());
  return (row) => {
    const value = valueOf(row);
    if (value === null) return by === '!=';
    const time = Date.parse(shownText(value).replace('+0000', 'Z'));
    const isWithin = time >= from && time < until;
    if (by === '=') return isWithin;
    if (by === '!=') return !isWithin;
    if (by === '<') return time < from;
    if (by === '<=') return time < until;
    return by === '>' ? time >= until : time >= from;
  };
}

/** What makes two values equal: letter case counts in case-sensitive fields alone. */
export function folded(field: SfField, value: Json): string | number | boolean | null {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  const text = shownText(value);
  if (field.type === 'datetime') return Date.parse(text.replace('+0000', 'Z'));
  if (field.type === 'id' || field.type === 'reference' || field.caseSensitive) return text;
  return text.toLowerCase();
}

/** A literal, as the field's type takes it. */
export function literalValue(
  { text }: { readonly text: string },
  field: SfField,
  literal: Literal,
  at: number,
): Json {
  const { type, name, length } = field;
  const wrong = (told: string) => errorAt(text, at, 'INVALID_FIELD', told);
  if (type === 'textarea' && length > 255) throw wrong(`field '${name}' can not be filtered in a query call`);
  const kindOf = (wanted: string, how: string) =>
    wrong(`value of filter criterion for field '${name}' must be of type ${wanted} and should ${how}`);
  switch (literal.kind) {
    case 'null':
      return null;
    case 'string':
      if (['boolean', 'int', 'double', 'currency', 'percent', 'date', 'datetime'].includes(type))
        throw kindOf(type, 'not be enclosed in quotes');
      if (type === 'id' || type === 'reference') return idLiteral(literal.text, field, wrong);
      return literal.text;
    case 'number':
      if (!['int', 'double', 'currency', 'percent'].includes(type))
        throw kindOf('string', 'be enclosed in quotes');
      return literal.number;
    case 'boolean':
      if (type !== 'boolean') throw kindOf('string', 'be enclosed in quotes');
      return literal.is;
    case 'date':
      if (type === 'date' && literal.text.length === 10) return literal.text;
      if (type === 'datetime' && literal.text.length > 10) return new Date(literal.text).toISOString();
      throw kindOf(type === 'date' || type === 'datetime' ? type : 'string', 'be enclosed in quotes');
    case 'span':
      throw kindOf(type, 'not be a date literal');
  }
}

function idLiteral(id: string, { name }: SfField, wrong: (told: string) => Error): string | null {
  if (id === '') return null;
  const known = parseSfId(id);
  if (known === null) throw wrong(`invalid ID field: ${id} (${name})`);
  return known;
}

function likePattern(like: string): RegExp {
  const pattern = [...like.matchAll(/\\[%_]|[\s\S]/g)]
    .map(([piece]) => {
      if (piece === '%') return '[\\s\\S]*';
      if (piece === '_') return '[\\s\\S]';
      const plain = piece.length === 2 ? piece.slice(1) : piece;
      return plain.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${pattern}$`, 'i');
}
