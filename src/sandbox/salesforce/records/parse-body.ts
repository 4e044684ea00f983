import type { Json, JsonObject } from '../../../domain/json.ts';
import { isJsonObject } from '../../kit/http/json-object.ts';
import type { SfField } from '../schema/field.ts';
import type { SfObject } from '../schema/objects.ts';
import { fieldOf, relationOf } from '../schema/schema.ts';
import { parseSfId } from '../schema/sf-id.ts';
import { recordsWith, shownText, type SfOrg } from '../org/sf-org.ts';
import { failure, type SfFailure } from '../org/sf-reply.ts';

/** A body's fields by their real names; or the first thing in it that can't be read. */
export type ParsedBody =
  | { readonly ok: true; readonly values: Readonly<Record<string, Json>> }
  | { readonly ok: false; readonly failure: SfFailure };

type Read = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly failure: SfFailure };

const value = (read: Json): Read => ({ ok: true, value: read });
const wrong = (...told: Parameters<typeof failure>): Read => ({ ok: false, failure: failure(...told) });

/** Reads a record's fields by name, in whatever case, and by type. What isn't a field is refused (seen on a real org). */
export function parseBody(org: SfOrg, object: SfObject, body: JsonObject): ParsedBody {
  const values: Record<string, Json> = {};
  for (const [name, given] of Object.entries(body)) {
    if (name.toLowerCase() === 'attributes') continue;
    const field = fieldOf(object, name);
    const relation = field === null ? relationOf(object, name) : null;
    if (field === null && relation === null) return { ok: false, failure: noColumn(object, name) };
    const read = field === null ? referred(org, relation, given) : parseValue(field, given);
    if (!read.ok) return read;
    values[(field ?? relation)?.name ?? name] = read.value;
  }
  return { ok: true, values };
}

export function noColumn(object: SfObject, name: string): SfFailure {
  return failure('INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`);
}

/** A parent that is named by its external id. */
function referred(org: SfOrg, relation: SfField | null, given: Json): Read {
  if (given === null) return value(null);
  const [target = ''] = relation?.referenceTo ?? [];
  const parent = org.schema().object(target);
  const [entry] = isJsonObject(given) ? Object.entries(given).filter(([name]) => name !== 'attributes') : [];
  if (parent === null || entry === undefined) return cannotRead('reference', given);
  const field = fieldOf(parent, entry[0]);
  if (field === null) return { ok: false, failure: noColumn(parent, entry[0]) };
  const key = shownText(entry[1]);
  const found = recordsWith(org, parent, field.name, key).filter(
    ({ fields }) => !field.caseSensitive || fields[field.name] === key,
  );
  if (found.length === 1) return value(found[0]?.id ?? null);
  const told = `Foreign key external ID: ${key} not found for field ${field.name} in entity ${parent.name}`;
  return wrong('INVALID_FIELD', told);
}

function cannotRead(type: string, given: Json): Read {
  const kind =
    typeof given === 'number'
      ? 'VALUE_NUMBER_INT'
      : typeof given === 'string'
        ? 'VALUE_STRING'
        : 'START_OBJECT';
  const shown = typeof given === 'object' ? JSON.stringify(given) : String(given);
  return wrong(
    'JSON_PARSER_ERROR',
    `Cannot deserialize instance of ${type} from ${kind} value ${shown} or request may be missing a required field at [line:1, column:2]`,
  );
}

/** A value of a field, as JSON or as a file's text. Empty text is nothing; blanks at the ends of a text are cut off. */
export function parseValue(field: SfField, given: Json): Read {
  if (given === null || given === '') return field.type === 'boolean' ? notNull(field) : value(null);
  switch (field.type) {
    case 'boolean':
      if (given === true || given === false) return value(given);
      return /^(true|false|1|0)$/i.test(shownText(given))
        ? value(/^(true|1)$/i.test(shownText(given)))
        : cannotRead('boolean', given);
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return parseNumber(field.type, given);
    case 'date':
      return parseDate(given);
    case 'datetime':
      return typeof given === 'string' && !Number.isNaN(Date.parse(given))
        ? value(new Date(given).toISOString())
        : cannotRead('datetime', given);
    case 'reference':
    case 'id':
      return parseReference(field, given);
    case 'string':
    case 'textarea':
    case 'email':
    case 'phone':
    case 'url':
    case 'picklist':
      return typeof given === 'string' ? value(given.trim() || null) : cannotRead('string', given);
  }
}

function notNull(field: SfField): Read {
  return wrong('INVALID_TYPE_ON_FIELD_IN_RECORD', `${field.label}: value not of required type: `, field.name);
}

function parseNumber(type: string, given: Json): Read {
  const number = typeof given === 'string' ? Number(given.trim()) : given;
  if (typeof number !== 'number' || !Number.isFinite(number)) return cannotRead(type, given);
  if (type === 'int' && !Number.isInteger(number)) return cannotRead(type, given);
  return value(number);
}

function parseDate(given: Json): Read {
  const day = typeof given === 'string' ? /^(\d{4}-\d\d-\d\d)(T.*)?$/.exec(given)?.[1] : undefined;
  const isDay = day !== undefined && new Date(`${day}T00:00:00Z`).toJSON()?.slice(0, 10) === day;
  return isDay ? value(day) : cannotRead('date', given);
}

function parseReference(field: SfField, given: Json): Read {
  if (typeof given !== 'string') return cannotRead('reference', given);
  const id = parseSfId(given);
  if (id !== null) return value(id);
  return wrong('MALFORMED_ID', `${field.label}: id value of incorrect type: ${given}`, field.name);
}
