import { reachable, session } from './session.ts';
import { type Answer, readProblem, UNREACHABLE } from './problem.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 60_000;

/**
 * Asks the service as whoever the cookie says. Every failure is a value. Tells `reachable` whether there was an answer, and
 * `session` when the service knows the caller no more.
 */
export async function request<T>(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<Answer<T>> {
  const response = await send(method, path, options);
  reachable.value = response !== null;
  if (response === null) return { ok: false, problem: UNREACHABLE };
  const body = await readBody(response);
  // The shape is the service's promise: the types are made from its description.
  if (response.ok) return { ok: true, value: body as T };
  if (response.status === 401) leaveSession();
  return { ok: false, problem: readProblem(response.status, body) };
}

/** Several requests may be told at once; that there was a session is said once it was. */
function leaveSession(): void {
  const before = session.peek();
  if (before !== 'ended') session.value = before === 'signed-in' ? 'ended' : 'signed-out';
}

async function send(
  method: Method,
  path: string,
  { body, headers = {} }: RequestOptions,
): Promise<Response | null> {
  return fetch(path, {
    method,
    credentials: 'same-origin',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      accept: 'application/json',
      ...(method !== 'GET' && { 'x-zena-crm': '1' }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(() => null);
}

/** Null where there is no JSON to read, also when the answer broke off. */
async function readBody(response: Response): Promise<unknown> {
  const text = await response.text().catch(() => '');
  try {
    return text === '' ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}
