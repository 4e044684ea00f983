import type { CrmConnector } from '../connectors/connector.port.ts';
import type { ConnectorRef } from '../domain/connection.ts';
import type { Failure } from '../domain/outcome.ts';
import { providerName } from '../domain/providers.ts';
import type { CheckedAccount, CredentialCheck, CredentialsInUse } from '../delivering/reconciler.port.ts';
import { failed, type IntegrationFailure, type Outcome, success } from './integration-failure.ts';

/** The code of calls that were not made because the name leads nowhere, or to an address that may not be called. */
const NOT_REACHABLE = 'HOST_NOT_REACHABLE';
const ASK_TO_COME_AGAIN: ReadonlySet<number> = new Set([401, 403, 408, 423, 425, 429]);

/**
 * Asks the CRM whether it accepts the credentials. The failures are told apart only as far as a user can act on them: a
 * private address and a name without one look the same, so that nobody can map a network with our errors.
 */
export async function verifyCredentials(
  check: CredentialCheck,
  of: ConnectorRef,
  used: CredentialsInUse,
): Promise<Outcome<CheckedAccount>> {
  const outcome = await check.check(of, used);
  return outcome.kind === 'applied' ? success(outcome.value) : failed(credentialFailure(outcome));
}

/** Of the wire: that the status says so is all that is known. */
const SAY_NO_MORE: ReadonlySet<string> = new Set(['CREDENTIALS_REFUSED', 'ACCESS_FORBIDDEN']);

/** What a failed call of a connect or a test is for whoever asked. */
export function credentialFailure(outcome: Failure): IntegrationFailure {
  if (outcome.whose === 'application') {
    const providerStatus = outcome.answer?.status ?? ('status' in outcome ? outcome.status : null);
    const failure = { code: 'CRM_FAILED', retryAfterMs: null, runId: null } as const;
    // Nothing was asked where this service has no app there at all.
    return {
      ...failure,
      reason: 'service_refused',
      providerStatus: providerStatus === 0 ? null : providerStatus,
    };
  }
  if (outcome.kind === 'unauthorised') {
    const refused = { code: 'CREDENTIALS_REFUSED', providerStatus: outcome.status } as const;
    return SAY_NO_MORE.has(outcome.code) ? refused : { ...refused, detail: outcome.detail };
  }
  if (outcome.code === NOT_REACHABLE) {
    const detail = 'The host has no public address on the internet.';
    return {
      code: 'UNACCEPTABLE',
      faults: [{ pointer: '/credentials/instanceUrl', code: NOT_REACHABLE, detail }],
    };
  }
  const failure = { code: 'CRM_FAILED', retryAfterMs: null, runId: null } as const;
  // A limit of ours, and one that a CRM names with another status, is no 429.
  const answered = outcome.answer?.status ?? null;
  switch (outcome.kind) {
    case 'rate_limited':
      return {
        ...failure,
        reason: 'rate_limited',
        providerStatus: answered,
        retryAfterMs: outcome.retryAfterMs,
      };
    case 'rejected':
      return { ...failure, reason: 'unexpected_answer', providerStatus: outcome.status };
    case 'gone':
      return { ...failure, reason: 'unexpected_answer', providerStatus: answered ?? 404 };
    case 'withheld':
      return { ...failure, reason: 'unreachable', providerStatus: null };
    case 'ambiguous':
    case 'retry_later':
      return outcome.status === null
        ? { ...failure, reason: 'unreachable', providerStatus: null }
        : { ...failure, reason: reasonOf(outcome.status), providerStatus: outcome.status };
  }
}

/** A fault of its own is a 5xx, or a 4xx by which it asks to come again; the rest no CRM answers by its documents. */
function reasonOf(status: number): 'crm_failed' | 'unexpected_answer' {
  return status >= 500 || ASK_TO_COME_AGAIN.has(status) ? 'crm_failed' : 'unexpected_answer';
}

/**
 * What a failure to connect says of the address that was entered: where something answers that isn't this CRM at all, the address
 * is what is wrong, and not the CRM. Once it was right, it stays so: then the same answer is an outage.
 */
export function blameAddress(
  failure: IntegrationFailure,
  connector: Pick<CrmConnector, 'id' | 'name' | 'credentialFields'>,
  wasRightBefore: boolean,
): ReturnType<typeof failed> {
  const field = connector.credentialFields.find(({ kind }) => kind === 'url');
  if (field === undefined || wasRightBefore || !isFromElsewhere(failure)) return failed(failure);
  const detail =
    `What answers at this address is not ${providerName(connector)}. ` +
    'Enter the address that its API is at, as in https://your-office.example.com, and no page of it.';
  const pointer = `/credentials/${field.name}`;
  return failed({ code: 'INVALID', faults: [{ pointer, code: 'NO_CRM_AT_ADDRESS', detail }] });
}

/** There is no such path, or a page is there. A redirect may also lead to the notice of an outage, so it says nothing. */
function isFromElsewhere(failure: IntegrationFailure): boolean {
  if (failure.code !== 'CRM_FAILED' || failure.reason !== 'unexpected_answer') return false;
  const status = failure.providerStatus ?? 0;
  return status === 404 || status === 410 || (status >= 200 && status < 300);
}
