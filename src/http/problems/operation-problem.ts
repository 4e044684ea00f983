import type { OperationFailure } from '../../operations/operation-failure.ts';
import { KEYS_UNAVAILABLE_PROBLEM, NOT_FOUND_PROBLEM, type Problem } from './problem.ts';

const CONFLICT_DETAILS = {
  plan_used: 'This plan was begun or cancelled before. Plan again: a plan is good for one replay.',
  another_key: 'This key is not the one that seals here. Look at the status of the keys again.',
  plan_expired: 'This plan is too old: what it counted may be wrong by now. Plan again.',
} as const;

/** What a failure of an operator's use-case is for whoever called. */
export function operationProblem(failure: OperationFailure): Problem {
  if (failure.code === 'NOT_FOUND') return NOT_FOUND_PROBLEM;
  if (failure.code === 'KEYS_UNAVAILABLE') return KEYS_UNAVAILABLE_PROBLEM;
  const { code, reason } = failure;
  return { code, status: 409, detail: CONFLICT_DETAILS[reason], reason };
}

/** A time in a query or body that has the form of one and is none, such as the 31st of February. */
export const NO_SUCH_TIME: Problem = {
  code: 'VALIDATION_FAILED',
  status: 400,
  detail: '`from` or `to` is no time that exists.',
};
