import type {
  ConflictReason,
  CrmFailureReason,
  IntegrationFailure,
} from '../../integrations/integration-failure.ts';
import { KEYS_UNAVAILABLE_PROBLEM, NOT_FOUND_PROBLEM, type Problem } from './problem.ts';

const CONFLICT_DETAILS: Readonly<Record<ConflictReason, string>> = {
  account_changed:
    'These credentials belong to another CRM account than before, or show nothing of what was linked there. Connect with ?account=replace to leave the old one.',
  paused: 'The connection is paused. Resume it first.',
  needs_reauth: 'The CRM refused the stored credentials. Connect again with new ones.',
  provider_unavailable: 'The operator of this service has to set this CRM up first.',
  concurrent_change: 'Others changed the same connection at the same time. Try again.',
};

const CRM_DETAILS: Readonly<Record<CrmFailureReason, string>> = {
  unreachable: 'The CRM could not be reached.',
  rate_limited: 'The CRM asks to wait before the next call.',
  crm_failed: 'The CRM answered with a fault of its own.',
  service_refused:
    'The CRM refuses this service itself, whatever the credentials. Whoever runs the service has to mend that.',
  unexpected_answer: 'The CRM answered with something else than its documents say.',
};

/** What a use-case's failure is for whoever called. */
export function failureProblem(failure: IntegrationFailure): Problem {
  switch (failure.code) {
    case 'NOT_FOUND':
      return NOT_FOUND_PROBLEM;
    case 'INVALID':
      return invalid(400, failure.faults);
    case 'UNACCEPTABLE':
      return invalid(422, failure.faults);
    case 'TOO_MANY':
      return { code: 'TOO_LARGE', status: 413, detail: 'At most 1,000 changes are taken at once.' };
    case 'CONFLICT':
      return {
        code: 'CONFLICT',
        status: 409,
        detail: failure.detail ?? CONFLICT_DETAILS[failure.reason],
        reason: failure.reason,
        retryable: failure.reason === 'concurrent_change',
      };
    case 'CREDENTIALS_REFUSED':
    case 'NEEDS_REAUTH':
    case 'CRM_FAILED':
      return crmProblem(failure);
    case 'CREDENTIALS_UNREADABLE':
      return {
        code: 'NOT_READY',
        status: 503,
        detail: 'The stored credentials cannot be opened with the keys that the service was given.',
        reason: 'credentials_unreadable',
      };
    case 'KEYS_UNAVAILABLE':
      return KEYS_UNAVAILABLE_PROBLEM;
    case 'FEED_UNAVAILABLE':
      return {
        code: 'NOT_READY',
        status: 503,
        detail: 'The changes could not be stored. Send the same changes again.',
        reason: 'feed_unavailable',
        retryable: true,
        retryAfterSeconds: 5,
      };
  }
}

function invalid(status: 400 | 422, errors: NonNullable<Problem['errors']>): Problem {
  return { code: 'VALIDATION_FAILED', status, detail: 'Some of what was sent is not acceptable.', errors };
}

type CrmFailure = Extract<
  IntegrationFailure,
  { code: 'CREDENTIALS_REFUSED' | 'NEEDS_REAUTH' | 'CRM_FAILED' }
>;

function crmProblem(failure: CrmFailure): Problem {
  const code = 'INTEGRATION_FAILED';
  if (failure.code === 'CREDENTIALS_REFUSED') {
    const { providerStatus, detail = 'The CRM refused these credentials.' } = failure;
    const reason = 'credentials_refused';
    return { code, status: 400, detail, reason, ...(providerStatus !== null && { providerStatus }) };
  }
  if (failure.code === 'NEEDS_REAUTH') {
    const detail = CONFLICT_DETAILS.needs_reauth;
    const { runId } = failure;
    return { code, status: 400, detail, reason: 'needs_reauth', ...(runId !== null && { runId }) };
  }
  const { reason, providerStatus, retryAfterMs, runId } = failure;
  return {
    code,
    status: 502,
    detail: CRM_DETAILS[reason] + (runId === null ? '' : ' The run waits and goes on by itself.'),
    reason,
    retryable: true,
    ...(providerStatus !== null && { providerStatus }),
    ...(runId !== null && { runId }),
    ...(retryAfterMs !== null && { retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1_000)) }),
  };
}
