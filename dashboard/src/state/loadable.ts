import type { Answer, Problem } from '../api/problem.ts';

/** What is shown of something that is asked for. What was known stays when asking again fails. */
export type Loadable<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly problem: Problem }
  | { readonly state: 'ready'; readonly value: T };

export const LOADING: Loadable<never> = { state: 'loading' };

export function after<T>(before: Loadable<T>, answer: Answer<T>): Loadable<T> {
  if (answer.ok) return { state: 'ready', value: answer.value };
  return before.state === 'ready' ? before : { state: 'failed', problem: answer.problem };
}
