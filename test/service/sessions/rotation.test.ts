import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { type Budgets, createBudgets } from '../../../src/budget/budgets.ts';
import { createSalesforce } from '../../../src/connectors/salesforce/salesforce.ts';
import { createCredentialVault } from '../../../src/credentials/credential-vault.ts';
import type { Connection } from '../../../src/domain/connection.ts';
import type { CallOutcome } from '../../../src/domain/outcome.ts';
import { seededRandom } from '../../../src/runtime/seeded-random.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { clientIdOf } from '../../../src/sandbox/salesforce/oauth/client-id.ts';
import { createSfSandbox, type SfInProcess } from '../../../src/sandbox/salesforce/sf-sandbox.ts';
import { openCrmSessions } from '../../../src/service/open-crm-sessions.ts';
import { openSqliteStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import { createMemoryBudgetStore } from '../../budget/memory-budget-store.ts';
import { connection as built } from '../../support/builders.ts';
import { fingerprintsOf, ringOf, sealerWithout } from '../../support/sealers.ts';
import type { OutboundRequest, OutboundResult } from '../../../src/wire/transport.port.ts';

const APP_SECRET = 'the-operators-app';
const REFRESHES = 1_000;
const WORKERS = 3;
/** Of a hundred rounds so many end a worker, at one of the moments in turn. */
const CRASHES_IN_A_HUNDRED = 12;
const MOMENTS = ['before the claim', 'before the request', 'after the answer', 'after the write'] as const;
type Moment = (typeof MOMENTS)[number];

const CONTEXT = { userId: 'user-1', provider: 'salesforce', connectionId: 'conn-1' };
const LEASE = { shard: 3, epoch: 5 };
const NEVER = new Promise<never>(() => undefined);
const OPTIONS = {
  lane: 'live',
  mayDispatch: () => Promise.resolve(null),
  mayStillDispatch: () => null,
} as const;

const vault = createCredentialVault(sealerWithout(() => false, ringOf('current')));
let clock: VirtualClock;
let org: SfInProcess;
let store: Awaited<ReturnType<typeof openSqliteStore>>;
/** Refresh tokens in the order in which somebody came with them, and how many were taken. */
let came: string[];
let taken: number;
const open: Budgets[] = [];

beforeEach(async () => {
  clock = createVirtualClock(1_800_000_000_000);
  org = createSfSandbox({ clock, apiKeys: [APP_SECRET], refreshRotation: true });
  store = await openSqliteStore({ path: ':memory:' });
  [came, taken] = [[], 0];
});
afterEach(async () => {
  for (const budgets of open.splice(0)) budgets.close();
  await store.close();
  await org.close();
});

async function exchange({ url, method, headers, body }: OutboundRequest): Promise<OutboundResult> {
  const response = await org.fetch(url, {
    method,
    headers,
    ...(body !== undefined && { body: String(body) }),
  });
  return {
    kind: 'response',
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  };
}

/** A process over the one store; from its `end` on nothing that it awaits goes on. */
async function startWorker(tag: string) {
  let endsAt: Moment | null = null;
  let isDead = false;
  const at = async (moment: Moment): Promise<void> => {
    if (endsAt === moment) isDead = true;
    if (isDead) await NEVER;
  };
  const budgets = createBudgets({
    clock,
    random: { next: () => 0 },
    store: createMemoryBudgetStore(),
    onError: () => undefined,
  });
  open.push(budgets);
  const salesforce = createSalesforce({
    operator: { SALESFORCE_CLIENT_ID: clientIdOf(APP_SECRET), SALESFORCE_CLIENT_SECRET: APP_SECRET },
    baseUrl: null,
    isPlaceholder: () => false,
    now: () => clock.now(),
  });
  const sessions = openCrmSessions({
    connectors: [
      {
        ...salesforce,
        hosts: ['sandbox.invalid'],
        limits: { ...salesforce.limits, requestsPerSecond: 5_000, maxConcurrent: 100 },
      },
    ],
    budgets,
    clock,
    transport: {
      async send(request) {
        const refusal = (await request.mayDispatch?.()) ?? null;
        if (refusal !== null) return { kind: 'not_sent', code: refusal, detail: '' };
        const isToken = request.url.endsWith('/token');
        if (isToken) await at('before the request');
        const refreshToken = isToken ? new URLSearchParams(String(request.body)).get('refresh_token') : null;
        if (refreshToken !== null) came.push(refreshToken);
        const answer = await exchange(request);
        await clock.sleep(20);
        if (refreshToken !== null && answer.kind === 'response' && answer.status === 200) taken += 1;
        if (isToken) await at('after the answer');
        return answer;
      },
    },
    vault,
    fingerprints: fingerprintsOf('store'),
    onCall: () => undefined,
    kept: {
      tag,
      seal: vault.seal,
      connections: {
        read: (id) => store.connections.read(id),
        async replace(next, revision) {
          const isClaim = next.opening !== undefined;
          if (isClaim) await at('before the claim');
          const isWritten = await store.connections.replace(next, revision);
          if (!isClaim) await at('after the write');
          return isWritten;
        },
      },
    },
  });
  const hold = await sessions.hold(await stored(), LEASE);
  return {
    endAt: (moment: Moment | null) => void (endsAt = moment),
    isDead: () => isDead,
    async call(): Promise<CallOutcome<unknown>> {
      const session = await hold.open(OPTIONS);
      if (!session.ok) return session.failure;
      return await session.http.request({
        verb: 'read',
        method: 'GET',
        path: ['services', 'data', 'v68.0', 'limits'],
      });
    },
  };
}

type Worker = Awaited<ReturnType<typeof startWorker>>;

const stored = async (): Promise<Connection> => {
  const connection = await store.connections.read(CONTEXT.connectionId);
  if (connection === null) throw new Error('no connection');
  return connection;
};

/** People sign in on Salesforce's page; the connection is as it is after that. */
async function connect(): Promise<void> {
  const verifier = 'v'.repeat(60);
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientIdOf(APP_SECRET),
    redirect_uri: 'https://zena.example/callback',
    scope: 'api refresh_token',
    state: 's',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const page = await org.fetch(`${org.url}/services/oauth2/authorize?${query.toString()}`, { method: 'GET' });
  const code = new URL(page.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: 'https://zena.example/callback',
    client_id: clientIdOf(APP_SECRET),
    client_secret: APP_SECRET,
  });
  const answer = await org.fetch(`${org.url}/services/oauth2/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  const { refresh_token: refreshToken } = (await answer.json()) as { readonly refresh_token: string };
  const sealed = await vault.seal(CONTEXT, { loginUrl: org.url, refreshToken });
  if (!sealed.ok) throw new Error('not sealed');
  const current = await store.connections.read(CONTEXT.connectionId);
  const next = built({
    ...CONTEXT,
    instanceUrl: org.url,
    sealed: sealed.sealed,
    accountKey: 'org-1',
    epoch: (current?.epoch ?? 0) + 1,
    revision: (current?.revision ?? 0) + 1,
  });
  if (current === null) await store.connections.insert(next);
  else if (!(await store.connections.replace(next, current.revision))) throw new Error('not replaced');
}

/** Lets all that is under way get as far as it can; what hangs for good is told by null. */
async function ends<T>(calls: readonly Promise<T>[], isOver: () => boolean): Promise<void> {
  let left = calls.length;
  for (const one of calls)
    one.then(
      () => (left -= 1),
      () => (left -= 1),
    );
  for (let turn = 0; left > 0 && !isOver() && turn < 20_000; turn += 1) {
    await new Promise(setImmediate);
    await clock.advance(5);
  }
}

it('a thousand refreshes by three workers that crash at any moment never come with a token that was used', async () => {
  const random = seededRandom(18);
  await connect();
  const workers: Worker[] = [];
  let started = 0;
  const add = async (): Promise<void> => {
    started += 1;
    workers.push(await startWorker(`worker-${String(started)}`));
  };
  while (workers.length < WORKERS) await add();
  const crashes = new Map<Moment, number>();
  let reconnects = 0;
  let crashed = 0;
  while (taken < REFRESHES) {
    org.endSessions();
    const dying = random.next() * 100 < CRASHES_IN_A_HUNDRED ? MOMENTS[crashed % MOMENTS.length] : undefined;
    const victim = workers[Math.floor(random.next() * WORKERS)];
    if (dying !== undefined) victim?.endAt(dying);
    const outcomes: CallOutcome<unknown>[] = [];
    // Who is first is who refreshes.
    const inOrder = workers.toSorted((one, other) => Number(other === victim) - Number(one === victim));
    const calls = inOrder.map(async (worker) => {
      try {
        outcomes.push(await worker.call());
      } catch (error) {
        // What a dead one had under way is given up at the end.
        if (!worker.isDead()) throw error;
      }
    });
    const living = (): number => workers.filter((worker) => !worker.isDead()).length;
    await ends(calls, () => outcomes.length >= living() && living() < WORKERS);
    if (victim !== undefined && dying !== undefined && victim.isDead()) {
      crashed += 1;
      crashes.set(dying, (crashes.get(dying) ?? 0) + 1);
      workers.splice(workers.indexOf(victim), 1);
      await clock.advance(61_000);
      await add();
    }
    victim?.endAt(null);
    const isLost = outcomes.some((outcome) => outcome.kind === 'unauthorised');
    const after = await settle(workers);
    if (isLost || after.some(({ kind }) => kind === 'unauthorised')) {
      expect(after).toContainEqual(expect.objectContaining({ code: 'SESSION_LOST', whose: 'account' }));
      reconnects += 1;
      await connect();
      workers.length = 0;
      while (workers.length < WORKERS) await add();
      expect((await settle(workers)).map(({ kind }) => kind)).toEqual(['applied', 'applied', 'applied']);
    } else expect(after.map(({ kind }) => kind)).toEqual(['applied', 'applied', 'applied']);
  }
  expect(new Set(came).size).toBe(came.length);
  expect(taken).toBe(came.length);
  for (const moment of MOMENTS) expect(crashes.get(moment) ?? 0).toBeGreaterThan(5);
  // Only what may have been used up takes people: the others go on by themselves.
  expect(reconnects).toBeLessThanOrEqual(
    (crashes.get('before the request') ?? 0) + (crashes.get('after the answer') ?? 0),
  );
  expect(reconnects).toBeGreaterThan(0);
});

async function settle(workers: readonly Worker[]): Promise<readonly CallOutcome<unknown>[]> {
  const outcomes: CallOutcome<unknown>[] = [];
  await ends(
    workers.map(async (worker) => void outcomes.push(await worker.call())),
    () => false,
  );
  return outcomes;
}
