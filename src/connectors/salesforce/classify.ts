import type { Failure } from '../../domain/outcome.ts';
import type { CrmAnswer, CrmRequest } from '../connector.port.ts';
import { SIGN_IN_FAILS_FOR_NOW } from './api/assumed.ts';
import { errorsIn, failureOf, type SalesforceError } from './api/refusals.ts';
import { isObject, textIn } from './api/wire.ts';

/** Codes that name who may: where whoever signs in is asked about, the host asks further. */
const SIGNS_IN = 'oauth2';

/**
 * What an answer means, where Salesforce says more than its status. A missing record of a look-up, or of a create (a parent that is gone), isn't
 * the record that is written.
 */
export function classifySalesforce(answer: CrmAnswer, request: CrmRequest): Failure | null {
  const { status, body } = answer;
  if (status < 300) return null;
  if (request.path[1] === SIGNS_IN) return signInFailure(answer, request);
  const [first] = errorsIn(body);
  if (first === undefined) return null;
  const failure = failureOf(first, status);
  // The host has the rest of an outage, and asks whose a refusal is.
  if (status >= 500 && failure.kind === 'rejected') return null;
  if (failure.kind !== 'gone' || request.verb === 'find' || request.verb === 'list') return failure;
  if (request.verb !== 'create' && isAboutItself(request, first, status)) return failure;
  const detail = 'A record that it refers to is not there any more.';
  return { kind: 'retry_later', code: 'REFERENCE_GONE', detail, status, whose: 'record' };
}

/** Whether it is the record that is addressed by its id which isn't there, and none that it refers to. */
function isAboutItself({ path }: CrmRequest, { code, fields }: SalesforceError, status: number): boolean {
  if (!path.includes('sobjects') || path.length < ADDRESSED) return false;
  return status === 404 || (code === 'ENTITY_IS_DELETED' && fields.length === 0);
}

/** `services/data/v68.0/sobjects/Contact/<id>`. */
const ADDRESSED = 6;

const LONGEST_DESCRIPTION = 200;

/** About the app, and nobody's sign-in: where it is the operator's, no user can mend that. */
const OF_THE_APP: ReadonlySet<string> = new Set([
  'invalid_client',
  'invalid_client_id',
  'unsupported_grant_type',
  'redirect_uri_mismatch',
]);

/** Whether who asks for a session shows an app of their own: all other ways go by the operator's. */
function isOwnApp({ text }: CrmRequest): boolean {
  return new URLSearchParams(text ?? '').get('grant_type') === 'client_credentials';
}

/** At the token endpoint: `{error, error_description}`. */
function signInFailure({ status, body }: CrmAnswer, request: CrmRequest): Failure | null {
  const error = textIn(body, 'error');
  if (!isObject(body) || error === '' || status >= 500) return null;
  const said = textIn(body, 'error_description').slice(0, LONGEST_DESCRIPTION);
  const told = said === '' ? error : `${error}: ${said}`;
  if (SIGN_IN_FAILS_FOR_NOW.test(error)) {
    const detail = `Salesforce lets nobody sign in for now (${told}).`;
    return { kind: 'retry_later', code: 'SIGN_IN_FAILED', detail, status };
  }
  if (OF_THE_APP.has(error) && !isOwnApp(request)) {
    const detail = `Salesforce refuses this service’s app (${told}): its operator has to mend that.`;
    return { kind: 'unauthorised', code: 'APP_REFUSED', detail, status, whose: 'application' };
  }
  const detail = `Salesforce refuses the sign-in (${told}).${ADVICE[error] ?? ''}`;
  return { kind: 'unauthorised', code: 'SIGN_IN_REFUSED', detail, status, whose: 'account' };
}

const ADVICE: Readonly<Record<string, string>> = {
  invalid_client:
    ' Check the consumer key and secret, and that the app allows this flow at your My Domain address.',
  invalid_client_id: ' Check the consumer key.',
  invalid_grant:
    ' The app must be allowed for this user (Manage, Policies: admin approved users are pre-authorized), and the address must be your My Domain.',
  unsupported_grant_type: ' The app doesn’t allow this flow.',
  inactive_user: ' The user is switched off.',
};
