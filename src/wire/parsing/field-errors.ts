import type { Json } from '../../domain/json.ts';
import type { FieldError } from '../../domain/outcome.ts';
import { isList, isObject, own } from './json-shapes.ts';

const MOST_ERRORS = 20;
const LONGEST_FIELD = 100;
const LONGEST_MESSAGE = 300;

const LISTS = [
  'errors',
  'fieldErrors',
  'field_errors',
  'fields',
  'details',
  'validationErrors',
  'violations',
];
const NAMES = ['field', 'pointer', 'path', 'property', 'propertyPath', 'attribute', 'param', 'name'];
const MESSAGES = [
  'message',
  'detail',
  'description',
  'reason',
  'error',
  'title',
  'msg',
  'errorMessage',
  'code',
];

/**
 * What a refusal says about fields, read from the shapes that HTTP APIs use: a list or an object of errors, or one message.
 * Nothing understood is an empty list. At most 20 entries, each cut to a length that fits a page.
 */
export function readFieldErrors(body: Json): readonly FieldError[] {
  return entriesOf(body)
    .filter(({ message }) => message !== '')
    .slice(0, MOST_ERRORS)
    .map(({ field, message }) => ({
      field: cut(field, LONGEST_FIELD),
      message: cut(message, LONGEST_MESSAGE),
    }));
}

function entriesOf(body: Json): readonly FieldError[] {
  if (isList(body)) return body.slice(0, MOST_ERRORS).flatMap((item) => fromItem('', item));
  if (!isObject(body)) return [];
  for (const name of LISTS) {
    const found = own(body, name);
    if (isList(found)) return found.slice(0, MOST_ERRORS).flatMap((item) => fromItem('', item));
    if (isObject(found)) return fromObject(found);
  }
  const inner = own(body, 'error');
  return isObject(inner) ? entriesOf(inner) : fromItem('', body);
}

/** `{"email": "is taken", "phone": ["is too long", …]}` */
function fromObject(errors: { readonly [field: string]: Json }): readonly FieldError[] {
  return Object.entries(errors)
    .slice(0, MOST_ERRORS)
    .flatMap(([field, found]) =>
      isList(found)
        ? found.slice(0, MOST_ERRORS).flatMap((item) => fromItem(field, item))
        : fromItem(field, found),
    );
}

function fromItem(field: string, item: Json): readonly FieldError[] {
  if (typeof item === 'string') return [{ field, message: item }];
  if (!isObject(item)) return [];
  const message = firstText(item, MESSAGES);
  const named = own(item, 'fields');
  const fields = isList(named) ? named.filter((name) => typeof name === 'string') : [];
  return fields.length > 0
    ? fields.slice(0, MOST_ERRORS).map((name) => ({ field: name, message }))
    : [{ field: firstText(item, NAMES) || field, message }];
}

function firstText(item: { readonly [name: string]: Json }, names: readonly string[]): string {
  for (const name of names) {
    const value = own(item, name);
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return '';
}

/** One line without control characters, which could forge one in a log or on a terminal. */
function cut(whole: string, length: number): string {
  // Generously, so that no pattern ever runs over megabytes.
  const text = whole.slice(0, 4 * length);
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > length || text !== whole
    ? `${line.slice(0, length - 1).toWellFormed()}…`
    : line.toWellFormed();
}
