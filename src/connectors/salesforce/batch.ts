import type { JsonObject } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { RemoteHit, RemoteRecord } from '../../domain/remote-record.ts';
import type { BatchOf, CrmHttp, KindBatch, UpdateItem } from '../connector.port.ts';
import { API_VERSION } from './assumed.ts';
import { COLLECTION_SIZE, itemFailure } from './collections.ts';
import { createMany, type NewRecords } from './create-many.ts';
import { answersOf, conditionOf, type Search } from './find-records.ts';
import { createJobOf } from './job.ts';
import type { CrmObject } from './objects.ts';
import { hitsOf, selectOf } from './record-client.ts';
import { toWire } from './record-wire.ts';
import { errorsIn } from './refusals.ts';
import { settingsOf } from './settings.ts';
import { apiPath, isObject, objectsIn, textIn } from './wire.ts';

/** Keys of one question: its text has to fit into an address. */
const QUERY_KEYS = 25;
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

/** One question for each group of keys, all in one request. */
async function findMany(
  http: CrmHttp,
  search: Search,
  keys: Parameters<NonNullable<KindBatch['find']>['run']>[1],
): Promise<CallOutcome<readonly CallOutcome<readonly RemoteHit[]>[]>> {
  const groups = Array.from({ length: Math.ceil(keys.length / QUERY_KEYS) }, (_, n) =>
    keys.slice(n * QUERY_KEYS, (n + 1) * QUERY_KEYS),
  );
  const compositeRequest = groups.map((group, n) => {
    const where = group.flatMap((key) => conditionOf(http, search, key.value) ?? []).join(' OR ');
    const q = encodeURIComponent(selectOf(http, search.object, where));
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
  const ends = groups.flatMap((group, n) => {
    const found = hitsInAnswer(http, search.object, answers[n]);
    return group.map((key): CallOutcome<readonly RemoteHit[]> =>
      found.kind === 'applied'
        ? { kind: 'applied', value: answersOf(search, key.value, found.value) }
        : found,
    );
  });
  return { kind: 'applied', value: ends };
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
