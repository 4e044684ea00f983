import type {
  CreateItem,
  CreateJob,
  CrmHttp,
  CrmRequest,
  JobLook,
  JobWait,
  KindBatch,
} from '../../../../../src/connectors/connector.port.ts';
import type { Json, JsonObject } from '../../../../../src/domain/json.ts';
import type { CallOutcome, Failure } from '../../../../../src/domain/outcome.ts';
import { createdOf, hitOf, only } from './made-up-wire.ts';

/** Few enough that a dozen records are several calls. */
const MOST = 5;
const JOB_FROM = 7;

/** Many records of the made-up CRM in one call, and jobs. */
export function madeUpBatch(
  collection: string,
  names: readonly string[],
  core: readonly string[],
): KindBatch {
  return {
    find: {
      most: MOST,
      run: (http, keys) =>
        sendAll(
          http,
          { verb: 'find', path: ['many', collection, 'found'] },
          keys.map(({ value }) => ({ key: value['key'] ?? '' })),
          (end) =>
            Array.isArray(end)
              ? { kind: 'applied', value: end.map((one: Json) => hitOf(one as JsonObject, names)) }
              : unreadable(),
        ),
    },
    create: {
      most: MOST,
      run: (http, items) =>
        sendAll(
          http,
          { verb: 'create', path: ['many', collection, 'made'] },
          items.map(({ fields }) => ({ fields: only(fields, core) })),
          (end) => refusedOf(end) ?? createdOf(end as JsonObject, 200),
        ),
    },
    update: {
      most: MOST,
      run: (http, items) =>
        sendAll(
          http,
          { verb: 'update', path: ['many', collection, 'changed'] },
          items.map(({ remoteId, fields, changed }) => ({
            id: remoteId,
            fields: only(
              fields,
              core.filter((name) => changed.includes(name)),
            ),
          })),
          (end) =>
            refusedOf(end) ?? {
              kind: 'applied',
              value: { id: String((end as JsonObject)['id']), version: null },
            },
        ),
    },
    createJob: createJob(collection, core),
  };
}

function createJob(collection: string, core: readonly string[]): CreateJob {
  return {
    from: JOB_FROM,
    most: 4 * MOST,
    rowOf: ({ record }) => record,
    begin: (http, items, keep) => beginJob(http, { collection, core, items }, keep),
    look: lookAtJob,
  };
}

interface BegunOf {
  readonly collection: string;
  readonly core: readonly string[];
  readonly items: readonly CreateItem[];
}

export async function beginJob(
  http: CrmHttp,
  { collection, core, items }: BegunOf,
  keep: (job: JsonObject) => Promise<boolean>,
): Promise<CallOutcome<JobWait>> {
  const begun = await http.request({
    verb: 'create',
    method: 'POST',
    path: ['jobs'],
    body: { collection },
  });
  if (begun.kind !== 'applied') return begun;
  const id = String((begun.value.body as JsonObject)['id']);
  if (!(await keep({ id })))
    return { kind: 'withheld', code: 'CLAIM_EXPIRED', detail: 'Somebody else has them now.' };
  const text = items
    .map(({ record, fields }) => JSON.stringify({ row: record, fields: only(fields, core) }))
    .join('\n');
  const headers = { 'content-type': 'text/plain' };
  const filled = await http.request({
    verb: 'create',
    method: 'PUT',
    path: ['jobs', id, 'lines'],
    text,
    headers,
  });
  if (filled.kind !== 'applied') return filled;
  const closed = await http.request({
    verb: 'create',
    method: 'PATCH',
    path: ['jobs', id],
    body: { state: 'closed' },
  });
  return closed.kind === 'applied' ? { kind: 'applied', value: { lookInMs: 10_000 } } : closed;
}

async function lookAtJob(http: CrmHttp, { id }: JsonObject): Promise<CallOutcome<JobLook>> {
  const path = ['jobs', String(id)];
  const shown = await http.request({ verb: 'read', method: 'GET', path });
  if (shown.kind === 'gone') return { kind: 'applied', value: { state: 'gone' } };
  if (shown.kind !== 'applied') return shown;
  const { state } = shown.value.body as JsonObject;
  if (state === 'closed') return { kind: 'applied', value: { state: 'running', lookInMs: 10_000 } };
  if (state === 'open') {
    const body = { state: 'aborted' };
    const aborted = await http.request({ verb: 'update', method: 'PATCH', path, body });
    if (aborted.kind !== 'applied') return aborted;
  }
  if (state !== 'done') return { kind: 'applied', value: { state: 'gone' } };
  const results = await http.request({
    verb: 'list',
    method: 'GET',
    path: [...path, 'results'],
    answers: 'text/plain',
  });
  if (results.kind !== 'applied') return results;
  const lines = String(results.value.body).split('\n');
  const rows = lines.map((line) => {
    const end = JSON.parse(line) as JsonObject;
    return [String(end['row']), refusedOf(end) ?? createdOf(end, 200)] as const;
  });
  return { kind: 'applied', value: { state: 'done', rows: new Map(rows) } };
}

async function sendAll<T>(
  http: CrmHttp,
  request: Pick<CrmRequest, 'verb' | 'path'>,
  items: readonly JsonObject[],
  endOf: (end: Json) => CallOutcome<T>,
): Promise<CallOutcome<readonly CallOutcome<T>[]>> {
  const outcome = await http.request({ ...request, method: 'POST', body: { items: [...items] } });
  if (outcome.kind !== 'applied') return outcome;
  const { body } = outcome.value;
  return { kind: 'applied', value: Array.isArray(body) ? body.map(endOf) : [] };
}

function refusedOf(end: Json): Failure | null {
  const { status, message } = end as JsonObject;
  if (typeof status !== 'number' || status < 400) return null;
  const detail = 'The CRM refused it.';
  if (status === 404) return { kind: 'gone', code: 'NOT_FOUND', detail };
  const fields = [{ field: 'name', message: String(message) }];
  return { kind: 'rejected', code: 'REFUSED_BY_CRM', detail, status, fields };
}

function unreadable(): Failure {
  return { kind: 'retry_later', code: 'ANSWER_UNEXPECTED', detail: 'It answered no list.', status: 200 };
}
