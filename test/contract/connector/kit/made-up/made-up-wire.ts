import type { JsonObject } from '../../../../../src/domain/json.ts';
import type { CallOutcome } from '../../../../../src/domain/outcome.ts';
import type { CreatedRecord, CrmFields, RemoteHit } from '../../../../../src/domain/remote-record.ts';

/** What the made-up CRM answers to a create, alone or among others. */
export function createdOf(made: JsonObject, status: number): CallOutcome<CreatedRecord> {
  if (typeof made['id'] !== 'string')
    return { kind: 'ambiguous', code: 'ANSWER_WITHOUT_ID', detail: 'It answered no id.', status };
  const origin = made['existing'] === true ? 'existing' : 'created';
  return { kind: 'applied', value: { id: made['id'], version: null, origin } };
}

export function hitOf(body: JsonObject, names: readonly string[]): RemoteHit {
  const createdAt = typeof body['madeAt'] === 'number' ? body['madeAt'] : null;
  return { id: String(body['id']), version: null, createdAt, fields: only(body, names) };
}

export function only(fields: CrmFields, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
}
