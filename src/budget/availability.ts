import type { CallOutcome } from '../domain/outcome.ts';

/**
 * Whether an outcome tells about the CRM's being there: true = it answered and did it, false = it failed or could not be
 * reached, null = neither, since a limit, a refusal or a call that we held back says nothing about it.
 */
export function availabilityOf(outcome: CallOutcome<unknown>): boolean | null {
  if (outcome.kind === 'applied') return true;
  if (outcome.kind === 'ambiguous') return false;
  if (outcome.kind !== 'retry_later') return null;
  const { status } = outcome;
  return status !== null && status >= 400 && status < 500 ? null : false;
}
