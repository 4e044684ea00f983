import type { Json, JsonObject } from '../../../domain/json.ts';
import type { CallOutcome } from '../../../domain/outcome.ts';
import type { CreatedRecord, CrmFields, RemoteHit, RemoteRecord } from '../../../domain/remote-record.ts';
import type { CrmHttp, UpdateWrite } from '../../connector.port.ts';
import { ROWS_A_PAGE } from './assumed.ts';
import type { CrmObject } from './objects.ts';
import { hitOf, isNothing, selectedFields, toWire } from './record-wire.ts';
import { settingsOf } from './settings.ts';
import { queryAll } from './soql.ts';
import { apiPath, createWithoutId, idIn, isObject, notAnAbsence, unexpected } from './wire.ts';

/** The body of a new record: what says nothing isn't sent. */
export function newBody(http: CrmHttp, object: CrmObject, fields: CrmFields): JsonObject {
  return toWire(object, settingsOf(http), fields, (_name, value) => !isNothing(value));
}

/** One new record. */
export async function postRecord(
  http: CrmHttp,
  object: CrmObject,
  body: JsonObject,
): Promise<CallOutcome<CreatedRecord>> {
  const path = apiPath('sobjects', settingsOf(http).objectName(object));
  const outcome = await http.request({ verb: 'create', method: 'POST', path, body });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body: answer } = outcome.value;
  return createdOf(answer, status);
}

/** `{id, success, errors}`. */
export function createdOf(answer: Json, status: number): CallOutcome<CreatedRecord> {
  const id = idIn(answer, 'id');
  if (id === null || !isObject(answer) || answer['success'] === false) return createWithoutId(status);
  return { kind: 'applied', value: { id, version: null, origin: 'created' } };
}

/** Sends what changed alone; where nothing differs what it is called is said again, for who shares it. */
export async function patchRecord(
  http: CrmHttp,
  object: CrmObject,
  remoteId: string,
  { fields, changed }: UpdateWrite,
): Promise<CallOutcome<RemoteRecord>> {
  const settings = settingsOf(http);
  const sent = toWire(object, settings, fields, (name) => changed.includes(name));
  const isName = (name: string): boolean => name === 'Name' || name === 'LastName';
  const body = Object.keys(sent).length > 0 ? sent : toWire(object, settings, fields, isName);
  const path = apiPath('sobjects', settings.objectName(object), remoteId);
  const outcome = await http.request({ verb: 'update', method: 'PATCH', path, body });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body: answer } = outcome.value;
  if (Array.isArray(answer) || (isObject(answer) && answer['success'] === false))
    return unexpected('an update', status);
  return { kind: 'applied', value: { id: remoteId, version: null } };
}

export async function readRecord(
  http: CrmHttp,
  object: CrmObject,
  remoteId: string,
): Promise<CallOutcome<RemoteHit>> {
  const settings = settingsOf(http);
  const path = apiPath('sobjects', settings.objectName(object), remoteId);
  const outcome = await http.request({ verb: 'read', method: 'GET', path });
  if (outcome.kind !== 'applied') return outcome.kind === 'gone' ? outcome : notAnAbsence(outcome);
  const { status, body } = outcome.value;
  const hit = status === 200 ? hitOf(object, settings, body) : null;
  if (hit === null || !isSameId(hit.id, remoteId)) return unexpected('a read', status);
  if (isObject(body) && body['IsDeleted'] === true)
    return { kind: 'gone', code: 'DELETED', detail: 'The record is in Salesforce’s recycle bin.' };
  return { kind: 'applied', value: { ...hit, id: remoteId } };
}

/** Of 15 letters and figures, or of 18 with three that tell which are capitals. */
function isSameId(one: string, other: string): boolean {
  return one === other || (one.length >= 15 && other.length >= 15 && one.slice(0, 15) === other.slice(0, 15));
}

/** Into the recycle bin, where people find it for two weeks. */
export async function deleteRecord(
  http: CrmHttp,
  object: CrmObject,
  remoteId: string,
): Promise<CallOutcome<null>> {
  const path = apiPath('sobjects', settingsOf(http).objectName(object), remoteId);
  const outcome = await http.request({ verb: 'delete', method: 'DELETE', path });
  return outcome.kind === 'applied' ? { kind: 'applied', value: null } : outcome;
}

/** All that was changed at or after a time, by people and by us. */
export async function changedRecords(
  http: CrmHttp,
  object: CrmObject,
  since: number,
  limit: number,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const settings = settingsOf(http);
  const soql =
    `SELECT ${selectedFields(object, settings)} FROM ${settings.objectName(object)} ` +
    `WHERE SystemModstamp >= ${new Date(since).toISOString()} ORDER BY SystemModstamp, Id LIMIT ${String(limit + 1)}`;
  const rows = await queryAll(http, 'list', soql, limit + 1);
  if (rows.kind !== 'applied') return rows;
  if (rows.value.length > limit) return unexpected('a listing of too many', 200);
  return hitsOf(http, object, rows.value);
}

export function hitsOf(
  http: CrmHttp,
  object: CrmObject,
  rows: readonly JsonObject[],
): CallOutcome<readonly RemoteHit[]> {
  const settings = settingsOf(http);
  const hits = rows.map((row) => hitOf(object, settings, row));
  if (hits.includes(null)) return unexpected('a query', 200);
  // What a query selects isn't all that people can enter.
  const shown = hits.flatMap((hit) => {
    if (hit === null) return [];
    const { rest: _rest, ...others } = hit;
    return [others];
  });
  return { kind: 'applied', value: shown };
}

/** Rows of an object that match, the oldest first. */
export async function selectWhere(
  http: CrmHttp,
  object: CrmObject,
  where: string,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const rows = await queryAll(http, 'find', selectOf(http, object, where));
  if (rows.kind !== 'applied') return rows;
  // As many may be more: then it has not looked for the key.
  if (rows.value.length >= ROWS_A_PAGE) return unexpected('a search that finds too much', 200);
  return hitsOf(http, object, rows.value);
}

export function nameOf(http: CrmHttp, object: CrmObject, field: string): string {
  return settingsOf(http).fieldName(object, field);
}

/** A question for rows that match, the oldest first. */
export function selectOf(http: CrmHttp, object: CrmObject, where: string): string {
  const settings = settingsOf(http);
  return (
    `SELECT ${selectedFields(object, settings)} FROM ${settings.objectName(object)} ` +
    `WHERE ${where} ORDER BY CreatedDate, Id LIMIT ${String(ROWS_A_PAGE)}`
  );
}
