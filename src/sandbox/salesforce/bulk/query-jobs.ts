import type { Json, JsonObject } from '../../../domain/json.ts';
import { isJsonObject } from '../../kit/http/json-object.ts';
import { textOf, type SfOrg } from '../org/sf-org.ts';
import { DONE, NO_JSON, NOT_ALLOWED, ok, type SfReply } from '../org/sf-reply.ts';
import { guarded } from '../routes/query-routes.ts';
import { objectBody, type RestCall } from '../routes/rest-call.ts';
import { newSfId, parseSfId } from '../schema/sf-id.ts';
import { runQuery, type QueryResult } from '../soql/run-query.ts';
import { DELIMITERS, writeCsv } from './csv.ts';
import {
  invalidJob,
  jobBase,
  NO_JOB,
  waitingState,
  wrongState,
  type JobState,
  type JobTimes,
} from './job-state.ts';

interface QueryJob {
  readonly id: string;
  readonly operation: 'query' | 'queryAll';
  readonly text: string;
  readonly call: RestCall;
  readonly times: JobTimes;
  readonly columnDelimiter: string;
  readonly lineEnding: string;
  state: JobState;
  result: QueryResult | null;
}

/** The org's jobs, and how many there were. */
interface JobShop {
  readonly org: SfOrg;
  readonly jobs: Map<string, QueryJob>;
  made: number;
}

/** `/jobs/query`: what a query found, as files. */
export function createQueryJobs(org: SfOrg) {
  const jobs = new Map<string, QueryJob>();
  const shop: JobShop = { org, jobs, made: 0 };

  function advance(): void {
    for (const job of jobs.values()) {
      if (job.state !== 'UploadComplete' && job.state !== 'InProgress') continue;
      const state = waitingState(org, job.times.changedAt);
      if (state !== 'due') job.state = state;
      else {
        job.result = run(org, job.call, job.text, job.operation);
        job.state = 'JobComplete';
        job.times.changedAt = org.now();
      }
    }
  }

  return {
    advance,
    answer: (call: RestCall): SfReply =>
      guarded(() => {
        const [, , id = '', what = ''] = call.path;
        if (id !== '') return ofJob(shop, call, id, what);
        if (call.method === 'POST') return create(shop, call);
        if (call.method !== 'GET') return NOT_ALLOWED(call.method);
        const records: Json = [...jobs.values()].map(jobWire);
        return ok({ done: true, records, nextRecordsUrl: null });
      }),
    forget: () => jobs.clear(),
  };
}

function run(
  org: SfOrg,
  { caller, version }: RestCall,
  text: string,
  operation: QueryJob['operation'],
): QueryResult {
  return runQuery({ org, caller, version, withDeleted: operation === 'queryAll' }, text);
}

function jobWire({
  id,
  state,
  times,
  call,
  operation,
  text,
  lineEnding,
  columnDelimiter,
}: QueryJob): JsonObject {
  return {
    ...jobBase(id, state, times, call.version),
    operation,
    object: /\bfrom\s+(\w+)/i.exec(text)?.[1] ?? null,
    lineEnding,
    columnDelimiter,
    jobType: 'V2Query',
  };
}

const progressOf = ({ result, times }: QueryJob): JsonObject => ({
  retries: 0,
  totalProcessingTime: Math.max(0, times.changedAt - times.createdAt),
  numberRecordsProcessed: result?.totalSize ?? 0,
  isPkChunkingSupported: true,
});

/** A file's cell: nothing is empty, times are in UTC. */
function cellOf(row: Json, path: string): string {
  let value: Json | undefined = row;
  for (const name of path.split('.')) value = isJsonObject(value) ? value[name] : undefined;
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replace(/^(\d{4}-\d\d-\d\dT[\d:.]+)\+0000$/, '$1Z');
}

function create(shop: JobShop, call: RestCall): SfReply {
  const body = objectBody(call);
  if (body === null) return NO_JSON;
  const { operation, query } = body;
  if (operation !== 'query' && operation !== 'queryAll')
    return invalidJob(`InvalidJob : Unexpected value for operation: ${textOf(operation)}`);
  const columnDelimiter = textOf(body['columnDelimiter']) || 'COMMA';
  const lineEnding = textOf(body['lineEnding']) || 'LF';
  // What can't be read is refused at once.
  run(shop.org, call, textOf(query), operation);
  shop.made += 1;
  const now = shop.org.now();
  const times = { createdAt: now, createdById: call.caller.userId, changedAt: now };
  const job: QueryJob = {
    id: newSfId('750', 1_000_000 + shop.made),
    operation,
    text: textOf(query),
    call,
    times,
    columnDelimiter,
    lineEnding,
    state: 'UploadComplete',
    result: null,
  };
  shop.jobs.set(job.id, job);
  return ok(jobWire(job));
}

function results(shop: JobShop, job: QueryJob, query: URLSearchParams): SfReply {
  const { result } = job;
  if (job.state !== 'JobComplete' || result === null)
    return wrongState(job.state, 'The results are there once the job is complete.');
  const from = Number(query.get('locator') ?? '0');
  const most = Number(query.get('maxRecords') || shop.org.settings().bulkPageSize);
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(most) || most < 1)
    return invalidJob('Invalid locator');
  const until = Math.min(result.totalSize, from + most);
  const rows = result.rows?.(from, until).map((row) => result.columns.map((path) => cellOf(row, path))) ?? [];
  const ending = job.lineEnding === 'CRLF' ? '\r\n' : '\n';
  return {
    status: 200,
    csv: writeCsv([result.columns, ...rows], DELIMITERS[job.columnDelimiter] ?? ',', ending),
    headers: {
      'sforce-numberofrecords': String(rows.length),
      'sforce-locator': until < result.totalSize ? String(until) : 'null',
    },
  };
}

function ofJob(shop: JobShop, call: RestCall, id: string, what: string): SfReply {
  const job = shop.jobs.get(parseSfId(id) ?? '');
  if (job === undefined) return NO_JOB;
  const { method, query } = call;
  if (what === 'results') return method === 'GET' ? results(shop, job, query) : NOT_ALLOWED(method);
  if (what !== '') return NO_JOB;
  if (method === 'GET') return ok({ ...jobWire(job), ...progressOf(job) });
  if (method === 'DELETE') {
    shop.jobs.delete(job.id);
    return DONE;
  }
  if (method !== 'PATCH') return NOT_ALLOWED(method);
  if (objectBody(call)?.['state'] !== 'Aborted')
    return invalidJob('InvalidJob : A query job can only be aborted');
  job.state = 'Aborted';
  job.times.changedAt = shop.org.now();
  return ok(jobWire(job));
}
