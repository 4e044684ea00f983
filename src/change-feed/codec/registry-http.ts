import { request } from 'undici';
import { readCapped } from '../../runtime/read-capped.ts';
import { RegistryUnavailable } from './registry-unavailable.ts';

/** Where a Confluent-compatible registry is. The URL may carry a path; `auth` reads `user:password`. */
export interface RegistryAddress {
  readonly url: string;
  readonly auth: string | null;
}

export interface RegistryAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | readonly unknown[];
  /** The registry's own number for a refusal, such as 40403; null without one. */
  readonly errorCode: number | null;
  /** What the registry says about a refusal; empty without one. */
  readonly message: string;
}

/**
 * One call to the registry's HTTP API within `deadlineMs`, answer included. Resolves with what the registry decided: a
 * success, or a 4xx in its own JSON. Throws `RegistryUnavailable` for everything else.
 */
export type RegistryHttp = (
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: unknown,
) => Promise<RegistryAnswer>;

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

/** Makes the caller for one registry. */
export function createRegistryHttp({ url, auth }: RegistryAddress, deadlineMs: number): RegistryHttp {
  const headers = {
    accept: MEDIA_TYPE,
    'accept-encoding': 'identity',
    'content-type': MEDIA_TYPE,
    ...(auth === null ? {} : { authorization: `Basic ${Buffer.from(auth).toString('base64')}` }),
  };
  return async (method, path, body) => {
    const answer = await ask(`${url}${path}`, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(deadlineMs),
    });
    return readAnswer(answer);
  };
}

/** No schema that this program reads is a hundredth of that. */
const MOST_ANSWER_BYTES = 4 * 1_048_576;

async function ask(
  url: string,
  options: Parameters<typeof request>[1],
): Promise<{ status: number; text: string }> {
  try {
    const { statusCode, body } = await request(url, options);
    return {
      status: statusCode,
      text: await readCapped(body as AsyncIterable<Uint8Array>, MOST_ANSWER_BYTES),
    };
  } catch (error) {
    throw new RegistryUnavailable(`the schema registry can't be reached: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : error.name;
}

function readAnswer({ status, text }: { status: number; text: string }): RegistryAnswer {
  if (status >= 500 || [401, 403, 407, 408, 429].includes(status))
    throw new RegistryUnavailable(`the schema registry answers ${status}`);
  const body = parse(text);
  if (body === null)
    throw new RegistryUnavailable(`what answers ${status} is no schema registry: is its URL right?`);
  const errorCode = 'error_code' in body && typeof body.error_code === 'number' ? body.error_code : null;
  const message = 'message' in body && typeof body.message === 'string' ? body.message : '';
  return { status, body, errorCode, message };
}

function parse(text: string): RegistryAnswer['body'] | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as RegistryAnswer['body'] | null) : null;
  } catch {
    return null;
  }
}

/** Whether an answer says that the subject, version or schema does not exist, and not that the URL is wrong. */
export function isAbsent({ status, errorCode }: RegistryAnswer): boolean {
  return status === 404 && errorCode !== null && errorCode >= 40_401 && errorCode <= 40_403;
}
