import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Connection } from '../../src/domain/connection.ts';
import type { Failure } from '../../src/domain/outcome.ts';
import { createHealthKeeper, type HealthKeeper } from '../../src/delivering/connection-health.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { connection, CONNECTION_ID } from '../support/builders.ts';

const failed: Failure = { kind: 'retry_later', code: 'CRM_FAILED', detail: '', status: 503 };
const limited: Failure = { kind: 'rate_limited', code: 'TOO_MANY_REQUESTS', detail: '', retryAfterMs: 1 };
const refused: Failure = { kind: 'unauthorised', code: 'CREDENTIALS_REFUSED', detail: '', status: 401 };
const rejected: Failure = { kind: 'rejected', code: 'REFUSED_BY_CRM', detail: '', status: 400, fields: [] };

let store: SqliteStateStore;
let now: number;
let writes: number;
let errors: unknown[];
beforeEach(async () => {
  store = await openSqliteStore({ path: ':memory:' });
  now = 50_000;
  writes = 0;
  errors = [];
  await store.connections.insert(connection());
});
afterEach(() => store.close());

const current = async (): Promise<Connection> => {
  const found = await store.connections.read(CONNECTION_ID);
  if (found === null) throw new Error('no connection');
  return found;
};
const keeper = (of: Connection, connections = store.connections): HealthKeeper =>
  createHealthKeeper(
    {
      ...connections,
      async replace(next, expectedRevision) {
        const replaced = await connections.replace(next, expectedRevision);
        if (replaced) writes += 1;
        return replaced;
      },
    },
    of,
    () => now,
    (error) => errors.push(error),
  );

describe('a connection’s health', () => {
  it('is written when it changes, not for each call', async () => {
    const health = keeper(connection());
    for (let i = 0; i < 5; i += 1) health.success();
    await health.settled();
    expect(writes).toBe(0);
    for (let i = 0; i < 5; i += 1) health.failure(limited);
    await health.settled();
    expect(writes).toBe(1);
    expect((await current()).health).toEqual({
      state: 'rate_limited',
      since: now,
      reason: 'TOO_MANY_REQUESTS',
      whoCanFix: 'nobody_needed',
    });
    health.success();
    await health.settled();
    expect((await current()).health).toMatchObject({ state: 'healthy', reason: null });
  });

  it('is unreachable after three failures in a row, and one that got through ends the row', async () => {
    const health = keeper(connection());
    for (const failure of [failed, failed]) health.failure(failure);
    health.success();
    for (const failure of [failed, failed]) health.failure(failure);
    await health.settled();
    expect((await current()).health.state).toBe('healthy');
    health.failure({ ...failed, kind: 'ambiguous' });
    await health.settled();
    expect((await current()).health).toMatchObject({
      state: 'unreachable',
      reason: 'CRM_FAILED',
      whoCanFix: 'crm',
    });
  });

  it('is not unreachable while the CRM answers, though it refuses records', async () => {
    const health = keeper(connection());
    for (const failure of [failed, failed, rejected, failed, failed, rejected, failed])
      health.failure(failure);
    await health.settled();
    expect((await current()).health.state).toBe('healthy');
    expect(health.lastSuccessAt).toBeNull();
  });

  it('with refused credentials stops the connection, and says who can mend it', async () => {
    const health = keeper(connection());
    health.failure(refused);
    await health.settled();
    expect(await current()).toMatchObject({
      status: 'needs_reauth',
      health: { state: 'needs_reauth', whoCanFix: 'user' },
      epoch: 1,
    });
  });

  it('with credentials that can’t be opened is the operator’s matter', async () => {
    const health = keeper(connection());
    health.failure({ ...refused, code: 'CREDENTIALS_UNREADABLE' });
    await health.settled();
    expect((await current()).health.whoCanFix).toBe('operator');
  });

  it('without the key for its credentials waits for the operator, and is not stopped', async () => {
    const health = keeper(connection());
    health.failure({ kind: 'withheld', code: 'KEYS_UNAVAILABLE', detail: '' });
    await health.settled();
    expect(await current()).toMatchObject({
      status: 'active',
      health: { state: 'unreachable', reason: 'KEYS_UNAVAILABLE', whoCanFix: 'operator' },
    });
  });

  it('of a connection that was changed meanwhile is not written over', async () => {
    const health = keeper(connection());
    await store.connections.replace(connection({ epoch: 2, revision: 2 }), 1);
    health.failure(refused);
    await health.settled();
    expect(await current()).toMatchObject({ status: 'active', health: { state: 'healthy' }, revision: 2 });
  });

  it('is written also when another field of the connection was written in between', async () => {
    const health = keeper(connection());
    const replace = store.connections.replace;
    let raced = false;
    const racing = {
      ...store.connections,
      replace: async (next: Connection, expected: number) => {
        if (!raced) {
          raced = true;
          await replace(connection({ revision: 2, lastSyncAt: 7 }), 1);
        }
        return await replace(next, expected);
      },
    };
    await health.settled();
    const other = keeper(connection(), racing);
    other.unreachable('BREAKER_OPEN', 'crm');
    await other.settled();
    expect(await current()).toMatchObject({ health: { state: 'unreachable' }, revision: 3 });
  });

  it('is the operator’s matter where the CRM refuses this service itself, and no user is asked for credentials', async () => {
    const health = keeper(connection());
    health.failure({ ...refused, code: 'INTEGRATOR_KEY_REFUSED', whose: 'application' });
    await health.settled();
    const ours = { state: 'unreachable', reason: 'INTEGRATOR_KEY_REFUSED', whoCanFix: 'operator' };
    expect(await current()).toMatchObject({ status: 'active', health: ours });
    health.unreachable('BREAKER_OPEN', 'crm');
    await health.settled();
    expect((await current()).health).toMatchObject(ours);
    for (let i = 0; i < 3; i += 1) health.failure(failed);
    await health.settled();
    expect((await current()).health).toMatchObject({ state: 'unreachable', whoCanFix: 'crm' });
    health.success();
    await health.settled();
    expect((await current()).health.state).toBe('healthy');
  });

  it('that could not be stored is told, and tried again at the next sign', async () => {
    let away = true;
    const failing = {
      ...store.connections,
      read: (id: string) => (away ? Promise.reject(new Error('away')) : store.connections.read(id)),
    };
    const health = keeper(connection(), failing);
    health.unreachable('BREAKER_OPEN', 'crm');
    await health.settled();
    expect(errors).toHaveLength(1);
    away = false;
    health.unreachable('BREAKER_OPEN', 'crm');
    await health.settled();
    expect((await current()).health.state).toBe('unreachable');
  });

  it('says nothing of the last sync, which is a run’s to say', async () => {
    const health = keeper(connection());
    health.success();
    await health.settled();
    expect((await current()).lastSyncAt).toBeNull();
    expect(health.lastSuccessAt).toBe(50_000);
  });
});
