import { isForeign, type AnswerSign, type Failure } from '../outcome.ts';

export interface RetryPolicy {
  /** Waits between attempts, ms; after the last one failed the record is given up. Never empty. */
  readonly delaysMs: readonly number[];
}

export interface FailureInput {
  readonly failure: Failure;
  readonly attempts: number;
  /** Until when the CRM as a whole is left alone, epoch ms; null where it isn't. */
  readonly blockedUntil: number | null;
  readonly policy: RetryPolicy;
  readonly now: number;
  /** 0 to 1. */
  readonly chance: number;
}

/** What a failed call means for its record. */
export type FailureVerdict =
  /** Try again from `notBefore` (epoch ms). */
  | { readonly kind: 'back_off'; readonly notBefore: number; readonly attempts: number }
  /** Stays due; what holds it back is the connection's matter. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'give_up'; readonly code: string; readonly detail: string };

/** A pause without a stated length, and bounds on stated ones: a CRM that says ten years means 'later'. */
const DEFAULT_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** Whether a failure counts against its record: it is this record's, or this request's, and nobody else's. */
export function countsAsAttempt({ kind, whose }: Failure): boolean {
  return RETRIED.has(kind) && (whose === 'record' || whose === 'request');
}

const RETRIED: ReadonlySet<Failure['kind']> = new Set(['retry_later', 'ambiguous', 'gone']);

/** Decides what a judged failure means; `gone` of a linked record is the planner's matter and must not come here. */
export function afterFailure(input: FailureInput): FailureVerdict {
  const { failure, now, attempts } = input;
  switch (failure.kind) {
    case 'withheld':
    case 'unauthorised':
      return { kind: 'hold' };
    case 'rate_limited': {
      const stated = failure.retryAfterMs ?? DEFAULT_PAUSE_MS;
      const pause = Math.min(Math.max(stated, DEFAULT_PAUSE_MS), LONGEST_PAUSE_MS);
      return { kind: 'back_off', notBefore: now + spread(pause, input.chance), attempts };
    }
    case 'rejected':
      return { kind: 'give_up', code: failure.code, detail: failure.detail };
    case 'gone':
    case 'retry_later':
    case 'ambiguous':
      return retry(input);
  }
}

function retry({ failure, attempts, blockedUntil, policy, now, chance }: FailureInput): FailureVerdict {
  if (failure.whose === 'account') return { kind: 'hold' };
  const asked = now + spread(Math.min(failure.answer?.retryAfterMs ?? 0, LONGEST_PAUSE_MS), chance);
  if (!countsAsAttempt(failure)) {
    // The CRM is asked by a probe, and this record, which is not to blame, comes with the rest: at once then, but after those that waited.
    const earliest = now + spread(DEFAULT_PAUSE_MS, chance);
    return { kind: 'back_off', notBefore: Math.max(earliest, asked, blockedUntil ?? 0), attempts };
  }
  if (attempts >= policy.delaysMs.length) {
    return {
      kind: 'give_up',
      code: 'RETRIES_EXHAUSTED',
      detail: `Failed ${attempts + 1} times while the CRM took other calls; last: ${failure.code}.`,
    };
  }
  const notBefore = Math.max(asked, now + retryDelayMs(policy, attempts, chance));
  return { kind: 'back_off', notBefore, attempts: attempts + 1 };
}

/** The wait after a failure that `attempts` others came before, ms. `chance`: 0 to 1. */
export function retryDelayMs({ delaysMs }: RetryPolicy, attempts: number, chance: number): number {
  return spread(delaysMs[Math.min(attempts, delaysMs.length - 1)] ?? DEFAULT_PAUSE_MS, chance);
}

/** Up to a tenth more, so that what failed together does not come back together. */
function spread(ms: number, chance: number): number {
  return Math.round(ms * (1 + 0.1 * chance));
}

/** Statuses of gateways that gave up on what may still go on behind them. */
const GAVE_UP_WAITING: ReadonlySet<number> = new Set([408, 502, 503, 504]);

/**
 * What a write may have done that ended in this failure: nothing; something that is done by now; or something that may yet come, until
 * the time for the call is over. Only where an answer is whole and not a gateway's is it known that nothing comes after it.
 */
export function effectOfFailure(failure: Failure): 'none' | 'perhaps' | 'perhaps_later' {
  const { kind, answer } = failure;
  if (kind === 'withheld' || kind === 'rate_limited' || isRefusedByCrm(failure)) return 'none';
  if (answer === undefined || (GAVE_UP_WAITING.has(answer.status) && !isOwn408(answer)))
    return 'perhaps_later';
  if (answer.status >= 500) return isForeign(answer) ? 'perhaps_later' : 'perhaps';
  return isForeign(answer) ? 'perhaps' : 'none';
}

/**
 * Whether it is the CRM's own refusal of the request. Whose it is says nothing of what became of the request: a write of which nothing was
 * heard, or that failed in the CRM, may have been taken, also where the credentials are refused now.
 */
function isRefusedByCrm(failure: Failure): boolean {
  const { kind, answer } = failure;
  if (kind === 'retry_later' || kind === 'ambiguous') return false;
  if (answer !== undefined) return !isForeign(answer) && answer.status < 500;
  // A connector that keeps the answer to itself tells its status.
  return kind !== 'unauthorised' || failure.status === 401 || failure.status === 403;
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
