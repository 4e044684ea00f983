import type { Failure } from '../../domain/outcome.ts';
import type { CrmAnswer, CrmRequest } from '../connector.port.ts';
import { NOTES_WAIT_FOR_ASSIGNMENT, SAYS_EXPIRED } from './assumed.ts';
import { isObject, readText } from './wire.ts';

/**
 * What an answer means, where Follow Up Boss says more than its status: whose a 403 is, and that a note came too early. Everything else is as
 * the host has it (429 with `Retry-After`, 401, 404, 400, 5xx).
 */
export function classifyFubAnswer(answer: CrmAnswer, { path, verb, method }: CrmRequest): Failure | null {
  const [resource] = path;
  if (answer.status === NOTES_WAIT_FOR_ASSIGNMENT && resource === 'notes' && method === 'POST') {
    const detail = 'The person is not there for notes yet: Follow Up Boss is assigning them.';
    return { kind: 'retry_later', code: 'NOT_ASSIGNED_YET', detail, status: answer.status, whose: 'record' };
  }
  if (answer.status !== 403 || answer.headers['retry-after'] !== undefined || !isObject(answer.body))
    return null;
  const { errorMessage, error } = answer.body;
  const said = `${readText(errorMessage)} ${readText(error)}`;
  if (/registered systems/i.test(said)) {
    const detail =
      'Only a system that is registered at Follow Up Boss may do this: FUB_SYSTEM and FUB_SYSTEM_KEY.';
    return rejected('NOT_REGISTERED', detail, 'application');
  }
  if (SAYS_EXPIRED.test(said)) {
    const detail = 'The Follow Up Boss account has expired.';
    return { kind: 'unauthorised', code: 'ACCOUNT_EXPIRED', detail, status: 403, whose: 'account' };
  }
  // Of a listing or of the key itself, it is about more than one record: the host asks what `/identity` says.
  const isOfOneRecord =
    (resource === 'people' || resource === 'deals' || resource === 'notes') && verb !== 'list';
  if (!isOfOneRecord || verb === 'find') return null;
  return rejected(
    'ACCESS_FORBIDDEN',
    'The key’s user may not see or change this record in Follow Up Boss.',
    'record',
  );
}

function rejected(code: string, detail: string, whose: 'record' | 'application'): Failure {
  return { kind: 'rejected', code, detail, status: 403, fields: [], whose };
}
