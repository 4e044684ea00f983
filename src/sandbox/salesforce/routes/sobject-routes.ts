import type { Json } from '../../../domain/json.ts';
import { parseBody, noColumn } from '../records/parse-body.ts';
import { recordWire, dateTimeText, stampOf } from '../records/record-values.ts';
import {
  insertRecord,
  recordsByKey,
  removeRecord,
  updateRecord,
  upsertRecord,
  type Written,
} from '../records/write-record.ts';
import type { SfField } from '../schema/field.ts';
import type { SfObject } from '../schema/objects.ts';
import { fieldOf } from '../schema/schema.ts';
import { parseSfId } from '../schema/sf-id.ts';
import { heldRecord, isVisible, type HeldRecord, type SfOrg, removedRecords } from '../org/sf-org.ts';
import { failed, failure, NO_JSON, NOT_ALLOWED, NOT_FOUND, ok, type SfReply } from '../org/sf-reply.ts';
import { runQuery } from '../soql/run-query.ts';
import { briefDescribe, fullDescribe } from './describe.ts';
import { objectBody, recordUrl, writerOf, type RestCall } from './rest-call.ts';
import { writtenReply } from './written-reply.ts';

const DAY_MS = 86_400_000;
/** Verified: how far back each list goes. */
const REACH_DAYS = { updated: 30, deleted: 15 } as const;

/** `/updated` and `/deleted`: whose records changed, or went, within a time; its seconds don't count (verified). */
function changedReply(
  org: SfOrg,
  object: SfObject,
  which: 'updated' | 'deleted',
  query: URLSearchParams,
): SfReply {
  const [start, end] = [minuteOf(query.get('start')), minuteOf(query.get('end'))];
  if (start === null || end === null) {
    const told = `${start === null ? 'start' : 'end'} is not a valid date`;
    return failed(400, failure('INVALID_FIELD', told));
  }
  if (end <= start)
    return failed(
      400,
      failure('INVALID_REPLICATION_DATE', 'endDate must be at least one minute greater than startDate'),
    );
  const reach = REACH_DAYS[which] * DAY_MS;
  if (start < org.now() - reach - 60_000) {
    const told = `startDate before org replication enabled date, or more than ${REACH_DAYS[which]} days ago`;
    return failed(400, failure('INVALID_REPLICATION_DATE', told));
  }
  const isWithin = (held: HeldRecord): boolean => stampOf(held) >= start && stampOf(held) < end;
  const latest = dateTimeText(Math.min(end, org.now()));
  if (which === 'updated') {
    const held = org.store.all(object.name).map((record) => ({ object, record, removedAt: null }));
    return ok({ ids: held.filter(isWithin).map(({ record }) => record.id), latestDateCovered: latest });
  }
  return ok({
    deletedRecords: removedRecords(org, object)
      .filter(isWithin)
      .map(({ record, removedAt }) => ({ id: record.id, deletedDate: dateTimeText(removedAt ?? 0) })),
    earliestDateAvailable: dateTimeText(org.now() - reach),
    latestDateCovered: latest,
  });
}

function minuteOf(text: string | null): number | null {
  // A plus that wasn't encoded arrives as a blank.
  const time = Date.parse((text ?? '').replace(' ', '+'));
  return Number.isNaN(time) ? null : Math.floor(time / 60_000) * 60_000;
}

/** `/sobjects` and what lies below. */
export function createSobjectRoutes(org: SfOrg) {
  const { schema } = org;

  return (call: RestCall): SfReply | null => {
    const { path, method, version, query } = call;
    const [, name = '', second, third, ...rest] = path;
    if (name === '') {
      if (method !== 'GET') return NOT_ALLOWED(method);
      const sobjects: Json = schema().objects.map((object) => briefDescribe(object, version));
      return ok({ encoding: 'UTF-8', maxBatchSize: 200, sobjects });
    }
    const object = schema().object(name);
    if (object === null) return NOT_FOUND;
    if (second === undefined || (second === '' && third === undefined)) {
      if (method === 'GET') return describeBasic(org, call, object);
      return method === 'POST' ? create(org, call, object) : NOT_ALLOWED(method);
    }
    if (third === undefined || third === '') {
      if (second === 'describe')
        return method === 'GET' ? ok(fullDescribe(object, version)) : NOT_ALLOWED(method);
      if (second === 'updated' || second === 'deleted')
        return method === 'GET' ? changedReply(org, object, second, query) : NOT_ALLOWED(method);
      if (third === undefined || parseSfId(second) !== null) return byId(org, call, object, second);
    }
    const field = fieldOf(object, second);
    // A slash within a key is part of it where the caller left it as it is (jsforce).
    const value = [third ?? '', ...rest].join('/');
    if (field === null && parseSfId(second) !== null) return related(org, call, object, second, third ?? '');
    return byKey(org, call, object, second, value);
  };
}

export type { Written };

function create(org: SfOrg, call: RestCall, object: SfObject): SfReply {
  const body = objectBody(call);
  if (body === null) return NO_JSON;
  const parsed = parseBody(org, object, body);
  if (!parsed.ok) return failed(400, parsed.failure);
  const written = insertRecord(writerOf(org, call), object, parsed.values);
  return writtenReply(written, 'create', object, call.version);
}

function describeBasic(org: SfOrg, { version, caller }: RestCall, object: SfObject): SfReply {
  const recent = org.store
    .all(object.name)
    .map((record): HeldRecord => ({ object, record, removedAt: null }))
    .filter((held) => isVisible(org, caller, held))
    .slice(-5)
    .reverse();
  const named = object.fields.filter(({ name }) => name === 'Id' || name === 'Name');
  return ok({
    objectDescribe: briefDescribe(object, version),
    recentItems: recent.map((held) => recordWire(org, held, version, named)),
  });
}

function read(org: SfOrg, call: RestCall, held: HeldRecord | null): SfReply {
  if (held === null || held.removedAt !== null || !isVisible(org, call.caller, held)) return NOT_FOUND;
  const names = call.query
    .get('fields')
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const fields: SfField[] = [];
  for (const name of names ?? held.object.fields.map((field) => field.name)) {
    const field = fieldOf(held.object, name);
    if (field === null) return failed(400, noColumn(held.object, name));
    fields.push(field);
  }
  // The id is told whatever is asked for (assumed).
  const id = held.object.fields.filter(({ name }) => name === 'Id');
  const all = names === undefined ? fields : [...fields.filter(({ name }) => name !== 'Id'), ...id];
  return ok(recordWire(org, held, call.version, all));
}

function byId(org: SfOrg, call: RestCall, object: SfObject, given: string): SfReply {
  const id = parseSfId(given);
  if (id === null) {
    const isLong = /^[a-zA-Z0-9]{18}$/.test(given);
    if (isLong) return failed(400, failure('MALFORMED_ID', `bad id ${given}`));
    const told = `Provided external ID field does not exist or is not accessible: ${given}`;
    return failed(404, failure('NOT_FOUND', told));
  }
  const held = heldRecord(org, object, id);
  const isSeen = held !== null && held.removedAt === null && isVisible(org, call.caller, held);
  const answered = isSeen ? conditionalReply(call, stampOf(held)) : null;
  if (answered !== null) return answered;
  const writer = writerOf(org, call);
  switch (call.method) {
    case 'GET':
    case 'HEAD':
      return read(org, call, held);
    case 'DELETE':
      return writtenReply(removeRecord(writer, object, id), 'change', object, call.version);
    case 'PATCH': {
      const body = objectBody(call);
      if (body === null) return NO_JSON;
      if (Object.keys(body).some((name) => name.toLowerCase() === 'id'))
        return failed(
          400,
          failure('INVALID_FIELD', 'The Id field should not be specified in the sobject data.'),
        );
      const parsed = parseBody(org, object, body);
      if (!parsed.ok) return failed(400, parsed.failure);
      return writtenReply(updateRecord(writer, object, id, parsed.values), 'change', object, call.version);
    }
    default:
      return NOT_ALLOWED(call.method);
  }
}

function byKey(org: SfOrg, call: RestCall, object: SfObject, name: string, value: string): SfReply {
  const field = fieldOf(object, name);
  const { method, version, query } = call;
  if (field?.name === 'Id' && method !== 'GET') return upsertById(org, call, object, value);
  if (field === null || !(field.externalId || field.name === 'Id')) {
    const told = `Provided external ID field does not exist or is not accessible: ${name}`;
    return failed(404, failure('NOT_FOUND', told));
  }
  // What ends like a file's extension isn't found (verified).
  if (value === '' || /\.inc$/i.test(value)) return NOT_FOUND;
  const found = field.name === 'Id' ? [parseSfId(value) ?? ''] : recordsByKey(org, object, field.name, value);
  const [id] = found;
  if (method !== 'PATCH' && found.length > 1)
    return ok(
      found.map((each) => recordUrl(version, object, each)),
      300,
    );
  switch (method) {
    case 'GET':
    case 'HEAD':
      return id === undefined ? NOT_FOUND : read(org, call, heldRecord(org, object, id));
    case 'DELETE':
      if (id === undefined) return NOT_FOUND;
      return writtenReply(removeRecord(writerOf(org, call), object, id), 'change', object, version);
    case 'PATCH':
    case 'POST': {
      const parsed = keyedBody(org, call, object, field);
      if ('status' in parsed) return parsed;
      const updateOnly = query.get('updateOnly') === 'true';
      const written = upsertRecord(
        writerOf(org, call),
        object,
        { field: field.name, value },
        parsed.values,
        updateOnly,
      );
      return writtenReply(written, 'upsert', object, version);
    }
    default:
      return NOT_ALLOWED(method);
  }
}

/** `POST /sobjects/Contact/Id` makes one; with a value it is the record's own. */
function upsertById(org: SfOrg, call: RestCall, object: SfObject, value: string): SfReply {
  return value === '' ? create(org, call, object) : byId(org, call, object, value);
}

function keyedBody(org: SfOrg, call: RestCall, object: SfObject, key: SfField) {
  const body = objectBody(call);
  if (body === null) return NO_JSON;
  const named = Object.keys(body).find((name) => [key.name.toLowerCase(), 'id'].includes(name.toLowerCase()));
  if (named !== undefined) {
    const told = `The ${named} field should not be specified in the sobject data.`;
    return failed(400, failure('INVALID_FIELD', told));
  }
  const parsed = parseBody(org, object, body);
  return parsed.ok ? parsed : failed(400, parsed.failure);
}

/** What a record has below it, as a query answers. */
function children(
  org: SfOrg,
  { caller, version }: RestCall,
  held: HeldRecord,
  relation: string,
): SfReply | null {
  const known = held.object.children.find(({ name }) => name.toLowerCase() === relation.toLowerCase());
  const below = known === undefined ? null : org.schema().object(known.child);
  if (known === undefined || below === null) return null;
  if (held.removedAt !== null || !isVisible(org, caller, held)) return NOT_FOUND;
  const names = below.fields.map(({ name }) => name).join(', ');
  const soql = `SELECT ${names} FROM ${below.name} WHERE ${known.field} = '${held.record.id}'`;
  const { totalSize, rows } = runQuery({ org, caller, version, withDeleted: false }, soql);
  return ok({ totalSize, done: true, records: rows?.(0, totalSize) ?? [] });
}

/** A record that another refers to, or those that refer to it. */
function related(
  org: SfOrg,
  call: RestCall,
  object: SfObject,
  given: string,
  relation: string,
): SfReply | null {
  const held = heldRecord(org, object, parseSfId(given) ?? '');
  const field = object.fields.find(
    ({ relationshipName }) => relationshipName?.toLowerCase() === relation.toLowerCase(),
  );
  if (held === null || call.method !== 'GET') return null;
  if (field === undefined) return children(org, call, held, relation);
  const id = held.record.fields[field.name];
  const parent = typeof id === 'string' ? org.schema().ofPrefix(id) : null;
  return parent === null || typeof id !== 'string' ? NOT_FOUND : read(org, call, heldRecord(org, parent, id));
}

/** That there is such a condition is VERIFIED-3; its status and words are assumed. */
const CHANGED_MEANWHILE = failed(
  412,
  failure('PRECONDITION_FAILED', 'The entity has been modified since the date that the request names'),
);
const UNCHANGED: SfReply = { status: 304 };

/** What `If-Modified-Since` and `If-Unmodified-Since` answer of a record; null: the request is carried out. */
function conditionalReply({ method, headers }: RestCall, changedAt: number): SfReply | null {
  // A header that names no time asks for nothing: every comparison with NaN is false.
  const timeIn = (name: string): number => Date.parse(headers[name] ?? '');
  if (changedAt > timeIn('if-unmodified-since')) return CHANGED_MEANWHILE;
  return method === 'GET' && changedAt <= timeIn('if-modified-since') ? UNCHANGED : null;
}
