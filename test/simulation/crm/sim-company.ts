import type {
  ConnectorKind,
  CrmConnector,
  CrmHttp,
  CrmRequest,
  CreateJob,
  JobLook,
  JobWait,
  KindBatch,
} from '../../../src/connectors/connector.port.ts';
import { isObject } from '../../../src/connectors/mri-vault/wire.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { CallOutcome } from '../../../src/domain/outcome.ts';
import type { CreatedRecord } from '../../../src/domain/remote-record.ts';
import { classifyAnswer } from '../../../src/wire/classify-answer.ts';

/** What a simulated CRM takes in one call. */
export interface SimCompany {
  readonly most: number;
  /** Of so many creates a job is worth one; 0: it has no jobs. */
  readonly jobsFrom: number;
  /** How long a job waits until it is worked off, ms. */
  readonly jobMs: number;
}

/** Paths of the simulated CRM for many requests in one, and for jobs. */
export const MANY = 'many';
export const JOBS = 'jobs';
const LOOK_MS = 1_500;

/** The same connector, whose verbs also go together: each is a request of its own within one of theirs. */
export function inCompany(connector: CrmConnector, company: SimCompany): CrmConnector {
  const kinds = Object.fromEntries(
    Object.entries(connector.kinds).map(([name, kind]) => [
      name,
      { ...kind, batch: batchOf(kind, company) } satisfies ConnectorKind,
    ]),
  );
  return { ...connector, kinds };
}

function batchOf(kind: ConnectorKind, { most, jobsFrom }: SimCompany): KindBatch {
  const { core } = kind.parts;
  return {
    find: { most, run: (http, keys) => runAll(http, 'find', keys, (one, key) => kind.find(one, key)) },
    create: { most, run: (http, items) => runAll(http, 'create', items, core.create) },
    update: {
      most,
      run: (http, items) =>
        runAll(http, 'update', items, (one, { remoteId, ...write }) => core.update(one, remoteId, write)),
    },
    ...(jobsFrom > 0 && { createJob: jobOf(kind, { from: jobsFrom, most: 4 * most }) }),
  };
}

function jobOf(kind: ConnectorKind, size: Pick<CreateJob, 'from' | 'most'>): CreateJob {
  const { create } = kind.parts.core;
  return {
    ...size,
    rowOf: ({ record }) => record,
    async begin(http, items, keep): Promise<CallOutcome<JobWait>> {
      const path = [JOBS];
      const begun = await http.request({ verb: 'create', method: 'POST', path, body: {} });
      if (begun.kind !== 'applied') return begun;
      const { body, status } = begun.value;
      const id = isObject(body) ? body['job'] : undefined;
      if (typeof id !== 'string')
        return { kind: 'ambiguous', code: 'ANSWER_WITHOUT_ID', detail: 'No id.', status };
      if (!(await keep({ job: id })))
        return { kind: 'withheld', code: 'CLAIM_EXPIRED', detail: 'Another has them.' };
      const rows = items.map((item) => {
        const asked: CrmRequest[] = [];
        void create(recording(asked), item);
        return { row: item.record, request: plain(asked[0]) };
      });
      const filled = await http.request({
        verb: 'create',
        method: 'PUT',
        path: [JOBS, id],
        body: { rows },
      });
      if (filled.kind !== 'applied') return filled;
      const closing = { verb: 'create', method: 'POST', path: [JOBS, id, 'close'], body: {} } as const;
      const closed = await http.request(closing);
      return closed.kind === 'applied' ? { kind: 'applied', value: { lookInMs: LOOK_MS } } : closed;
    },
    look: async (http, { job }) => await lookAt(http, String(job), kind),
  };
}

async function lookAt(http: CrmHttp, id: string, kind: ConnectorKind): Promise<CallOutcome<JobLook>> {
  const shown = await http.request({ verb: 'read', method: 'GET', path: [JOBS, id] });
  if (shown.kind !== 'applied') return shown;
  const { body, status } = shown.value;
  const state = isObject(body) ? body['state'] : null;
  if (state === 'running') return { kind: 'applied', value: { state, lookInMs: LOOK_MS } };
  if (state === 'aborted') return { kind: 'applied', value: { state: 'gone' } };
  if (state === 'open') {
    const path = [JOBS, id, 'abort'];
    const aborted = await http.request({ verb: 'update', method: 'POST', path, body: {} });
    if (aborted.kind !== 'applied') return aborted;
    // It may have been handed in meanwhile.
    const isAborted = isObject(aborted.value.body) && aborted.value.body['state'] === 'aborted';
    const later = { state: 'running', lookInMs: LOOK_MS } as const;
    return { kind: 'applied', value: isAborted ? { state: 'gone' } : later };
  }
  const rows = isObject(body) ? body['rows'] : null;
  if (state !== 'done' || !Array.isArray(rows))
    return { kind: 'retry_later', code: 'ANSWER_UNEXPECTED', detail: 'No job.', status };
  const ends = await Promise.all(
    (rows as readonly JsonObject[]).map(async ({ row, end }) => {
      const made = await kind.parts.core.create(answering(end ?? null), { fields: {} });
      return [String(row), made] as const;
    }),
  );
  return {
    kind: 'applied',
    value: { state: 'done', rows: new Map<string, CallOutcome<CreatedRecord>>(ends) },
  };
}

/** Takes each verb's one request, sends them all in one, and gives each its own answer. */
async function runAll<Item, Done>(
  http: CrmHttp,
  verb: CrmRequest['verb'],
  items: readonly Item[],
  act: (http: CrmHttp, item: Item) => Promise<CallOutcome<Done>>,
): Promise<CallOutcome<readonly CallOutcome<Done>[]>> {
  const asked: CrmRequest[] = [];
  for (const item of items) void act(recording(asked), item);
  const body = { requests: asked.map(plain) };
  const outcome = await http.request({ verb, method: 'POST', path: [MANY], body });
  if (outcome.kind !== 'applied') return outcome;
  const answer = outcome.value.body;
  const ends = isObject(answer) ? answer['ends'] : null;
  if (!Array.isArray(ends)) return { kind: 'applied', value: [] };
  const all = ends as readonly Json[];
  return {
    kind: 'applied',
    value: await Promise.all(items.map((item, n) => act(answering(all[n] ?? null), item))),
  };
}

/** Notes what is asked, and never answers. */
function recording(asked: CrmRequest[]): CrmHttp {
  return {
    request(request) {
      asked.push(request);
      return new Promise(() => undefined);
    },
  };
}

function plain(request: CrmRequest | undefined): JsonObject {
  if (request === undefined) return {};
  const { method, path, query = {}, body = null } = request;
  return { method, path: [...path], query: { ...query }, body };
}

/** Answers with what one of many was answered. */
function answering(end: Json): CrmHttp {
  return {
    request({ verb }) {
      const { status, body = null } = isObject(end) ? end : { status: 500 };
      const text = Buffer.from(JSON.stringify(body));
      const headers = { 'content-type': 'application/json' };
      const result = { kind: 'response', status: Number(status), headers, body: text } as const;
      return Promise.resolve(classifyAnswer(result, verb, 0));
    },
  };
}
