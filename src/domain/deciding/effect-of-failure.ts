import { isForeign, type AnswerSign, type Failure } from '../outcome.ts';

/** Statuses of gateways that gave up on what may still go on behind them. */
const GAVE_UP_WAITING: ReadonlySet<number> = new Set([408, 502, 503, 504]);

/**
 * What a write may have done that ended in this failure: nothing; something that is done by now; or something that may yet come, until
 * the time for the call is over. Only where an answer is whole and not a gateway's is it known that nothing comes after it.
 */
export function effectOfFailure({ kind, answer }: Failure): 'none' | 'perhaps' | 'perhaps_later' {
  if (kind !== 'retry_later' && kind !== 'ambiguous') return 'none';
  if (answer === undefined || (GAVE_UP_WAITING.has(answer.status) && !isOwn408(answer)))
    return 'perhaps_later';
  if (answer.status >= 500) return isForeign(answer) ? 'perhaps_later' : 'perhaps';
  return isForeign(answer) ? 'perhaps' : 'none';
}

/** The CRM itself says that it never got the whole request. */
function isOwn408(answer: AnswerSign): boolean {
  return answer.status === 408 && !isForeign(answer);
}

/** Whether a create that got this answer has ended: the CRM itself failed at it, and says so. */
export function hasEnded(answer: AnswerSign | undefined): boolean {
  return (
    answer !== undefined && answer.status >= 500 && !GAVE_UP_WAITING.has(answer.status) && !isForeign(answer)
  );
}
