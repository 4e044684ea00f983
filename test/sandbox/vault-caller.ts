import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { VaultInProcess } from '../../src/sandbox/mri-vault/vault-sandbox.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

export interface Call {
  readonly key?: string | null;
  readonly body?: Json;
  readonly signal?: AbortSignal;
  readonly headers?: Record<string, string>;
}

/** A sandbox as its callers see it. */
export type Reachable = Pick<VaultInProcess, 'url' | 'fetch'>;

/** The same sandbox, called over sockets. */
export function overSockets({ url }: Pick<VaultInProcess, 'url'>): Reachable {
  return { url, fetch: (target, request) => fetch(target, { ...request, redirect: 'manual' }) };
}

/** Calls `path` under `/api/v1` and reads the answer as JSON (null where it is empty). */
export async function call(
  sandbox: Reachable,
  method: string,
  path: string,
  { key = 'sandbox-key', body, signal, headers = {} }: Call = {},
): Promise<Answer> {
  const response = await sandbox.fetch(
    `${sandbox.url}${path.startsWith('/_sandbox') ? '' : '/api/v1'}${path}`,
    {
      method,
      headers: {
        'content-type': 'application/json',
        ...headers,
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    },
  );
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? null : (JSON.parse(text) as Json),
  };
}

export function object(value: Json | undefined): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('no object');
  return value as JsonObject;
}

export function objects(value: Json | undefined): JsonObject[] {
  if (!Array.isArray(value)) throw new TypeError('no array');
  return value.map((item: Json) => object(item));
}

/** Creates a record and gives its id. */
export async function create(sandbox: Reachable, path: string, body: Json): Promise<string> {
  const answer = await call(sandbox, 'POST', path, { body });
  if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return String(object(answer.body)['id']);
}

/** Resolves when the next API request has arrived and is being dealt with. */
export function nextRequest(sandbox: Pick<VaultInProcess, 'onRequest'>): Promise<void> {
  return new Promise((resolve) => {
    const stop = sandbox.onRequest(() => {
      stop();
      resolve();
    });
  });
}
