import type { JsonObject } from '../../../domain/json.ts';
import type { CallOutcome } from '../../../domain/outcome.ts';
import type { CreatedRecord, CrmFields } from '../../../domain/remote-record.ts';
import type { CreateItem, CrmHttp } from '../../connector.port.ts';
import { createdIn } from '../api/collections.ts';
import { ZENA_ID, type CrmObject } from '../api/objects.ts';
import { newBody } from '../api/record-client.ts';
import { settingsOf } from '../api/settings.ts';
import { apiPath } from '../api/wire.ts';

/** How new records of a kind are made. */
export interface NewRecords {
  readonly object: CrmObject;
  /** What a new record has beside its mapped fields. */
  extras(http: CrmHttp, fields: CrmFields): Promise<CallOutcome<JsonObject>>;
}

/** The bodies of new records; what they have besides is asked for once where it is the same. */
export async function newBodies(
  http: CrmHttp,
  { object, extras }: NewRecords,
  items: readonly CreateItem[],
): Promise<CallOutcome<readonly JsonObject[]>> {
  const bodies: JsonObject[] = [];
  for (const { fields } of items) {
    const more = await extras(http, fields);
    if (more.kind !== 'applied') return more;
    bodies.push({ ...newBody(http, object, fields), ...more.value });
  }
  return { kind: 'applied', value: bodies };
}

/** By our own id: what was made by an attempt that nobody heard of isn't made again. */
export async function createMany(
  http: CrmHttp,
  records: NewRecords,
  items: readonly CreateItem[],
): Promise<CallOutcome<readonly CallOutcome<CreatedRecord>[]>> {
  const bodies = await newBodies(http, records, items);
  if (bodies.kind !== 'applied') return bodies;
  const { object } = records;
  const settings = settingsOf(http);
  const type = settings.objectName(object);
  const outcome = await http.request({
    verb: 'create',
    method: 'PATCH',
    path: apiPath('composite', 'sobjects', type, settings.fieldName(object, ZENA_ID)),
    body: {
      allOrNone: false,
      records: bodies.value.map((body) => ({ attributes: { type }, ...body })),
    },
  });
  return outcome.kind === 'applied' ? { kind: 'applied', value: createdIn(outcome.value.body) } : outcome;
}
