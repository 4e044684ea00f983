import type { Json, JsonObject } from '../../../domain/json.ts';
import { isJsonObject } from '../../kit/http/json-object.ts';
import { textOf, type SfOrg } from '../org/sf-org.ts';
import {
  failed,
  failure,
  itemFailure,
  NO_JSON,
  NOT_ALLOWED,
  NOT_FOUND,
  ok,
  type SfReply,
} from '../org/sf-reply.ts';
import { parseBody } from '../records/parse-body.ts';
import { insertRecord, type Writer } from '../records/write-record.ts';
import type { SfObject } from '../schema/objects.ts';
import { objectBody, writerOf, type RestCall } from './rest-call.ts';

const MOST = 200;
const DEEPEST = 5;

/** `/composite/tree/{type}`: records with their children, all or none. */
export function createTreeRoute(org: SfOrg) {
  interface Made {
    readonly results: JsonObject[];
    readonly errors: JsonObject[];
  }

  function make(
    writer: Writer,
    object: SfObject,
    record: JsonObject,
    parent: JsonObject,
    depth: number,
    made: Made,
  ): void {
    const { attributes } = record;
    const referenceId = isJsonObject(attributes) ? textOf(attributes['referenceId']) : '';
    const below = object.children.filter(
      ({ name }) => isJsonObject(record[name]) && Array.isArray(record[name]['records']),
    );
    const names = new Set(below.map(({ name }) => name));
    const own = Object.fromEntries(Object.entries(record).filter(([name]) => !names.has(name)));
    const parsed = parseBody(org, object, { ...own, ...parent });
    const written = parsed.ok
      ? insertRecord(writer, object, parsed.values)
      : ({ kind: 'failed', status: 400, failures: [parsed.failure] } as const);
    if (written.kind !== 'done') {
      const failures = written.kind === 'failed' ? written.failures : [];
      made.errors.push({ referenceId, errors: failures.map(itemFailure) });
      return;
    }
    made.results.push({ referenceId, id: written.id });
    for (const { name, child, field } of below) {
      const type = org.schema().object(child);
      const children = (record[name] as JsonObject)['records'] as readonly Json[];
      if (type === null || depth >= DEEPEST) continue;
      for (const each of children)
        if (isJsonObject(each)) make(writer, type, each, { [field]: written.id }, depth + 1, made);
    }
  }

  return (call: RestCall): SfReply => {
    if (call.method !== 'POST') return NOT_ALLOWED(call.method);
    const object = org.schema().object(call.path[2] ?? '');
    if (object === null) return NOT_FOUND;
    const records = objectBody(call)?.['records'];
    if (!Array.isArray(records)) return NO_JSON;
    const made: Made = { results: [], errors: [] };
    const isKept = org.store.attempt(() => {
      for (const record of records as readonly Json[])
        if (isJsonObject(record)) make(writerOf(org, call), object, record, {}, 1, made);
      return made.errors.length === 0 && made.results.length <= MOST;
    });
    if (isKept) return ok({ hasErrors: false, results: made.results }, 201);
    if (made.errors.length > 0) return ok({ hasErrors: true, results: made.errors }, 400);
    return failed(400, failure('INVALID_INPUT', `A tree holds at most ${MOST} records`));
  };
}
