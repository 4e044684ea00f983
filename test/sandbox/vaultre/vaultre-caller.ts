import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { RequestInProcess } from '../../../src/sandbox/kit/http/received-request.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

export interface CallOptions {
  readonly body?: Json;
  readonly token?: string | null;
  readonly key?: string | null;
}

/** A sandbox, or what stands before one. */
export interface Reachable {
  readonly url: string;
  fetch(url: string, request?: RequestInProcess): Promise<Response>;
}

export type Call = (method: string, path: string, options?: CallOptions) => Promise<Answer>;

/** Calls paths below `/api/v1.3` with both credentials. */
export function vaultreCaller({ url, fetch }: Reachable): Call {
  return async (
    method,
    path,
    { body, token = 'sandbox-key', key = 'sandbox-integrator-key' }: CallOptions = {},
  ) => {
    const response = await fetch(`${url}${path.startsWith('/_sandbox') ? '' : '/api/v1.3'}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(key !== null && { 'x-api-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : (JSON.parse(text) as Json),
    };
  };
}

export function itemsOf({ body }: Pick<Answer, 'body'>): JsonObject[] {
  const { items } = body as { items?: JsonObject[] };
  if (!Array.isArray(items)) throw new TypeError('no items');
  return items;
}

export function idOf({ body }: Pick<Answer, 'body'>): number {
  const { id } = body as { id?: Json };
  if (typeof id !== 'number') throw new TypeError(`no id: ${JSON.stringify(body)}`);
  return id;
}
