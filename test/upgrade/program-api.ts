import { makeToken } from '../../src/auth/token-maker.ts';
import type { Scope } from '../../src/auth/principal.ts';
import { changeEnvelope } from '../../src/domain/events/change-envelope.ts';
import { secret } from '../../src/config/secret.ts';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import { systemClock } from '../../src/runtime/clock.ts';

/** A running program of any commit, by the part of its HTTP API that is fixed from outside. */
export interface ProgramApi {
  connect(userId: string, credentials: Readonly<Record<string, string>>): Promise<void>;
  /** Resolves once the changes are durable. */
  publish(events: readonly ChangeEvent[]): Promise<void>;
  pause(userId: string): Promise<void>;
  resume(userId: string): Promise<void>;
  /** What of a user's work is under way: nothing is due and nothing waits. */
  isQuiet(userId: string): Promise<boolean>;
  /** Disconnects; its links stay. */
  disconnect(userId: string): Promise<void>;
  /** Begins a full sync and leaves it. */
  beginSync(userId: string): Promise<void>;
  /** The states of a user's runs. */
  runs(userId: string): Promise<string[]>;
  /** What a full sync would do. */
  preview(userId: string): Promise<Readonly<Record<string, unknown>>>;
  /** A full sync, waited for. */
  sync(userId: string): Promise<Readonly<Record<string, unknown>>>;
  /** Entities whose delivery was given up. */
  deadEntities(): Promise<string[]>;
  /** Tries all dead letters again; resolves when the replay has begun. */
  replayAll(): Promise<void>;
  /** How many shards each living worker holds. */
  shards(): Promise<number[]>;
}

interface Call {
  readonly userId?: string;
  readonly scopes?: readonly Scope[];
  readonly body?: unknown;
  readonly prefer?: string;
}

const TOKEN_MS = 600_000;
const ANSWER_WITHIN_MS = 40_000;

/** Of one CRM. Rejects with the answer's text where a call is refused, and where nobody answers. */
export function programApi(url: string, jwtSecret: string, provider = 'mri_vault'): ProgramApi {
  const crm = `/api/integrations/crm/${provider}`;
  async function call<T>(
    method: string,
    path: string,
    { userId = 'operator', scopes = [], body, prefer }: Call,
  ): Promise<T> {
    const claims = { userId, scopes, ttlMs: TOKEN_MS, issuer: null, audience: null };
    const token = await makeToken({ secret: secret(jwtSecret), ...claims }, systemClock);
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(new URL(path, url), {
      method,
      headers: { authorization: `Bearer ${token}`, ...type, ...(prefer !== undefined && { prefer }) },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? null : JSON.parse(text)) as T;
  }

  return {
    async connect(userId, credentials) {
      await call('POST', `${crm}/connect`, { userId, body: { credentials } });
    },
    async publish(events) {
      const body = events.map((event) => ({ ...changeEnvelope(event), entity: event.kind }));
      const taken = await call<{ rejected: unknown[] }>('POST', '/api/changes', {
        userId: 'zena',
        scopes: ['changes:write'],
        body,
      });
      if (taken.rejected.length > 0) throw new Error(`Refused: ${JSON.stringify(taken.rejected)}`);
    },
    pause: (userId) => call('POST', `${crm}/pause`, { userId }),
    resume: (userId) => call('POST', `${crm}/resume`, { userId }),
    async isQuiet(userId) {
      const path = '/api/integrations/crm/user';
      type Counts = { readonly due: number; readonly waiting: number };
      const listed = await call<{ integrations: { counts: Counts }[] }>('GET', path, { userId });
      return listed.integrations.every(({ counts }) => counts.due === 0 && counts.waiting === 0);
    },
    disconnect: (userId) => call('DELETE', crm, { userId }),
    async beginSync(userId) {
      await call('POST', `${crm}/sync`, { userId, prefer: 'respond-async' });
    },
    async runs(userId) {
      const { data } = await call<{ data: { status: string }[] }>('GET', `${crm}/runs`, { userId });
      return data.map(({ status }) => status);
    },
    preview: (userId) => call('POST', `${crm}/sync?dryRun=true`, { userId }),
    sync: (userId) => call('POST', `${crm}/sync`, { userId }),
    async deadEntities() {
      type Letters = { data: { kind: string; status: string; entityId: string | null }[] };
      const { data } = await call<Letters>('GET', '/api/ops/dead-letters?limit=200', {
        scopes: ['ops:read'],
      });
      const open = data.filter(({ kind, status }) => kind === 'deliver' && status === 'open');
      return open.map(({ entityId }) => String(entityId)).sort();
    },
    async replayAll() {
      const scopes: readonly Scope[] = ['ops:write'];
      const path = '/api/ops/dead-letters';
      const { planId } = await call<{ planId: string }>('POST', `${path}/plan`, { scopes, body: {} });
      await call('POST', `${path}/replay`, { scopes, body: { planId } });
    },
    async shards() {
      type Workers = { data: { shards: number }[] };
      const { data } = await call<Workers>('GET', '/api/ops/workers', { scopes: ['ops:read'] });
      return data.map(({ shards }) => shards);
    },
  };
}
