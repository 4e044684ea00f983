import type { Json, JsonObject } from '../../../domain/json.ts';
import { textOf, type SfOrg } from '../org/sf-org.ts';
import type { SfFailure } from '../org/sf-reply.ts';
import type { Values } from '../records/check-values.ts';
import { parseBody } from '../records/parse-body.ts';
import {
  insertRecord,
  removeRecord,
  updateRecord,
  upsertRecord,
  type Writer,
  type Written,
} from '../records/write-record.ts';
import type { SfObject } from '../schema/objects.ts';
import { fieldOf, relationOf } from '../schema/schema.ts';
import { parseSfId } from '../schema/sf-id.ts';
import { DELIMITERS, parseCsv } from './csv.ts';

export const OPERATIONS = ['insert', 'update', 'upsert', 'delete', 'hardDelete'] as const;
export type IngestOperation = (typeof OPERATIONS)[number];

/** What a job was made to do. */
export interface IngestOrder {
  readonly operation: IngestOperation;
  readonly object: SfObject;
  /** Of an upsert. */
  readonly externalId: string | null;
  readonly columnDelimiter: string;
  readonly lineEnding: 'LF' | 'CRLF';
}

/** What became of a job's rows, in the order in which they are told: no promised one (verified). */
export interface IngestOutcome {
  readonly columns: readonly string[];
  readonly done: readonly {
    readonly id: string;
    readonly created: boolean;
    readonly cells: readonly string[];
  }[];
  readonly failed: readonly {
    readonly id: string;
    readonly error: string;
    readonly cells: readonly string[];
  }[];
  readonly unprocessed: readonly (readonly string[])[];
  /** Null: the job came to its end. */
  readonly error: string | null;
}

/** Rows that are looked at together for keys that come twice. */
const CHUNK = 200;

/** Works off an uploaded file, as far as `most` rows. */
export function runIngest(
  org: SfOrg,
  writer: Writer,
  order: IngestOrder,
  text: string,
  most: number,
): IngestOutcome {
  const delimiter = DELIMITERS[order.columnDelimiter] ?? ',';
  const [columns = [], ...rows] = parseCsv(text, delimiter);
  const problem = lineEndingProblem(order, text) ?? columnProblem(order, columns);
  if (problem !== null) return { columns, done: [], failed: [], unprocessed: rows, error: problem };
  const done: IngestOutcome['done'][number][] = [];
  const failed: IngestOutcome['failed'][number][] = [];
  let seen = new Set<string>();
  for (const [place, cells] of rows.slice(0, most).entries()) {
    if (place % CHUNK === 0) seen = new Set();
    const body = bodyOf(columns, cells);
    const written = cells.length === columns.length ? writeRow(org, writer, order, body, seen) : wrongRow();
    if (written.kind === 'done') done.push({ id: written.id, created: written.created, cells });
    else failed.push({ id: textOf(body['Id']), error: errorText(written), cells });
  }
  const isCut = rows.length > most;
  const error = isCut ? 'InternalServerError : The job was stopped' : null;
  return {
    columns,
    done: shuffled(org, done),
    failed: shuffled(org, failed),
    unprocessed: rows.slice(most),
    error,
  };
}

function lineEndingProblem({ lineEnding }: IngestOrder, text: string): string | null {
  const first = text.slice(0, text.indexOf('\n') + 1);
  const isCrlf = first.endsWith('\r\n');
  if (first === '' || isCrlf === (lineEnding === 'CRLF')) return null;
  return `ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is ${lineEnding}`;
}

function columnProblem(
  { operation, object, externalId }: IngestOrder,
  columns: readonly string[],
): string | null {
  if (columns.length === 0) return 'InvalidBatch : No content to process';
  if (operation === 'delete' || operation === 'hardDelete') {
    const isId = columns.length === 1 && columns[0]?.toLowerCase() === 'id';
    return isId ? null : `InvalidBatch : The '${operation}' batch must contain only ids`;
  }
  const unknown = columns.find((name) => {
    const [relation = '', ...rest] = name.split('.');
    return rest.length === 0 ? fieldOf(object, name) === null : relationOf(object, relation) === null;
  });
  if (unknown !== undefined) return `InvalidBatch : Field name not found : ${unknown}`;
  if (operation !== 'upsert' || columns.some((name) => name.toLowerCase() === externalId?.toLowerCase()))
    return null;
  return `InvalidBatch : Field name not found : ${externalId ?? ''}`;
}

/** A row's fields: an empty cell says nothing, `#N/A` is null (verified). */
function bodyOf(columns: readonly string[], cells: readonly string[]): JsonObject {
  const body: Record<string, Json> = {};
  for (const [place, name] of columns.entries()) {
    const cell = cells[place] ?? '';
    if (cell === '') continue;
    const value = cell === '#N/A' ? null : cell;
    const [relation = '', key] = name.split('.');
    if (key !== undefined) body[relation] = value === null ? null : { [key]: value };
    else body[name.toLowerCase() === 'id' ? 'Id' : name] = value;
  }
  return body;
}

function writeRow(
  org: SfOrg,
  writer: Writer,
  order: IngestOrder,
  body: JsonObject,
  seen: Set<string>,
): Written {
  const { operation, object, externalId } = order;
  const parsed = parseBody(org, object, body);
  if (!parsed.ok) return { kind: 'failed', status: 400, failures: [parsed.failure] };
  const { values } = parsed;
  if (operation === 'insert') return insertRecord(writer, object, values);
  const key = operation === 'upsert' ? (fieldOf(object, externalId ?? '')?.name ?? 'Id') : 'Id';
  const value = textOf(values[key]);
  if (value === '') return refused('MISSING_ARGUMENT', `${key} not specified`);
  if (seen.has(value)) return refused('DUPLICATE_VALUE', `Duplicate external id specified: ${value}`);
  seen.add(value);
  return writeKeyed(writer, order, { field: key, value }, values);
}

function writeKeyed(
  writer: Writer,
  { operation, object }: IngestOrder,
  key: { readonly field: string; readonly value: string },
  values: Values,
): Written {
  const { [key.field]: _key, ...rest } = values;
  if (key.field !== 'Id') return upsertRecord(writer, object, key, rest);
  const id = parseSfId(key.value) ?? '';
  if (operation === 'update' || operation === 'upsert') return updateRecord(writer, object, id, rest);
  return removeRecord(writer, object, id);
}

const refused = (errorCode: string, message: string): Written => ({
  kind: 'failed',
  status: 400,
  failures: [{ errorCode, message, fields: [] }],
});

const wrongRow = (): Written => refused('INVALID_BATCH', 'The number of cells is not that of the header');

function errorText(written: Exclude<Written, { kind: 'done' }>): string {
  const failures: readonly SfFailure[] =
    written.kind === 'failed'
      ? written.failures
      : [
          {
            errorCode: 'DUPLICATE_EXTERNAL_ID',
            message: `${written.ids.length} records have this external id`,
          },
        ];
  return failures
    .map(({ errorCode, message, fields = [] }) => `${errorCode}:${message}:${fields.join(',')} --`)
    .join('');
}

function shuffled<T>({ random }: SfOrg, items: readonly T[]): T[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random.next() * (last + 1));
    const [a, b] = [mixed[last] as T, mixed[other] as T];
    mixed[last] = b;
    mixed[other] = a;
  }
  return mixed;
}
