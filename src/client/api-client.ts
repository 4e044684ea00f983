import type { ClientConfig } from '../config/client-config.ts';
import { CommandFailure } from '../terminal/command-failure.ts';
import { EXIT } from '../terminal/exit-code.ts';
import type { ApiAnswer } from './api-answer.ts';
import { problemFailure } from './problem-failure.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** From `/` on, segments encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
  /** Default 30 s. */
  readonly deadlineMs?: number;
}

/** Calls a running service. Every method throws `CommandFailure` where it does not answer as such a service. */
export interface ApiClient {
  readonly url: string;
  /** Whatever it answers. */
  send(request: ApiRequest): Promise<ApiAnswer>;
  /** The body of a success; a problem becomes a `CommandFailure`. */
  call(request: ApiRequest): Promise<unknown>;
  /** A stream's response, once its head is there. */
  open(path: string, signal: AbortSignal, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

const DEADLINE_MS = 30_000;

/** Makes the client; `stop` cuts off what is under way. */
export function createApiClient(
  { url, token }: Pick<ClientConfig, 'url' | 'token'>,
  stop: AbortSignal,
): ApiClient {
  const base = url.replace(/\/+$/, '');
  const authorization = token === null ? {} : { authorization: `Bearer ${token.reveal()}` };

  const send = async (request: ApiRequest): Promise<ApiAnswer> => {
    const { method, headers, body, deadlineMs = DEADLINE_MS } = request;
    try {
      const response = await fetch(addressOf(base, request), {
        method,
        redirect: 'manual',
        signal: AbortSignal.any([stop, AbortSignal.timeout(deadlineMs)]),
        headers: {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...authorization,
          ...headers,
        },
        ...(body !== undefined && { body }),
      });
      return { status: response.status, headers: response.headers, body: await jsonOf(response) };
    } catch (error) {
      throw stop.aborted ? error : unreachable(base, error, deadlineMs);
    }
  };

  return {
    url: base,
    send,
    async call(request) {
      const answer = await send(request);
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      throw problemFailure(base, answer, token !== null);
    },
    async open(path, signal, headers = {}) {
      let response: Response;
      try {
        response = await fetch(`${base}${path}`, {
          headers: { ...authorization, ...headers },
          signal,
          redirect: 'manual',
        });
      } catch (error) {
        throw signal.aborted ? error : unreachable(base, error, DEADLINE_MS);
      }
      if (response.ok) return response;
      const answer = { status: response.status, headers: response.headers, body: await jsonOf(response) };
      throw problemFailure(base, answer, token !== null);
    },
  };
}

/** The path of a provider's part of the API. */
export function providerPath(provider: string, rest: string): string {
  return `/api/integrations/crm/${encodeURIComponent(provider)}/${rest}`;
}

function addressOf(base: string, { path, query = {} }: ApiRequest): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${base}${path}${given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`}`;
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not an answer of this service; whoever reads the status and finds no body says so.
    return null;
  }
}

function unreachable(base: string, error: unknown, deadlineMs: number): CommandFailure {
  const late = error instanceof Error && error.name === 'TimeoutError';
  const why = late ? `it did not answer within ${deadlineMs / 1_000} s` : reasonOf(error);
  return new CommandFailure(
    EXIT.unreachable,
    `The service at ${base} can't be reached: ${why}`,
    'Is it running (zena-crm start), and is ZENA_CRM_URL its address?',
  );
}

function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code: unknown =
    typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND') return 'no such host';
  if (typeof code === 'string') return code;
  return cause instanceof Error ? cause.message : 'no connection';
}
