import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { FubInProcess } from '../../src/sandbox/follow-up-boss/fub-sandbox.ts';
import { object, objects, type Answer } from './vault-caller.ts';

export interface FubCall {
  readonly key?: string | null;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

type Reachable = Pick<FubInProcess, 'url' | 'fetch'>;

/** Calls `path` under `/v1` as most clients do, and reads the answer as JSON (null where it is empty). */
export async function callFub(
  sandbox: Reachable,
  method: string,
  path: string,
  { key = 'sandbox-key', body, headers = {} }: FubCall = {},
): Promise<Answer> {
  const basic = Buffer.from(`${key}:`).toString('base64');
  const response = await sandbox.fetch(`${sandbox.url}/v1${path}`, {
    method,
    headers: { ...(key === null ? {} : { authorization: `Basic ${basic}` }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? null : (JSON.parse(text) as Json),
  };
}

/** What a call that must succeed answers. */
export async function told(
  sandbox: Reachable,
  method: string,
  path: string,
  call: FubCall = {},
): Promise<JsonObject> {
  const answer = await callFub(sandbox, method, path, call);
  if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return object(answer.body);
}

/** The records of a listing. */
export async function listed(
  sandbox: Reachable,
  collection: string,
  path: string,
  call?: FubCall,
): Promise<JsonObject[]> {
  return objects((await told(sandbox, 'GET', path, call))[collection]);
}
