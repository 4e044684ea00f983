import type { Json, JsonObject } from '../../../domain/json.ts';
import { isJsonObject } from '../../kit/http/json-object.ts';
import type { SfCaller, SfOrg } from '../org/sf-org.ts';
import { textOf } from '../org/sf-org.ts';
import { DONE, failed, failure, NO_JSON, NOT_ALLOWED, ok, type SfReply } from '../org/sf-reply.ts';
import { objectBody, type RestCall } from '../routes/rest-call.ts';
import { fieldOf } from '../schema/schema.ts';
import { newSfId, parseSfId } from '../schema/sf-id.ts';
import { DELIMITERS, writeCsv } from './csv.ts';
import { OPERATIONS, runIngest, type IngestOrder, type IngestOutcome } from './ingest-job.ts';
import {
  invalidJob,
  jobBase,
  NO_JOB,
  waitingState,
  wrongState,
  type JobState,
  type JobTimes,
} from './job-state.ts';

interface IngestJob {
  readonly id: string;
  readonly order: IngestOrder;
  readonly version: string;
  readonly caller: SfCaller;
  readonly times: JobTimes;
  state: JobState;
  text: string | null;
  outcome: IngestOutcome | null;
}

/** The org's jobs, and how many there were. */
interface JobShop {
  readonly org: SfOrg;
  readonly jobs: Map<string, IngestJob>;
  made: number;
}

/** `/jobs/ingest`: files that are worked off by the org's clock. */
export function createIngestJobs(org: SfOrg) {
  const jobs = new Map<string, IngestJob>();
  const shop: JobShop = { org, jobs, made: 0 };

  /** Does what is due by now. */
  function advance(): void {
    for (const job of jobs.values()) {
      if (job.state !== 'UploadComplete' && job.state !== 'InProgress') continue;
      const state = waitingState(org, job.times.changedAt);
      if (state === 'due') finish(shop, job);
      else job.state = state;
    }
  }

  return {
    advance,
    answer(call: RestCall): SfReply {
      const [, , id = '', what = ''] = call.path;
      if (id !== '') return ofJob(shop, call, id, what);
      if (call.method === 'POST') return create(shop, call);
      if (call.method !== 'GET') return NOT_ALLOWED(call.method);
      const records: Json = [...jobs.values()].map(jobWire);
      return ok({ done: true, records, nextRecordsUrl: null });
    },
    forget: () => jobs.clear(),
  };
}

function jobWire({ id, order, version, state, times }: IngestJob): JsonObject {
  return {
    ...jobBase(id, state, times, version),
    operation: order.operation,
    object: order.object.name,
    ...(order.externalId !== null && { externalIdFieldName: order.externalId }),
    contentUrl: `services/data/${version}/jobs/ingest/${id}/batches`,
    lineEnding: order.lineEnding,
    columnDelimiter: order.columnDelimiter,
    jobType: 'V2Ingest',
  };
}

function progressOf({ outcome, times }: IngestJob): JsonObject {
  const [done, failedRows] = [outcome?.done.length ?? 0, outcome?.failed.length ?? 0];
  return {
    retries: 0,
    totalProcessingTime: Math.max(0, times.changedAt - times.createdAt),
    apiActiveProcessingTime: 0,
    apexProcessingTime: 0,
    numberRecordsProcessed: done + failedRows,
    numberRecordsFailed: failedRows,
    ...(outcome?.error != null && { errorMessage: outcome.error }),
  };
}

/** The rows of a result with what was uploaded in them (verified: `sf__Id`, `sf__Created`, `sf__Error`). */
function resultsOf({ outcome, order, text }: IngestJob, what: string): SfReply {
  const columns = outcome?.columns ?? [];
  const file = (rows: readonly (readonly string[])[]): SfReply => {
    const ending = order.lineEnding === 'CRLF' ? '\r\n' : '\n';
    return { status: 200, csv: writeCsv(rows, DELIMITERS[order.columnDelimiter] ?? ',', ending) };
  };
  switch (what.toLowerCase()) {
    case 'successfulresults': {
      const rows = outcome?.done.map(({ id, created, cells }) => [id, String(created), ...cells]) ?? [];
      return file([['sf__Id', 'sf__Created', ...columns], ...rows]);
    }
    case 'failedresults': {
      const rows = outcome?.failed.map(({ id, error, cells }) => [id, error, ...cells]) ?? [];
      return file([['sf__Id', 'sf__Error', ...columns], ...rows]);
    }
    case 'unprocessedrecords':
      // An aborted job hands back what it was given.
      if (outcome === null) return { status: 200, csv: text ?? '' };
      return file([[...columns], ...outcome.unprocessed]);
    default:
      return NO_JOB;
  }
}

/** `Sforce-Duplicate-Rule-Header` has no effect here (VERIFIED-3). */
function finish(shop: JobShop, job: IngestJob): void {
  const writer = { org: shop.org, caller: job.caller, allowSave: false };
  const most = shop.org.settings().bulkStopsAfter ?? Number.MAX_SAFE_INTEGER;
  job.outcome = runIngest(shop.org, writer, job.order, job.text ?? '', most);
  job.text = null;
  job.state = job.outcome.error === null ? 'JobComplete' : 'Failed';
  job.times.changedAt = shop.org.now();
}

function create(shop: JobShop, call: RestCall): SfReply {
  const { body: sent, headers } = call;
  const type = headers['content-type'] ?? '';
  const whole = sent.kind === 'text' && /^multipart\//i.test(type) ? multipartJob(type, sent.text) : null;
  const body = whole === null ? objectBody(call) : jobIn(whole.job);
  if (body === null) return NO_JSON;
  const order = orderOf(shop, body);
  if ('status' in order) return order;
  shop.made += 1;
  const now = shop.org.now();
  const job: IngestJob = {
    id: newSfId('750', shop.made),
    order,
    version: call.version,
    caller: call.caller,
    times: { createdAt: now, createdById: call.caller.userId, changedAt: now },
    // What comes with its file is closed at once.
    state: whole === null ? 'Open' : 'UploadComplete',
    text: whole?.content ?? null,
    outcome: null,
  };
  shop.jobs.set(job.id, job);
  return ok(jobWire(job));
}

function jobIn(text: string): JsonObject | null {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function orderOf(shop: JobShop, body: JsonObject): IngestOrder | SfReply {
  const operation = OPERATIONS.find((name) => name === body['operation']);
  const object = shop.org.schema().object(textOf(body['object']));
  if (operation === undefined)
    return invalidJob(`Unexpected value for operation: ${textOf(body['operation'])}`);
  if (object === null) return invalidJob(`InvalidEntity : Unable to find object: ${textOf(body['object'])}`);
  const externalId = textOf(body['externalIdFieldName']) || null;
  const field = externalId === null ? null : fieldOf(object, externalId);
  if (operation === 'upsert' && externalId === null)
    return invalidJob(
      `InvalidJob : External ID was blank for ${object.name}. An External ID must be specified for upsert.`,
    );
  if (operation === 'upsert' && !(field?.externalId === true || field?.name === 'Id'))
    return invalidJob(
      `InvalidJob : Field name provided, ${externalId ?? ''} does not match an External ID, Salesforce Id, or indexed field for ${object.name}`,
    );
  const columnDelimiter = textOf(body['columnDelimiter']) || 'COMMA';
  const lineEnding = textOf(body['lineEnding']) || 'LF';
  const contentType = textOf(body['contentType']) || 'CSV';
  if (
    DELIMITERS[columnDelimiter] === undefined ||
    contentType !== 'CSV' ||
    (lineEnding !== 'LF' && lineEnding !== 'CRLF')
  )
    return invalidJob('InvalidJob : Unexpected value for columnDelimiter, lineEnding or contentType');
  return { operation, object, externalId, columnDelimiter, lineEnding };
}

/** Once (verified: one file for each job). */
function upload(job: IngestJob, { body }: RestCall): SfReply {
  if (job.state !== 'Open') return wrongState(job.state, 'Data is taken by an open job only.');
  if (job.text !== null) {
    const told = `Found multiple contents for job: <${job.id}>, please 'Close' / 'Abort' / 'Delete' the current Job then create a new Job and make sure you only do 'PUT' once on a given Job.`;
    return failed(400, failure('INVALIDJOBSTATE', told));
  }
  job.text = body.kind === 'text' ? body.text : body.kind === 'json' ? JSON.stringify(body.value) : '';
  return { status: 201 };
}

function change(shop: JobShop, job: IngestJob, call: RestCall): SfReply {
  const state = objectBody(call)?.['state'];
  if (state === 'UploadComplete') {
    if (job.state !== 'Open') return wrongState(job.state, 'Only an open job can be closed.');
    job.state = 'UploadComplete';
  } else if (state === 'Aborted') {
    if (job.state === 'JobComplete' || job.state === 'Failed')
      return wrongState(job.state, 'A job that has ended can not be aborted.');
    job.state = 'Aborted';
  } else return invalidJob(`InvalidJob : Unexpected value for state: ${textOf(state)}`);
  job.times.changedAt = shop.org.now();
  return ok(jobWire(job));
}

function ofJob(shop: JobShop, call: RestCall, id: string, what: string): SfReply {
  const job = shop.jobs.get(parseSfId(id) ?? '');
  if (job === undefined) return NO_JOB;
  const { method } = call;
  if (what === 'batches') return method === 'PUT' ? upload(job, call) : NOT_ALLOWED(method);
  if (what !== '') return method === 'GET' ? resultsOf(job, what) : NOT_ALLOWED(method);
  if (method === 'PATCH') return change(shop, job, call);
  if (method === 'DELETE') {
    if (job.state === 'UploadComplete' || job.state === 'InProgress')
      return wrongState(job.state, 'A job that is being processed can not be deleted.');
    shop.jobs.delete(job.id);
    return DONE;
  }
  return method === 'GET' ? ok({ ...jobWire(job), ...progressOf(job) }) : NOT_ALLOWED(method);
}

/** The two parts of a job that comes with its file in one request: what it is, and its rows; null: they aren't both there. */
function multipartJob(
  contentType: string,
  text: string,
): { readonly job: string; readonly content: string } | null {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return null;
  const parts = new Map<string, string>();
  // Before the first boundary stands nothing, behind the last one two hyphens.
  for (const piece of `\r\n${text}`.split(`\r\n--${boundary}`).slice(1, -1)) {
    const [head = '', ...rest] = piece.split('\r\n\r\n');
    const name = /name="?([^";\r\n]+)"?/i.exec(head)?.[1];
    if (name !== undefined) parts.set(name, rest.join('\r\n\r\n'));
  }
  const [job, content] = [parts.get('job'), parts.get('content')];
  return job === undefined || content === undefined ? null : { job, content };
}
