import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeToken } from '../../../src/auth/token-maker.ts';
import type { Scope } from '../../../src/auth/principal.ts';
import { secret } from '../../../src/config/secret.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { clientIdOf } from '../../../src/sandbox/salesforce/oauth/client-id.ts';
import { programFlags } from '../../../bench/harness/program-flags.ts';
import { startProgram, type ProgramProcess } from '../../chaos/stage/program-process.ts';
import { changeJson } from '../../support/change-json.ts';
import { openWireGate, type HoldPoint } from './wire-gate.ts';

const API_KEY = 'bulk-org-key';
const CRM = '/api/integrations/crm/salesforce';
const A_PART = 1_000;
const TOKEN_MS = 24 * 3_600_000;
const START_WITHIN_MS = 60_000;
const END_WITHIN_MS = 5_000;

export interface LinkCounts {
  readonly linked: number;
  readonly due: number;
  readonly waiting: number;
  readonly failed: number;
}

/** What the org's own records say. */
export interface HeldThere {
  readonly contacts: number;
  /** Of what was sent, the ids that no contact has, and those that several have; and contacts whose name is not theirs. */
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly wrong: readonly string[];
  readonly jobs: number;
}

/** The program on its embedded store, and a Salesforce in another process, with a gate between them. */
export interface BulkStage {
  /** The changes of so many contacts, stored before anything is connected. */
  publish(records: number): Promise<void>;
  connect(): Promise<void>;
  /** Begins a full sync; that it ends is seen by the counts. */
  beginSync(): Promise<void>;
  counts(): Promise<LinkCounts>;
  /** Kills the program (SIGKILL) once a request is held there, and starts it again; false: none came in time. */
  killAt(point: HoldPoint, withinMs: number): Promise<boolean>;
  /** What the program holds in memory, MiB; of Linux alone. */
  memoryMiB(): number;
  judge(records: number): Promise<HeldThere>;
  close(): Promise<void>;
}

export const contactId = (n: number): string => `bulk-${String(n).padStart(6, '0')}`;

/** @param bulkMs how long the org works at a job */
export async function openBulkStage(bulkMs: number): Promise<BulkStage> {
  const folder = await mkdtemp(join(tmpdir(), 'zena-crm-bulk-'));
  const program = resolve(import.meta.dirname, '../../..');
  const start = (args: readonly string[], env: Readonly<Record<string, string>>) =>
    startProgram({ program, args, env, logFile: join(folder, 'log'), startWithinMs: START_WITHIN_MS });
  const org = await start(['sandbox', 'salesforce', '--port', '0', '--api-key', API_KEY], {});
  const gate = await openWireGate(org.url);
  const jwtSecret = randomBytes(32).toString('hex');
  const env = {
    PORT: '0',
    DATA_DIR: join(folder, 'data'),
    ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    JWT_SECRET: jwtSecret,
    LOG_LEVEL: 'warn',
    // As its first line says, which a process that is started by Node itself doesn't read.
    NODE_OPTIONS: programFlags().join(' '),
    ALLOWED_INSTANCE_HOSTS: new URL(gate.url).host,
  };
  const startWorker = (): Promise<ProgramProcess> => start(['start'], env);
  await control(org, '/settings', { bulkMs });
  let worker = await startWorker();

  const call = async (method: string, path: string, body?: unknown, scopes: readonly Scope[] = []) => {
    const claims = { userId: 'user-1', scopes, ttlMs: TOKEN_MS, issuer: null, audience: null };
    const token = await makeToken({ secret: secret(jwtSecret), ...claims }, systemClock);
    const response = await fetch(new URL(path, worker.url), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        prefer: 'respond-async',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${text}`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  };

  return {
    async publish(records) {
      for (let from = 0; from < records; from += A_PART) {
        const part = Array.from({ length: Math.min(A_PART, records - from) }, (_, n) =>
          contactChange(from + n),
        );
        await call('POST', '/api/changes', part, ['changes:write']);
      }
    },
    async connect() {
      const credentials = { loginUrl: gate.url, clientId: clientIdOf(API_KEY), clientSecret: API_KEY };
      await call('POST', `${CRM}/connect`, { credentials });
    },
    async beginSync() {
      await call('POST', `${CRM}/sync`);
    },
    async counts() {
      const { integrations } = (await call('GET', '/api/integrations/crm/user')) as {
        readonly integrations: readonly { readonly counts: LinkCounts }[];
      };
      const [only] = integrations;
      if (only === undefined) throw new Error('nothing is connected');
      return only.counts;
    },
    async killAt(point, withinMs) {
      const late = new AbortController();
      const isReached = await Promise.race([
        gate.hold(point).then(() => true),
        systemClock.sleep(withinMs, late.signal).then(
          () => false,
          () => false,
        ),
      ]);
      late.abort();
      await worker.end('SIGKILL', END_WITHIN_MS);
      gate.drop();
      worker = await startWorker();
      return isReached;
    },
    memoryMiB: () => rssOf(worker.pid),
    judge: (records) => judge(org, records),
    async close() {
      await worker.end('SIGTERM', END_WITHIN_MS);
      await gate.close();
      await org.end('SIGTERM', END_WITHIN_MS);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function contactChange(n: number) {
  return changeJson('contact', contactId(n), 1, {
    name: nameOf(n),
    emails: [`${contactId(n)}@example.com`],
    phones: [`+1 202 555 ${String(n % 10_000).padStart(4, '0')}`],
    role: 'vendor',
    relationshipNotes: [`Met at open home ${String(n)}, "in the rain", and asked for a call.`],
  });
}

const nameOf = (n: number): string => `Bulk Number${String(n)}`;

async function control(org: ProgramProcess, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(new URL(`/_sandbox${path}`, org.url), {
    method: body === undefined ? 'GET' : 'POST',
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${text}`);
  return text === '' ? null : (JSON.parse(text) as unknown);
}

async function judge(org: ProgramProcess, records: number): Promise<HeldThere> {
  const all = (await control(org, '/records/Contact')) as readonly Readonly<Record<string, unknown>>[];
  const { routes: counts } = (await control(org, '/counts')) as {
    readonly routes: Readonly<Record<string, number>>;
  };
  const held = all.filter(({ IsDeleted: gone }) => gone !== true);
  const times = new Map<string, number>();
  const wrong: string[] = [];
  for (const { ZenaId__c: key, FirstName: first, LastName: last, Email: email } of held) {
    const id = String(key);
    times.set(id, (times.get(id) ?? 0) + 1);
    const isRight =
      `${String(first)} ${String(last)}` === nameOf(Number(id.slice(5))) && email === `${id}@example.com`;
    if (!isRight) wrong.push(id);
  }
  const ids = Array.from({ length: records }, (_, n) => contactId(n));
  return {
    contacts: held.length,
    lost: ids.filter((id) => !times.has(id)),
    doubled: ids.filter((id) => (times.get(id) ?? 0) > 1),
    wrong,
    jobs: counts['POST /jobs/ingest'] ?? 0,
  };
}

function rssOf(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1_024;
}
