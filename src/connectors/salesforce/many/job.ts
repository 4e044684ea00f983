import type { Json, JsonObject } from '../../../domain/json.ts';
import type { CallOutcome, Failure } from '../../../domain/outcome.ts';
import type { CreatedRecord } from '../../../domain/remote-record.ts';
import type { CreateItem, CreateJob, CrmHttp, JobLook, JobWait } from '../../connector.port.ts';
import { BULK_FROM, BULK_LOOK_MS, BULK_MOST, BULK_MOST_BYTES, BULK_PAGE_ROWS } from '../api/assumed.ts';
import { failureInCompany } from '../api/collections.ts';
import { newBodies, type NewRecords } from './create-many.ts';
import { readCsv, writeCsv } from '../api/csv.ts';
import { textOf } from '../mapping/field-values.ts';
import { ZENA_ID, type CrmObject } from '../api/objects.ts';
import { settingsOf } from '../api/settings.ts';
import { apiPath, idIn, notAnAbsence, textIn, unexpected } from '../api/wire.ts';

const JOBS = ['jobs', 'ingest'] as const;
const CSV = 'text/csv';

/** Thousands of new records at once, by Bulk API 2.0: upserts by our own id, so that none is made twice. */
export function createJobOf(records: NewRecords): CreateJob {
  const { object } = records;
  return {
    from: BULK_FROM,
    most: BULK_MOST,
    rowOf: ({ fields }) => textOf(fields[ZENA_ID]),
    begin: (http, items, keep) => begin(http, records, items, keep),
    look: (http, job) => look(http, object, textIn(job, 'id')),
  };
}

async function begin(
  http: CrmHttp,
  records: NewRecords,
  items: readonly CreateItem[],
  keep: (job: JsonObject) => Promise<boolean>,
): Promise<CallOutcome<JobWait>> {
  const { object } = records;
  const settings = settingsOf(http);
  const bodies = await newBodies(http, records, items);
  if (bodies.kind !== 'applied') return bodies;
  const csv = tableOf(bodies.value);
  if (Buffer.byteLength(csv) > BULK_MOST_BYTES) return tooLarge();
  const opened = await http.request({
    verb: 'create',
    method: 'POST',
    path: apiPath(...JOBS),
    body: {
      object: settings.objectName(object),
      operation: 'upsert',
      externalIdFieldName: settings.fieldName(object, ZENA_ID),
      contentType: 'CSV',
      lineEnding: 'LF',
    },
  });
  if (opened.kind !== 'applied') return opened;
  const id = idIn(opened.value.body, 'id');
  if (id === null) return unexpected('a new job', opened.value.status);
  if (!(await keep({ id }))) {
    const detail = 'The job was opened, and is nobody’s by now: it is left to end by itself.';
    return { kind: 'withheld', code: 'CLAIM_EXPIRED', detail };
  }
  const uploaded = await http.request({
    verb: 'create',
    method: 'PUT',
    path: apiPath(...JOBS, id, 'batches'),
    headers: { 'content-type': CSV },
    text: csv,
  });
  if (uploaded.kind !== 'applied') return uploaded;
  const handedIn = await setState(http, id, 'UploadComplete');
  return handedIn.kind === 'applied' ? { kind: 'applied', value: { lookInMs: BULK_LOOK_MS } } : handedIn;
}

/** Records of one parent stand together: they are worked off together, and don't lock each other out. */
function tableOf(bodies: readonly JsonObject[]): string {
  const columns = [...new Set(bodies.flatMap((body) => Object.keys(body)))];
  const parentOf = (body: JsonObject): string => textOf(body['Property__c']) || textOf(body['AccountId']);
  const ordered = bodies.toSorted((one, other) => (parentOf(one) < parentOf(other) ? -1 : 1));
  return writeCsv(columns, ordered);
}

function tooLarge(): Failure {
  const detail = 'So many records are more than a job of Salesforce takes.';
  return { kind: 'rejected', code: 'JOB_TOO_LARGE', detail, status: null, fields: [] };
}

function setState(http: CrmHttp, id: string, state: 'UploadComplete' | 'Aborted') {
  return http.request({ verb: 'create', method: 'PATCH', path: apiPath(...JOBS, id), body: { state } });
}

const GONE = { kind: 'applied', value: { state: 'gone' } } as const;
const RUNNING: CallOutcome<JobLook> = {
  kind: 'applied',
  value: { state: 'running', lookInMs: BULK_LOOK_MS },
};

async function look(http: CrmHttp, object: CrmObject, id: string): Promise<CallOutcome<JobLook>> {
  if (id === '') return GONE;
  const asked = await http.request({ verb: 'read', method: 'GET', path: apiPath(...JOBS, id) });
  if (asked.kind === 'gone') return GONE;
  if (asked.kind !== 'applied') return notAnAbsence(asked);
  switch (textIn(asked.value.body, 'state')) {
    case 'Open': {
      // What nobody handed in can be by nobody any more.
      const aborted = await setState(http, id, 'Aborted');
      return aborted.kind === 'applied' ? GONE : notAnAbsence(aborted);
    }
    case 'Aborted':
      return GONE;
    case 'UploadComplete':
    case 'InProgress':
      return RUNNING;
    case 'JobComplete':
    case 'Failed':
      return await results(http, object, id);
    default:
      return unexpected('the state of a job', asked.value.status);
  }
}

type Rows = Map<string, CallOutcome<CreatedRecord>>;

async function results(http: CrmHttp, object: CrmObject, id: string): Promise<CallOutcome<JobLook>> {
  const rows: Rows = new Map();
  const keyName = settingsOf(http).fieldName(object, ZENA_ID);
  for (const what of ['successfulResults', 'failedResults'] as const) {
    const read = await eachRow(http, id, what, (row) => {
      const key = row[keyName] ?? '';
      if (key !== '') rows.set(key, what === 'failedResults' ? failedRow(row) : madeRow(row));
    });
    if (read.kind !== 'applied') return read;
  }
  return { kind: 'applied', value: { state: 'done', rows } };
}

type Row = Readonly<Record<string, string>>;

/** Page by page: the next one is named by a header. */
async function eachRow(
  http: CrmHttp,
  id: string,
  what: string,
  take: (row: Row) => void,
): Promise<CallOutcome<null>> {
  let locator: string | null = null;
  for (let page = 0; page <= BULK_MOST; page += 1) {
    const outcome = await http.request({
      verb: 'list',
      method: 'GET',
      path: apiPath(...JOBS, id, what),
      query: { maxRecords: String(BULK_PAGE_ROWS), ...(locator !== null && { locator }) },
      headers: { accept: CSV },
      answers: CSV,
    });
    if (outcome.kind !== 'applied') return notAnAbsence(outcome);
    const { status, headers, body } = outcome.value;
    const rows = tableIn(body);
    if (rows === null) return unexpected('the results of a job', status);
    rows.forEach(take);
    const next = headers['sforce-locator'] ?? 'null';
    if (next === 'null' || next === '' || next === locator) return { kind: 'applied', value: null };
    locator = next;
  }
  return unexpected('the results of a job without an end', 200);
}

function tableIn(body: Json): readonly Row[] | null {
  if (body === null || body === '') return [];
  return typeof body === 'string' ? readCsv(body) : null;
}

function madeRow({ sf__Id: id = '', sf__Created: created = '' }: Row): CallOutcome<CreatedRecord> {
  return {
    kind: 'applied',
    value: { id, version: null, origin: created === 'true' ? 'created' : 'existing' },
  };
}

/** `CODE:message:FIELD --`, or as little of it as the row has. */
function failedRow({ sf__Error: said = '' }: Row): Failure {
  const [, code = 'UNKNOWN_ERROR', message = '', fields = ''] =
    /^([A-Z_]+):([\s\S]*?)(?::([\w, ]*))?\s*--\s*$/.exec(said) ?? /^([A-Z_]+):([\s\S]*)$/.exec(said) ?? [];
  const named = fields.split(/[,\s]+/).filter((name) => name !== '');
  return failureInCompany({ code, message, fields: named, duplicates: [], rule: '' }, 'create');
}
