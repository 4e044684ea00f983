import { setTimeout as sleep } from 'node:timers/promises';
import { makeToken } from '../../../src/auth/token-maker.ts';
import { secret } from '../../../src/config/secret.ts';
import type { ChangeEvent } from '../../../src/domain/change-event.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { TimelineCode } from '../../../src/domain/timeline.ts';
import type { ProgramProcess } from './program-process.ts';

/** Calls whichever worker answers. */
export interface ServiceClient {
  connect(
    userId: string,
    credentials: { readonly apiKey: string; readonly instanceUrl: string },
  ): Promise<void>;
  /** What happened to a record in its CRM, newest first; empty where there is nothing. */
  timeline(event: Pick<ChangeEvent, 'kind' | 'entityId' | 'userId'>): Promise<TimelineCode[]>;
  /** The whole index of dead letters. */
  deadLetters(): Promise<IndexedLetter[]>;
  /** Prometheus text; null: this worker does not answer in time. */
  metrics(worker: ProgramProcess): Promise<string | null>;
}

export interface IndexedLetter {
  readonly kind: 'decode' | 'deliver';
  readonly status: string;
  readonly code: string;
  readonly entityId: string | null;
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: string } | null;
}

const TOKEN_MS = 24 * 3_600_000;
const KEEP_TRYING_MS = 60_000;
const CRM_PATH = '/api/integrations/crm/mri_vault';

export function createServiceClient(
  jwtSecret: string,
  living: () => readonly ProgramProcess[],
): ServiceClient {
  async function ask(worker: ProgramProcess, request: ServiceRequest): Promise<Response> {
    const { method = 'GET', path, userId, scopes = [], body, withinMs = 15_000 } = request;
    const claims = { userId, scopes, ttlMs: TOKEN_MS, issuer: null, audience: null };
    const token = await makeToken({ secret: secret(jwtSecret), ...claims }, systemClock);
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    return fetch(new URL(path, worker.url), {
      method,
      headers: { authorization: `Bearer ${token}`, ...type },
      signal: AbortSignal.timeout(withinMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async function call(request: ServiceRequest): Promise<Response> {
    const until = performance.now() + KEEP_TRYING_MS;
    for (let turn = 0; ; turn += 1) {
      const workers = living();
      const worker = workers[turn % Math.max(1, workers.length)];
      const response = worker === undefined ? null : await orNull(ask(worker, request));
      if (response !== null && response.status < 500 && response.status !== 429) return response;
      if (performance.now() > until) {
        const said = response === null ? 'no answer' : `${response.status} ${await response.text()}`;
        throw new Error(`${request.path}: ${said}`);
      }
      await sleep(300);
    }
  }

  return {
    async connect(userId, credentials) {
      const response = await call({
        method: 'POST',
        path: `${CRM_PATH}/connect`,
        userId,
        body: { credentials },
      });
      if (!response.ok) throw new Error(`connect: ${response.status} ${await response.text()}`);
    },
    async timeline({ kind, entityId, userId }) {
      const path = `${CRM_PATH}/records/${kind}/${encodeURIComponent(entityId)}?limit=200`;
      const response = await call({ path, userId });
      if (response.status === 404) return [];
      const { data } = (await response.json()) as { data: { code: TimelineCode }[] };
      return data.map(({ code }) => code);
    },
    async deadLetters() {
      const letters: IndexedLetter[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const path = `/api/ops/dead-letters?limit=200${after}`;
        const response = await call({ path, userId: 'operator', scopes: ['ops:read'] });
        if (!response.ok) throw new Error(`dead letters: ${response.status} ${await response.text()}`);
        const page = (await response.json()) as { data: IndexedLetter[]; nextCursor: string | null };
        letters.push(...page.data);
        cursor = page.nextCursor;
      }
      return letters;
    },
    async metrics(worker) {
      const request = { path: '/metrics', userId: 'metrics', scopes: ['metrics'], withinMs: 2_000 };
      const response = await orNull(ask(worker, request));
      return response?.ok === true ? response.text().catch(() => null) : null;
    },
  };
}

interface ServiceRequest {
  readonly method?: string;
  readonly path: string;
  readonly userId: string;
  readonly scopes?: readonly string[];
  readonly body?: unknown;
  readonly withinMs?: number;
}

/** A worker that is gone, frozen or just starting gives no answer; that is what these runs are about. */
async function orNull(asking: Promise<Response>): Promise<Response | null> {
  try {
    return await asking;
  } catch (error) {
    // By name: under Jest, what Node throws is of another realm.
    if (['TypeError', 'TimeoutError'].includes((error as Error).name)) return null;
    throw error;
  }
}
