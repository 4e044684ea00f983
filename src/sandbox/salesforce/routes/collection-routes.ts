import type { Json, JsonObject } from '../../../domain/json.ts';
import { isJsonObject } from '../../kit/http/json-object.ts';
import { heldRecord, isVisible, textOf, type SfOrg } from '../org/sf-org.ts';
import {
  failed,
  failure,
  itemFailure,
  NO_JSON,
  NOT_ALLOWED,
  NOT_FOUND,
  ok,
  type SfFailure,
  type SfReply,
} from '../org/sf-reply.ts';
import type { Values } from '../records/check-values.ts';
import { noColumn, parseBody } from '../records/parse-body.ts';
import { recordWire } from '../records/record-values.ts';
import {
  insertRecord,
  removeRecord,
  updateRecord,
  upsertRecord,
  type Writer,
  type Written,
} from '../records/write-record.ts';
import type { SfField } from '../schema/field.ts';
import type { SfObject } from '../schema/objects.ts';
import { fieldOf } from '../schema/schema.ts';
import { parseSfId } from '../schema/sf-id.ts';
import { objectBody, writerOf, type RestCall } from './rest-call.ts';
import { writtenItem } from './written-reply.ts';

const MOST = 200;
/** Runs of records of one type (verified). */
const MOST_CHUNKS = 10;

const TOO_MANY = failed(
  400,
  failure(
    'EXCEEDED_ID_LIMIT',
    `record limit reached. cannot submit more than ${MOST} records into this call`,
  ),
);
const ROLLED_BACK: SfFailure = {
  errorCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  message: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
  fields: [],
};

/** One record of a collection, to be written. */
type Item = () => Written;

/** `/composite/sobjects`: up to 200 records in one call; 200 also where some fail, in the order of the request (verified). */
export function createCollectionRoutes(org: SfOrg) {
  const { schema } = org;

  return (call: RestCall): SfReply => {
    const { method, path } = call;
    const [, , typeName, fieldName] = path;
    if (typeName === undefined || typeName === '') {
      if (method === 'DELETE') return remove(org, call);
      if (method !== 'POST' && method !== 'PATCH') return NOT_ALLOWED(method);
      const body = objectBody(call);
      return body === null ? NO_JSON : write(org, call, body);
    }
    if (fieldName !== undefined && fieldName !== '') return upsert(org, call, typeName, fieldName);
    const object = schema().object(typeName);
    if (object === null) return NOT_FOUND;
    return method === 'GET' || method === 'POST' ? readMany(org, call, object) : NOT_ALLOWED(method);
  };
}

const refusedItem = (errorCode: string, message: string): Written => ({
  kind: 'failed',
  status: 400,
  failures: [{ errorCode, message, fields: ['Id'] }],
});

const missingId = (): Written => refusedItem('MISSING_ARGUMENT', 'Id not specified in an update call');
const malformed = (id: string): Written => refusedItem('MALFORMED_ID', `malformed id ${id}`);
const again = (message: string): Written => ({
  kind: 'failed',
  status: 400,
  failures: [{ errorCode: 'DUPLICATE_VALUE', message, fields: [] }],
});

function run(org: SfOrg, items: readonly Item[], allOrNone: boolean, isUpsert = false): SfReply {
  let results: Written[] = [];
  const isKept = org.store.attempt(() => {
    results = items.map((item) => item());
    return !allOrNone || results.every(({ kind }) => kind === 'done');
  });
  const shown = isKept
    ? results.map((written) => writtenItem(written, isUpsert))
    : results.map((written): JsonObject =>
        written.kind === 'done'
          ? { success: false, errors: [itemFailure(ROLLED_BACK)] }
          : writtenItem(written),
      );
  return ok(shown);
}

/** Each record with its object and fields. What can't be read refuses the whole call, or the record alone. */
function readItems(
  org: SfOrg,
  records: readonly Json[],
  typed: SfObject | null,
  write: (object: SfObject, values: Values, record: JsonObject) => Written,
): readonly Item[] | SfReply {
  if (records.length > MOST) return TOO_MANY;
  const items: Item[] = [];
  const types: string[] = [];
  for (const record of records) {
    if (!isJsonObject(record)) return NO_JSON;
    const { attributes } = record;
    const type = isJsonObject(attributes) ? textOf(attributes['type']) : '';
    const object = org.schema().object(type);
    if (type === '' || object === null || (typed !== null && object !== typed)) {
      const told =
        type === '' ? 'The record must specify a type' : `sObject type '${type}' is not supported.`;
      return failed(400, failure('INVALID_TYPE', told));
    }
    if (types.at(-1) !== object.name) types.push(object.name);
    const parsed = parseBody(org, object, record);
    if (parsed.ok) items.push(() => write(object, parsed.values, record));
    else if (org.settings().collectionParse === 'whole') return failed(400, parsed.failure);
    else items.push(() => ({ kind: 'failed', status: 400, failures: [parsed.failure] }));
  }
  if (types.length > MOST_CHUNKS)
    return failed(400, failure('INVALID_INPUT', `A collection holds at most ${MOST_CHUNKS} chunks of types`));
  return items;
}

function write(org: SfOrg, call: RestCall, body: JsonObject): SfReply {
  const writer = writerOf(org, call);
  const records = body['records'];
  if (!Array.isArray(records)) return NO_JSON;
  const isPatch = call.method === 'PATCH';
  const seen = new Set<string>();
  const items = readItems(org, records as readonly Json[], null, (object, values) => {
    if (!isPatch) return insertRecord(writer, object, values);
    const id = parseSfId(textOf(values['Id']));
    if (id === null) return missingId();
    if (seen.has(id)) return again(`Duplicate id specified: ${id}`);
    seen.add(id);
    return updateRecord(writer, object, id, values);
  });
  return 'status' in items ? items : run(org, items, body['allOrNone'] === true);
}

/** External ids only, and of one type (verified). */
function upsert(org: SfOrg, call: RestCall, typeName: string, fieldName: string): SfReply {
  if (call.method !== 'PATCH') return NOT_ALLOWED(call.method);
  const object = org.schema().object(typeName);
  const field = object === null ? null : fieldOf(object, fieldName);
  const body = objectBody(call);
  if (object === null || field === null || !(field.externalId || field.name === 'Id')) return NOT_FOUND;
  if (body === null || !Array.isArray(body['records'])) return NO_JSON;
  const items = readItems(org, body['records'] as readonly Json[], object, keyed(writerOf(org, call), field));
  return 'status' in items ? items : run(org, items, body['allOrNone'] === true, true);
}

function keyed(writer: Writer, field: SfField) {
  const seen = new Set<string>();
  return (object: SfObject, values: Values): Written => {
    const value = textOf(values[field.name]);
    if (value === '') {
      const told = `${field.name} not specified`;
      return {
        kind: 'failed',
        status: 400,
        failures: [{ errorCode: 'MISSING_ARGUMENT', message: told, fields: [] }],
      };
    }
    const key = field.caseSensitive ? value : value.toLowerCase();
    if (seen.has(key)) return again(`Duplicate external id specified: ${value}`);
    seen.add(key);
    const { [field.name]: _key, ...rest } = values;
    return field.name === 'Id'
      ? updateRecord(writer, object, value, rest)
      : upsertRecord(writer, object, { field: field.name, value }, rest);
  };
}

function remove(org: SfOrg, call: RestCall): SfReply {
  const ids = (call.query.get('ids') ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter(Boolean);
  if (ids.length === 0) return failed(400, failure('MISSING_ARGUMENT', 'The ids parameter is required'));
  if (ids.length > MOST) return TOO_MANY;
  const writer = writerOf(org, call);
  const items = ids.map((given): Item => () => {
    const id = parseSfId(given);
    const object = id === null ? null : org.schema().ofPrefix(id);
    return id === null || object === null ? malformed(given) : removeRecord(writer, object, id);
  });
  return run(org, items, call.query.get('allOrNone') === 'true');
}

/** Null in the place of what isn't there. */
function readMany(org: SfOrg, call: RestCall, object: SfObject): SfReply {
  const body = objectBody(call);
  const listed = (name: string): string[] => {
    const given = body?.[name];
    if (Array.isArray(given)) return (given as readonly Json[]).map(String);
    return (call.query.get(name) ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean);
  };
  const [ids, names] = [listed('ids'), listed('fields')];
  if (ids.length > 2_000 || (call.method === 'GET' && ids.length > 800)) return TOO_MANY;
  if (ids.length === 0 || names.length === 0)
    return failed(400, failure('MISSING_ARGUMENT', 'The ids and fields parameters are required'));
  const fields: SfField[] = [];
  for (const name of names) {
    const field = fieldOf(object, name);
    if (field === null) return failed(400, noColumn(object, name));
    fields.push(field);
  }
  const id = object.fields.filter(({ name }) => name === 'Id');
  const shown = [...fields.filter(({ name }) => name !== 'Id'), ...id];
  return ok(
    ids.map((given): Json => {
      const held = heldRecord(org, object, parseSfId(given) ?? '');
      if (held === null || held.removedAt !== null || !isVisible(org, call.caller, held)) return null;
      return recordWire(org, held, call.version, shown);
    }),
  );
}
