import type { JsonObject } from '../../../domain/json.ts';
import type { CallOutcome } from '../../../domain/outcome.ts';
import type { RemoteHit, RemoteRecord, SoughtKey } from '../../../domain/remote-record.ts';
import type { BatchOf, CrmHttp, KindBatch, UpdateItem } from '../../connector.port.ts';
import { API_VERSION } from '../api/assumed.ts';
import { COLLECTION_SIZE, itemFailure } from '../api/collections.ts';
import { createMany, type NewRecords } from './create-many.ts';
import { answersOf, conditionOf, type Search } from './find-records.ts';
import { createJobOf } from './job.ts';
import type { CrmObject } from '../api/objects.ts';
import { hitsOf, selectOf } from '../api/record-client.ts';
import { toWire } from '../api/record-wire.ts';
import { errorsIn } from '../api/refusals.ts';
import { settingsOf } from '../api/settings.ts';
import { apiPath, isObject, objectsIn, textIn } from '../api/wire.ts';

/** Keys of one question among several: its text has to fit into an address. */
const QUERY_KEYS = 20;
/** Of an address with its headers 16,384 bytes are taken. */
const LONGEST_QUERY = 12_000;
/** As many questions as a composite request takes. */
const QUERIES_A_CALL = 5;

/** Many records of a kind in one request. */
export function batchOf(search: Search, records: NewRecords): KindBatch {
  return {
    find: { most: QUERY_KEYS * QUERIES_A_CALL, run: (http, keys) => findMany(http, search, keys) },
    create: { most: COLLECTION_SIZE, run: (http, items) => createMany(http, records, items) },
    update: updateMany(records.object),
    createJob: createJobOf(records),
  };
}

/** All keys in one question; where its text is too long for an address, in several, which go in one request all the same. */
async function findMany(
  http: CrmHttp,
  search: Search,
  keys: readonly SoughtKey[],
): Promise<CallOutcome<readonly CallOutcome<readonly RemoteHit[]>[]>> {
  const soql = selectOf(http, search.object, whereOf(http, search, keys));
  if (encodeURIComponent(soql).length > LONGEST_QUERY) return await findInGroups(http, search, keys);
  const query = { q: soql };
  const outcome = await http.request({ verb: 'find', method: 'GET', path: apiPath('query'), query });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body } = outcome.value;
  return { kind: 'applied', value: endsOf(http, search, keys, { httpStatusCode: status, body }) };
}

function whereOf(http: CrmHttp, search: Search, keys: readonly SoughtKey[]): string {
  return keys.flatMap((key) => conditionOf(http, search, key.value) ?? []).join(' OR ');
}

function endsOf(
  http: CrmHttp,
  search: Search,
  keys: readonly SoughtKey[],
  answer: JsonObject | undefined,
): readonly CallOutcome<readonly RemoteHit[]>[] {
  const found = hitsInAnswer(http, search.object, answer);
  if (found.kind !== 'applied') return keys.map(() => found);
  return keys.map((key) => ({ kind: 'applied', value: answersOf(search, key.value, found.value) }));
}

async function findInGroups(
  http: CrmHttp,
  search: Search,
  keys: readonly SoughtKey[],
): Promise<CallOutcome<readonly CallOutcome<readonly RemoteHit[]>[]>> {
  const groups = Array.from({ length: Math.ceil(keys.length / QUERY_KEYS) }, (_, n) =>
    keys.slice(n * QUERY_KEYS, (n + 1) * QUERY_KEYS),
  );
  const compositeRequest = groups.map((group, n) => {
    const q = encodeURIComponent(selectOf(http, search.object, whereOf(http, search, group)));
    return { method: 'GET', url: `/services/data/${API_VERSION}/query?q=${q}`, referenceId: `q${String(n)}` };
  });
  const outcome = await http.request({
    verb: 'find',
    method: 'POST',
    path: apiPath('composite'),
    body: { allOrNone: false, compositeRequest },
  });
  if (outcome.kind !== 'applied') return outcome;
  const { body } = outcome.value;
  const answers = isObject(body) ? objectsIn(body['compositeResponse']) : [];
  return { kind: 'applied', value: groups.flatMap((group, n) => endsOf(http, search, group, answers[n])) };
}

function hitsInAnswer(
  http: CrmHttp,
  object: CrmObject,
  answer: JsonObject | undefined,
): CallOutcome<readonly RemoteHit[]> {
  const body = answer?.['body'] ?? null;
  // What doesn't end in one page is asked for alone.
  if (answer?.['httpStatusCode'] === 200 && isObject(body) && body['done'] === true)
    return hitsOf(http, object, objectsIn(body['records']));
  const [error] = errorsIn(body);
  const detail = `Salesforce refused a search among several${error === undefined ? '' : ` (${error.code})`}.`;
  return { kind: 'retry_later', code: 'LOOK_UP_FAILED', detail, status: 200, whose: 'record' };
}

function updateMany(object: CrmObject): BatchOf<UpdateItem, RemoteRecord> {
  return {
    most: COLLECTION_SIZE,
    async run(http, items) {
      const settings = settingsOf(http);
      const type = settings.objectName(object);
      const records = items.map(({ remoteId, fields, changed }) => {
        const sent = toWire(object, settings, fields, (name) => changed.includes(name));
        const isName = (name: string): boolean => name === 'Name' || name === 'LastName';
        const body = Object.keys(sent).length > 0 ? sent : toWire(object, settings, fields, isName);
        return { attributes: { type }, Id: remoteId, ...body };
      });
      const outcome = await http.request({
        verb: 'update',
        method: 'PATCH',
        path: apiPath('composite', 'sobjects'),
        body: { allOrNone: false, records },
      });
      if (outcome.kind !== 'applied') return outcome;
      const results = objectsIn(outcome.value.body);
      const ends = results.map((result, n): CallOutcome<RemoteRecord> => {
        if (result['success'] === true)
          return {
            kind: 'applied',
            value: { id: items[n]?.remoteId ?? textIn(result, 'id'), version: null },
          };
        return itemFailure(result, 'update');
      });
      return { kind: 'applied', value: ends };
    },
  };
}
