import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import { answerFaulty } from './faults/faulty-answer.ts';
import { errorReply, sendReply, type HttpReply } from './http/http-reply.ts';
import type { InFlight } from './faults/in-flight.ts';
import type { Journal, OpenEntry } from './journal/journal.ts';
import type { Misbehaviours } from './faults/misbehaviour.ts';
import { retryAfterHeader, type RateLimiter } from './limits/rate-limit.ts';
import { readBody, type RequestBody } from './http/request-body.ts';
import type { SandboxSettings } from '../mri-vault/vault-settings.ts';
import type { VaultApi } from '../mri-vault/vault-api.ts';
import { routeName, vaultRoute, type VaultRoute } from '../mri-vault/vault-route.ts';

export interface ApiServerParts {
  readonly api: VaultApi;
  readonly keys: ReadonlySet<string>;
  readonly limiter: RateLimiter;
  readonly misbehaviours: Misbehaviours;
  readonly journal: Journal;
  readonly inFlight: InFlight;
  readonly clock: Pick<Clock, 'now'>;
  readonly settings: () => SandboxSettings;
}

/** A request's target in its two parts, neither decoded. */
export interface Target {
  readonly path: string;
  readonly query: string;
}

export function targetOf(request: IncomingMessage): Target {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  return { path, query: query.join('?') };
}

function bearer(request: IncomingMessage): string | null {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

function journalBody(body: RequestBody): OpenEntry['body'] {
  if (body.kind === 'json') return body.value;
  return body.kind === 'malformed' ? body.text : null;
}

/** One API request from its body to its answer: limit, misbehaviour, key, work, in this order. */
export function createApiListener(parts: ApiServerParts) {
  const { api, keys, limiter, misbehaviours, journal, inFlight, clock } = parts;

  function overLimit(key: string | null): HttpReply | null {
    if (key === null || !keys.has(key)) return null;
    const verdict = limiter.take(key);
    if (verdict.allowed) return null;
    const style = parts.settings().rateLimit?.retryAfter ?? 'seconds';
    const value = retryAfterHeader(style, verdict.retryAfterMs, clock.now());
    return errorReply(429, 'Too many requests.', value === null ? {} : { 'retry-after': value });
  }

  function record(request: IncomingMessage, target: Target, route: VaultRoute, body: RequestBody): OpenEntry {
    const method = request.method ?? 'GET';
    const entry: OpenEntry = {
      method,
      path: target.path,
      route: routeName(method, route),
      query: Object.fromEntries(new URLSearchParams(target.query)),
      headers: request.headers,
      body: journalBody(body),
      status: null,
      at: clock.now(),
    };
    journal.add(entry);
    return entry;
  }

  async function carryOut(
    entry: OpenEntry,
    response: ServerResponse,
    commit: () => HttpReply,
  ): Promise<void> {
    const { delayBeforeMs, delayAfterMs, fault } = misbehaviours.strike(entry.method, entry.path);
    if (delayBeforeMs > 0 && !(await inFlight.wait(delayBeforeMs, response))) return;
    if (fault) {
      entry.status = await answerFaulty(fault, response, commit, inFlight);
      return;
    }
    const reply = commit();
    if (delayAfterMs > 0 && !(await inFlight.wait(delayAfterMs, response))) return;
    entry.status = reply.status;
    sendReply(response, reply);
  }

  return async (request: IncomingMessage, response: ServerResponse, target: Target): Promise<void> => {
    const body = await readBody(request);
    if (body.kind === 'aborted') return;
    const route = vaultRoute(request.method ?? 'GET', target.path);
    const entry = record(request, target, route, body);
    const key = bearer(request);
    const refused = overLimit(key);
    if (refused) {
      entry.status = refused.status;
      sendReply(response, refused);
      return;
    }
    // The key is looked at as late as the work is done: it may be revoked during a delay.
    await carryOut(entry, response, () =>
      key !== null && keys.has(key)
        ? api(route, entry.query, body)
        : errorReply(401, 'The API key is missing or not valid.', { 'www-authenticate': 'Bearer' }),
    );
  };
}
