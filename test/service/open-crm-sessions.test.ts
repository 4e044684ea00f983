import { connectorCaller } from '../support/connector-caller.ts';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { CrmConnector } from '../../src/connectors/connector.port.ts';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { type Budgets, createBudgets } from '../../src/budget/budgets.ts';
import type { OutboundRequest, OutboundResult } from '../../src/wire/transport.port.ts';
import type { Connection } from '../../src/domain/connection.ts';
import { textHash } from '../../src/domain/content-hash.ts';
import type { CrmHold } from '../../src/delivering/crm-sessions.port.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { type CrmSessionParts, openCrmSessions } from '../../src/service/open-crm-sessions.ts';
import { createMemoryBudgetStore } from '../budget/memory-budget-store.ts';
import { connection } from '../support/builders.ts';
import { fingerprintsOf } from '../support/sealers.ts';

const CREDENTIALS = { apiKey: 'key-1', instanceUrl: 'https://office.example.test' };
const FINGERPRINTS = fingerprintsOf('store');
const BUDGET = mriVault.account.budgetKey(CREDENTIALS, FINGERPRINTS.of);
const KEY = textHash(BUDGET);
const LEASE = { shard: 3, epoch: 5 };

const UNREACHABLE: OutboundResult = { kind: 'not_sent', code: 'CONNECT_FAILED', detail: '' };
const answer = (status: number, headers: Record<string, string> = {}): OutboundResult => ({
  kind: 'response',
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(status === 200 ? '{"valid":true}' : '{}'),
});

const open: Budgets[] = [];
afterEach(() => {
  for (const budgets of open.splice(0)) budgets.close();
});

/** One process: its budgets, over a store that others may share, and a CRM that answers as it is told. */
function startProcess(
  definition: CrmConnector = mriVault,
  store = createMemoryBudgetStore(),
  vault: CrmSessionParts['vault'] = { open: () => Promise.resolve({ ok: true, credentials: CREDENTIALS }) },
) {
  const sent: OutboundRequest[] = [];
  const crm = { sent, answer: answer(200) };
  const budgets = createBudgets({
    clock: systemClock,
    random: { next: () => 0 },
    store,
    onError: () => undefined,
  });
  open.push(budgets);
  const sessions = openCrmSessions({
    connectors: [definition],
    budgets,
    clock: systemClock,
    onCall: () => undefined,
    transport: {
      async send(request) {
        sent.push(request);
        return crm.answer;
      },
    },
    vault,
    fingerprints: FINGERPRINTS,
  });
  return { crm, sessions, store };
}

const account = (connectionId: string): Connection => ({
  ...connection(),
  connectionId,
  budgetKey: BUDGET,
  provider: mriVault.id,
  sealed: { v: 1, keyId: 'k', nonce: 'n', tag: 't', data: 'd' },
});
const OPTIONS = {
  lane: 'live',
  mayDispatch: () => Promise.resolve(null),
  mayStillDispatch: () => null,
} as const;
const update = async (hold: CrmHold) => {
  const session = await hold.open(OPTIONS);
  if (!session.ok) throw new Error(session.failure.code);
  return await connectorCaller(mriVault, session.http).update('contact', 'crm-1', { name: 'Ada' });
};
const updateOften = async (hold: CrmHold, times: number) => {
  for (let turn = 0; turn < times; turn += 1) await update(hold);
};

describe('the connections of one budget', () => {
  it('have one breaker, however many there are', async () => {
    const { crm, sessions } = startProcess();
    crm.answer = UNREACHABLE;
    const began = Date.now();
    const holds = await Promise.all(['one', 'two', 'three'].map((id) => sessions.hold(account(id), LEASE)));
    const [one, two, three] = holds as [CrmHold, CrmHold, CrmHold];
    await updateOften(one, 3);
    await updateOften(two, 2);
    expect(three.blockedUntil()).toBeGreaterThan(began);
    expect(await update(three)).toMatchObject({ kind: 'withheld', code: 'BREAKER_OPEN' });
    expect(crm.sent).toHaveLength(5);
    expect(sessions.breakerStates(mriVault.id)).toEqual({ closed: 0, open: 1, half_open: 0 });
  });

  it('do not feel what happens to another budget', async () => {
    const { crm, sessions } = startProcess();
    crm.answer = UNREACHABLE;
    await updateOften(await sessions.hold(account('one'), LEASE), 5);
    const other = await sessions.hold({ ...account('other'), budgetKey: 'mri_vault another' }, LEASE);
    crm.answer = answer(404);
    expect([other.blockedUntil(), (await update(other)).kind]).toEqual([null, 'gone']);
  });

  it('keep to the pause and the open breaker that an earlier process left', async () => {
    const first = startProcess();
    const began = Date.now();
    first.crm.answer = answer(429, { 'retry-after': '600' });
    await update(await first.sessions.hold(account('one'), LEASE));
    const second = startProcess(mriVault, first.store);
    const hold = await second.sessions.hold(account('two'), LEASE);
    expect(hold.pausedUntil()).toBeGreaterThanOrEqual(began + 600_000);
    expect(await update(hold)).toMatchObject({ kind: 'rate_limited', code: 'BUDGET_PAUSED' });

    const openUntil = Date.now() + 600_000;
    first.store.state.set(KEY, { pausedUntil: null, openUntil });
    const third = await startProcess(mriVault, first.store).sessions.hold(account('one'), LEASE);
    expect(third.blockedUntil()).toBe(openUntil);
    expect(await update(third)).toMatchObject({ kind: 'withheld', code: 'BREAKER_OPEN' });
    expect(second.crm.sent).toEqual([]);
  });

  it('are not held while the store can not tell what was left', async () => {
    const { sessions, store } = startProcess();
    store.away = true;
    await expect(sessions.hold(account('one'), LEASE)).rejects.toThrow('away');
  });

  it('share a day’s quota, over processes too, and claim nothing once it is used up', async () => {
    const counted = { ...mriVault, limits: { ...mriVault.limits, requestsPerDay: 4 } };
    const first = startProcess(counted);
    first.crm.answer = answer(404);
    await updateOften(await first.sessions.hold(account('one'), LEASE), 3);
    const second = startProcess(counted, first.store);
    second.crm.answer = answer(404);
    const hold = await second.sessions.hold(account('two'), LEASE);
    await updateOften(hold, 1);
    expect(hold.pausedUntil()).toBeNull();
    expect(await update(hold)).toMatchObject({ kind: 'rate_limited', code: 'DAILY_QUOTA_USED' });
    const midnight = Math.ceil(Date.now() / 86_400_000) * 86_400_000;
    expect(Math.abs((hold.pausedUntil() ?? 0) - midnight)).toBeLessThan(1_000);
    expect(first.crm.sent.length + second.crm.sent.length).toBe(4);
  });
});

describe('credentials that do not open', () => {
  type Opened = Awaited<ReturnType<CrmSessionParts['vault']['open']>>;

  function startWith(...results: Opened[]) {
    const open = () => Promise.resolve(results.shift() ?? ({ ok: true, credentials: CREDENTIALS } as const));
    return startProcess(mriVault, createMemoryBudgetStore(), { open });
  }

  it.each(['KEY_UNKNOWN', 'KEYS_UNAVAILABLE'] as const)(
    'for want of their key (%s) hold the connection, also under the next hold, and never stop it',
    async (code) => {
      const { crm, sessions } = startWith({ ok: false, code });
      const began = Date.now();
      const hold = await sessions.hold(account('one'), LEASE);
      const failure = { kind: 'withheld', code: 'KEYS_UNAVAILABLE' };
      expect(await hold.open(OPTIONS)).toMatchObject({ ok: false, failure });
      hold.release();
      const next = await sessions.hold(account('one'), LEASE);
      const other = await sessions.hold(account('two'), LEASE);
      expect(next.pausedUntil()).toBeGreaterThan(began + 5_000);
      expect(other.pausedUntil()).toBeNull();
      expect((await next.open(OPTIONS)).ok).toBe(true);
      expect(next.pausedUntil()).toBeNull();
      expect(crm.sent).toEqual([]);
    },
  );

  it.each(['TAMPERED', 'MALFORMED'] as const)('because they are %s stop the connection', async (code) => {
    const { crm, sessions } = startWith({ ok: false, code }, { ok: false, code });
    const hold = await sessions.hold(account('one'), LEASE);
    const failure = { kind: 'unauthorised', code: 'CREDENTIALS_UNREADABLE' };
    expect(await hold.open(OPTIONS)).toMatchObject({ ok: false, failure });
    expect(await hold.probe(OPTIONS)).toMatchObject(failure);
    expect([hold.pausedUntil(), crm.sent]).toEqual([null, []]);
  });

  it('are not probed with while their key is missing', async () => {
    const { crm, sessions } = startWith({ ok: false, code: 'KEY_UNKNOWN' });
    const hold = await sessions.hold(account('one'), LEASE);
    expect(await hold.probe(OPTIONS)).toMatchObject({
      kind: 'withheld',
      code: 'KEYS_UNAVAILABLE',
    });
    expect(hold.pausedUntil()).not.toBeNull();
    expect(crm.sent).toEqual([]);
  });
});

describe('trying out credentials', () => {
  const tried = async (over: Partial<Parameters<typeof startProcess>[0]> = {}) => {
    const process = startProcess({ ...mriVault, ...over });
    return {
      ...process,
      check: () =>
        process.sessions.check({ provider: mriVault.id }, { credentials: CREDENTIALS, stored: null }),
    };
  };

  it.each([
    ['refused', answer(401), 'unauthorised'],
    ['that reach nothing', UNREACHABLE, 'retry_later'],
  ])('%s holds no connection back', async (_, end, kind) => {
    const { crm, sessions, check, store } = await tried();
    crm.answer = end;
    const hold = await sessions.hold(account('one'), LEASE);
    for (let turn = 0; turn < 8; turn += 1) expect((await check()).kind).toBe(kind);
    expect(hold.blockedUntil()).toBeNull();
    expect(store.writes).toEqual([]);
  });

  it('goes through while the breaker is open, and does not close it', async () => {
    const { crm, sessions, check } = await tried();
    const hold = await sessions.hold(account('one'), LEASE);
    crm.answer = UNREACHABLE;
    await updateOften(hold, 5);
    crm.answer = answer(200);
    expect((await check()).kind).toBe('applied');
    expect(hold.blockedUntil()).not.toBeNull();
  });

  it('counts against the day’s quota and keeps to the budget’s pause', async () => {
    const { crm, sessions, check } = await tried({ limits: { ...mriVault.limits, requestsPerDay: 1 } });
    expect((await check()).kind).toBe('applied');
    expect(await check()).toMatchObject({ kind: 'rate_limited', code: 'DAILY_QUOTA_USED' });
    expect(await check()).toMatchObject({ kind: 'rate_limited', code: 'BUDGET_PAUSED' });
    const hold = await sessions.hold(account('one'), LEASE);
    expect(await update(hold)).toMatchObject({ kind: 'rate_limited', code: 'DAILY_QUOTA_USED' });
    expect(crm.sent).toHaveLength(1);
  });
});
