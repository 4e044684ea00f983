import { signal } from '@preact/signals';
import { api } from '../api/api.ts';
import type { Problem } from '../api/problem.ts';
import { replaceAddress } from './route.ts';
import { session } from '../api/session.ts';

/** Why the last attempt failed; null when there is nothing to say. */
export const signInProblem = signal<Problem | null>(null);

/** A signed token has three parts; a one-time code has none of its dots. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Signs in with what a person pasted: a one-time code, an access token, or the whole link that holds the code. */
export async function signIn(pasted: string): Promise<void> {
  const text = pasted.trim();
  const secret = TOKEN.test(text) ? { token: text } : { code: codeInAddress(text) ?? text };
  session.value = 'signing-in';
  signInProblem.value = null;
  const answer = await api.openSession(secret);
  if (answer.ok) {
    session.value = 'signed-in';
    return;
  }
  session.value = 'signed-out';
  signInProblem.value = answer.problem;
}

/** Takes a code from the address, which forgets it at once; without one, finds out whether the cookie is still good. */
export async function signInFromAddress(): Promise<void> {
  const code = codeInAddress(location.hash);
  if (code !== null) {
    replaceAddress('#/');
    await signIn(code);
    return;
  }
  if (session.peek() !== 'unknown') return;
  const answer = await api.listIntegrations();
  if (answer.ok) session.value = 'signed-in';
  // Not knowing is not being signed out: only a 401 says that.
  else signInProblem.value = answer.problem.status === 401 ? null : answer.problem;
}

export async function signOut(): Promise<void> {
  const answer = await api.closeSession();
  if (answer.ok) session.value = 'signed-out';
}

function codeInAddress(address: string): string | null {
  const fragment = /#(.*)$/.exec(address)?.[1];
  return fragment === undefined ? null : new URLSearchParams(fragment).get('code');
}
