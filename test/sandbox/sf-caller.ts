import { clientIdOf } from '../../src/sandbox/salesforce/oauth/client-id.ts';
import type { SfInProcess } from '../../src/sandbox/salesforce/sf-sandbox.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { object, objects, type Answer } from './vault-caller.ts';

type Reachable = Pick<SfInProcess, 'url' | 'fetch'>;

export interface SfCall {
  readonly body?: Json;
  /** In place of JSON. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string | null;
}

/** A form to a path of the origin. */
export async function postForm(
  sandbox: Reachable,
  path: string,
  form: Record<string, string>,
  headers = {},
): Promise<Answer> {
  const response = await sandbox.fetch(`${sandbox.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  });
  return answerOf(response);
}

/** A session by client credentials. */
export async function sessionOf(sandbox: Reachable, secret = 'sandbox-key'): Promise<string> {
  const answer = await postForm(sandbox, '/services/oauth2/token', {
    grant_type: 'client_credentials',
    client_id: clientIdOf(secret),
    client_secret: secret,
  });
  return String(object(answer.body)['access_token']);
}

/** Calls what is below `/services/data/v68.0`, or an absolute path, with a session. */
export async function callSf(
  sandbox: Reachable,
  method: string,
  path: string,
  call: SfCall = {},
): Promise<Answer> {
  const token = call.token === undefined ? await sessionOf(sandbox) : call.token;
  const target =
    path.startsWith('/services') || path.startsWith('/id') ? path : `/services/data/v68.0${path}`;
  const body = call.text ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
  const response = await sandbox.fetch(`${sandbox.url}${target}`, {
    method,
    headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...call.headers },
    ...(body !== undefined && { body }),
  });
  return answerOf(response);
}

/** The first error of an answer: its status, code and fields. */
export function errorOf({ status, body }: Answer): [number, Json | undefined, Json | undefined] {
  const [first] = objects(body);
  return [status, first?.['errorCode'], first?.['fields']];
}

export async function found(sandbox: Reachable, soql: string): Promise<JsonObject[]> {
  const answer = await callSf(sandbox, 'GET', `/query?q=${encodeURIComponent(soql)}`);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return objects(object(answer.body)['records']);
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? null : isJson ? (JSON.parse(text) as Json) : text,
  };
}
