import type { Json, JsonObject } from '../../../domain/json.ts';
import type { CallOutcome, Failure } from '../../../domain/outcome.ts';
import type { CreatedRecord } from '../../../domain/remote-record.ts';
import { errorsIn, failureOf, type SalesforceError } from './refusals.ts';
import { idIn, objectsIn } from './wire.ts';

/** As many as a collection takes. */
export const COLLECTION_SIZE = 200;

/** The items of a collection that makes records. */
export function createdIn(body: Json): readonly CallOutcome<CreatedRecord>[] {
  return objectsIn(body).map((result) => {
    const id = idIn(result, 'id');
    if (result['success'] === true && id !== null)
      return {
        kind: 'applied',
        // One that has our id already was there: an earlier attempt's, or another's by now.
        value: { id, version: null, origin: result['created'] === false ? 'existing' : 'created' },
      };
    return itemFailure(result, 'create');
  });
}

/** Why one of several wasn't done. */
export function itemFailure(result: JsonObject, verb: 'create' | 'update'): Failure {
  const [error] = errorsIn(result);
  return error === undefined
    ? {
        kind: 'ambiguous',
        code: 'ANSWER_UNEXPECTED',
        detail: 'Salesforce told nothing of one record.',
        status: 200,
      }
    : failureInCompany(error, verb);
}

/** What an error means of one among several. Whom a duplicate rule means is looked for where it is sent alone. */
export function failureInCompany(error: SalesforceError, verb: 'create' | 'update'): Failure {
  const failure = failureOf(error, 400);
  if (failure.kind === 'rejected' && failure.code === 'DUPLICATES_DETECTED')
    return { ...failure, code: 'CONFLICT' };
  if (failure.kind !== 'gone') return failure;
  if (verb === 'update' && error.fields.length === 0) return failure;
  const detail = 'A record that it refers to is not there any more.';
  return { kind: 'retry_later', code: 'REFERENCE_GONE', detail, status: 400, whose: 'record' };
}
