import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Budgets, createBudgets } from '../../../src/budget/budgets.ts';
import type { CrmHttp } from '../../../src/connectors/connector.port.ts';
import { createCredentialVault } from '../../../src/credentials/credential-vault.ts';
import type { CrmHold } from '../../../src/delivering/crm-sessions.port.ts';
import { type Connection, disconnected } from '../../../src/domain/connection.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { openCrmSessions } from '../../../src/service/open-crm-sessions.ts';
import { apart } from '../../../src/service/sessions/session-bag.ts';
import { openSqliteStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import { createMemoryBudgetStore } from '../../budget/memory-budget-store.ts';
import { connection as built } from '../../support/builders.ts';
import { fingerprintsOf, ringOf, sealerWithout } from '../../support/sealers.ts';
import { answerOf, createTokenCrm, tokenConnector, type TokenCrm, USER_CREDENTIALS } from './token-crm.ts';

const LEASE = { shard: 3, epoch: 5 };
const CONTEXT = { userId: 'user-1', provider: 'mri_vault', connectionId: 'conn-1' };
const OPTIONS = {
  lane: 'live',
  mayDispatch: () => Promise.resolve(null),
  mayStillDispatch: () => null,
} as const;
const HOUR = 3_600_000;

let clock: VirtualClock;
let crm: TokenCrm;
let store: Awaited<ReturnType<typeof openSqliteStore>>;
let keysAway: boolean;
/** What comes before a connection is written; for crashes. */
let beforeWrite: (next: Connection) => Promise<void> | void;
const open: Budgets[] = [];

const sealer = sealerWithout(() => keysAway, ringOf('current'));
const vault = createCredentialVault(sealer);

beforeEach(async () => {
  clock = createVirtualClock(1_000_000);
  crm = createTokenCrm(clock);
  store = await openSqliteStore({ path: ':memory:' });
  [keysAway, beforeWrite] = [false, () => undefined];
  const sealed = await vault.seal(CONTEXT, USER_CREDENTIALS);
  if (!sealed.ok) throw new Error('not sealed');
  await store.connections.insert(built({ sealed: sealed.sealed, accountKey: 'org-1' }));
});
afterEach(async () => {
  for (const budgets of open.splice(0)) budgets.close();
  await store.close();
});

/** A worker over the one store. */
function startWorker(tag: string) {
  const budgets = createBudgets({
    clock,
    random: { next: () => 0 },
    store: createMemoryBudgetStore(),
    onError: () => undefined,
  });
  open.push(budgets);
  return openCrmSessions({
    connectors: [tokenConnector(clock)],
    budgets,
    clock,
    transport: crm,
    vault,
    fingerprints: fingerprintsOf('store'),
    onCall: () => undefined,
    kept: {
      tag,
      seal: vault.seal,
      connections: {
        read: (id) => store.connections.read(id),
        async replace(next, revision) {
          await beforeWrite(next);
          return await store.connections.replace(next, revision);
        },
      },
    },
  });
}

const stored = async (): Promise<Connection> => {
  const connection = await store.connections.read('conn-1');
  if (connection === null) throw new Error('no connection');
  return connection;
};
const change = async (to: (connection: Connection) => Partial<Connection>) => {
  const connection = await stored();
  const next = { ...connection, ...to(connection), revision: connection.revision + 1 };
  if (!(await store.connections.replace(next, connection.revision))) throw new Error('not replaced');
};
const holdOf = async (worker: ReturnType<typeof startWorker>): Promise<CrmHold> =>
  await worker.hold(await stored(), LEASE);
const httpOf = async (hold: CrmHold): Promise<CrmHttp> => {
  const session = await hold.open(OPTIONS);
  if (!session.ok) throw new Error(session.failure.code);
  return session.http;
};
/** One call of a record, begun. */
const call = async (hold: CrmHold) =>
  await (
    await httpOf(hold)
  ).request({ verb: 'update', method: 'PUT', path: ['contacts', 'crm-1'], body: {} });
/** A moment of the clock, and of the machine, which seals. */
async function moment(): Promise<void> {
  for (let idle = 0; idle < 4; idle += 1) await new Promise(setImmediate);
  await clock.advance(5);
}
/** Time in which all that is under way gets as far as it can. */
async function pass(ms: number): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await moment();
  await clock.advance(ms - 1_000);
}
/** What calls end in, with the time that they take. */
async function ends<T>(...calls: Promise<T>[]): Promise<T[]> {
  const all = Promise.all(calls);
  let isOver = false;
  void all.finally(() => (isOver = true)).catch(() => undefined);
  for (let turn = 0; !isOver && turn < 10_000; turn += 1) await moment();
  return await all;
}
const kinds = (outcomes: readonly { readonly kind: string }[]) => [
  ...new Set(outcomes.map(({ kind }) => kind)),
];
const inStore = async () => {
  const opened = await vault.open(CONTEXT, (await stored()).sealed);
  return opened.ok ? apart(opened.credentials) : null;
};

describe('a session', () => {
  it('is opened once for fifty calls that wait, and carries them and those after them', async () => {
    const hold = await holdOf(startWorker('one'));
    expect(kinds(await ends(...Array.from({ length: 50 }, () => call(hold))))).toEqual(['applied']);
    expect(kinds(await ends(call(hold), call(hold)))).toEqual(['applied']);
    expect(crm.refreshes).toEqual([USER_CREDENTIALS.refreshToken]);
    expect(new Set(crm.calls)).toEqual(new Set(['access-1']));
  });

  it('is sealed with what the next one needs before it is used', async () => {
    let calledBefore = 0;
    beforeWrite = (next) => {
      if (next.opening === undefined) calledBefore = crm.calls.length;
    };
    const hold = await holdOf(startWorker('one'));
    await ends(call(hold));
    expect(calledBefore).toBe(0);
    expect(await inStore()).toMatchObject({
      credentials: USER_CREDENTIALS,
      session: { keep: { refreshToken: 'refresh-1-made' }, headers: { authorization: 'Bearer access-1' } },
    });
    expect(JSON.stringify(await stored())).not.toMatch(/refresh-|access-/);
    expect((await stored()).opening).toBeUndefined();
  });

  it('is opened anew before it ends, from what the last one left', async () => {
    const hold = await holdOf(startWorker('one'));
    await ends(call(hold));
    await clock.advance(HOUR - 30_000);
    await ends(call(hold), call(hold));
    expect(crm.refreshes).toEqual([USER_CREDENTIALS.refreshToken, 'refresh-1-made']);
    expect(crm.calls).toEqual(['access-1', 'access-2', 'access-2']);
  });

  it('is opened anew once after an answer that says that it is over, for all who got one', async () => {
    const hold = await holdOf(startWorker('one'));
    await ends(call(hold));
    crm.accessTokens.clear();
    expect(kinds(await ends(...Array.from({ length: 20 }, () => call(hold))))).toEqual(['applied']);
    expect(crm.refreshes).toHaveLength(2);
  });

  it('that is refused again at once ends the call, and is not opened without end', async () => {
    const hold = await holdOf(startWorker('one'));
    await ends(call(hold));
    Object.defineProperty(crm.accessTokens, 'has', { value: () => false });
    expect(await ends(call(hold))).toMatchObject([{ kind: 'unauthorised', status: 401 }]);
    expect(crm.refreshes).toHaveLength(2);
    expect(crm.calls).toHaveLength(3);
  });

  it('that can not be opened says why, and is tried again by the next call', async () => {
    const hold = await holdOf(startWorker('one'));
    crm.refuses = answerOf(503, {});
    expect(kinds(await ends(call(hold), call(hold)))).toEqual(['retry_later']);
    expect([crm.refreshes.length, crm.calls.length]).toEqual([1, 0]);
    expect(hold.blockedUntil()).toBeNull();
    crm.refuses = null;
    expect(kinds(await ends(call(hold)))).toEqual(['applied']);
    crm.refuses = answerOf(401, {});
    crm.accessTokens.clear();
    expect(kinds(await ends(call(hold)))).toEqual(['unauthorised']);
  });
});

describe('a session over several workers', () => {
  it('is opened by one of them, and used by both', async () => {
    const [one, two] = [await holdOf(startWorker('one')), await holdOf(startWorker('two'))];
    expect(kinds(await ends(call(one), call(two), call(one), call(two)))).toEqual(['applied']);
    expect(crm.refreshes).toHaveLength(1);
    crm.accessTokens.clear();
    expect(kinds(await ends(call(two), call(one), call(two)))).toEqual(['applied']);
    expect(crm.refreshes).toHaveLength(2);
  });

  it('that one died over is opened by another, a minute later', async () => {
    const [one, two] = [await holdOf(startWorker('one')), await holdOf(startWorker('two'))];
    const dies = new Promise<never>(() => undefined);
    beforeWrite = (next) => (next.opening === undefined ? dies : undefined);
    crm.refuses = answerOf(503, {});
    void call(one);
    await pass(2_000);
    [beforeWrite, crm.refuses] = [() => undefined, null];
    expect(await ends(call(two))).toMatchObject([{ kind: 'rate_limited', code: 'SESSION_OPENING' }]);
    await clock.advance(60_000);
    expect(kinds(await ends(call(two)))).toEqual(['applied']);
  });

  it('whose refresh token was lost between the CRM and the store is refused, and says so', async () => {
    const [one, two] = [await holdOf(startWorker('one')), await holdOf(startWorker('two'))];
    const dies = new Promise<never>(() => undefined);
    beforeWrite = (next) => (next.opening === undefined ? dies : undefined);
    void call(one);
    await pass(62_000);
    beforeWrite = () => undefined;
    expect(crm.refreshes).toHaveLength(1);
    expect(await ends(call(two))).toMatchObject([{ kind: 'unauthorised' }]);
    // A CRM that still takes the last one, as long as the new one wasn't used, goes on.
    crm.refreshToken = USER_CREDENTIALS.refreshToken;
    expect(kinds(await ends(call(two)))).toEqual(['applied']);
  });

  it('that came late does not take the place of a newer one', async () => {
    const [one, two] = [await holdOf(startWorker('one')), await holdOf(startWorker('two'))];
    let release = (): void => undefined;
    const stands = new Promise<void>((resolve) => (release = resolve));
    beforeWrite = (next) => (next.opening === undefined ? stands : undefined);
    const late = call(one);
    await pass(62_000);
    beforeWrite = () => undefined;
    crm.refreshToken = USER_CREDENTIALS.refreshToken;
    await ends(call(two));
    const newer = await inStore();
    release();
    expect(kinds(await ends(late))).toEqual(['applied']);
    expect(await inStore()).toEqual(newer);
    expect(crm.calls).toEqual(['access-2', 'access-2']);
  });
});

describe('what becomes of a session', () => {
  it('it is destroyed with the credentials, and nothing is called after that', async () => {
    const hold = await holdOf(startWorker('one'));
    await ends(call(hold));
    await clock.advance(HOUR);
    await change((connection) => disconnected(connection, clock.now()));
    expect(await ends(call(hold))).toMatchObject([{ kind: 'withheld', code: 'CONNECTION_CHANGED' }]);
    expect((await stored()).sealed).toBeNull();
    expect(crm.refreshes).toHaveLength(1);
  });

  it('one that is on its way while somebody disconnects is kept by nobody', async () => {
    const hold = await holdOf(startWorker('one'));
    const called = call(hold);
    await clock.advance(100);
    await change((connection) => disconnected(connection, clock.now()));
    expect(await ends(called)).toMatchObject([{ kind: 'withheld', code: 'CONNECTION_CHANGED' }]);
    expect((await stored()).sealed).toBeNull();
    expect(crm.calls).toEqual([]);
  });

  it('one that is on its way while somebody pauses is kept for later', async () => {
    const hold = await holdOf(startWorker('one'));
    const called = call(hold);
    await clock.advance(100);
    await change(({ epoch }) => ({ status: 'paused', epoch: epoch + 1 }));
    expect(await ends(called)).toMatchObject([{ kind: 'withheld', code: 'CONNECTION_CHANGED' }]);
    await change(({ epoch }) => ({ status: 'active', epoch: epoch + 1 }));
    expect(kinds(await ends(call(await holdOf(startWorker('two')))))).toEqual(['applied']);
    expect(crm.refreshes).toHaveLength(1);
  });

  it('it stays while somebody else writes the connection, and while the store is away for a moment', async () => {
    const hold = await holdOf(startWorker('one'));
    let writes = 0;
    beforeWrite = async (next) => {
      if (next.opening !== undefined) return;
      writes += 1;
      if (writes === 1) throw new Error('the store is away');
      if (writes === 2) await change(() => ({ lastSyncAt: 5 }));
    };
    const [failed] = await ends(call(hold).catch((error: unknown) => ({ kind: String(error) })));
    expect(failed).toEqual({ kind: 'Error: the store is away' });
    expect(kinds(await ends(call(hold)))).toEqual(['applied']);
    expect([crm.refreshes.length, crm.calls]).toEqual([1, ['access-1']]);
    expect((await inStore())?.session?.keep).toEqual({ refreshToken: 'refresh-1-made' });
  });

  it('it waits for the keys, and is not opened twice for that', async () => {
    const hold = await holdOf(startWorker('one'));
    beforeWrite = () => {
      keysAway = true;
    };
    expect(await ends(call(hold))).toMatchObject([{ kind: 'withheld', code: 'KEYS_UNAVAILABLE' }]);
    [beforeWrite, keysAway] = [() => undefined, false];
    expect(kinds(await ends(call(hold)))).toEqual(['applied']);
    expect(crm.refreshes).toHaveLength(1);
  });

  it('it comes with credentials that are tried out, so that what they used up is not lost', async () => {
    const worker = startWorker('one');
    const of = { provider: 'mri_vault' };
    const [checked] = await ends(worker.check(of, { credentials: USER_CREDENTIALS, stored: null }));
    if (checked?.kind !== 'applied') throw new Error('not accepted');
    const { toSeal } = checked.value;
    expect(apart(toSeal)).toMatchObject({
      credentials: USER_CREDENTIALS,
      session: { keep: { refreshToken: 'refresh-1-made' } },
    });
    await ends(
      worker.read(of, { credentials: toSeal, stored: null }, [{ kind: 'contact', remoteId: 'crm-1' }]),
    );
    expect(crm.refreshes).toHaveLength(1);
  });

  it('it is used, and kept, where the stored credentials are tried', async () => {
    const worker = startWorker('one');
    const connection = await stored();
    const check = () => worker.check(connection, { credentials: USER_CREDENTIALS, stored: connection });
    expect(kinds(await ends(check(), check()))).toEqual(['applied']);
    expect(kinds(await ends(call(await holdOf(worker))))).toEqual(['applied']);
    expect(crm.refreshes).toHaveLength(1);
  });
});
