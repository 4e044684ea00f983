import { createLoopTurns, TURN_MS } from '../../../src/runtime/loop-turns.ts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createLogSync, type LogSync } from '../../../src/state-store/sqlite/session/log-sync.ts';
import {
  createSqliteSession,
  type SqliteSession,
} from '../../../src/state-store/sqlite/session/sqlite-session.ts';

/** A disk whose syncs end when they are told to, in the order in which they began. */
function createSlowDisk() {
  const syncs: PromiseWithResolvers<void>[] = [];
  let ended = 0;
  return {
    begun: () => syncs.length,
    datasync() {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      return sync.promise;
    },
    close: () => Promise.resolve(),
    end: () => syncs[ended++]?.resolve(),
    fail: () => syncs[ended++]?.reject(new Error('EIO')),
  };
}

const FAILED = { code: 'STORE_UNAVAILABLE', cause: 'SYNC_FAILED' };
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => void (settled = true);
  void promise.then(settle, settle);
  await turn();
  return settled;
}

let disk: ReturnType<typeof createSlowDisk>;
let log: LogSync;
beforeEach(() => {
  disk = createSlowDisk();
  log = createLogSync(disk);
});

describe('syncing the log', () => {
  it('takes those who ask meanwhile to the next sync, together', async () => {
    const first = log.reach();
    const [second, third] = [log.reach(), log.reach()];
    expect(disk.begun()).toBe(1);
    disk.end();
    await first;
    expect(await isSettled(Promise.race([second, third]))).toBe(false);
    expect(disk.begun()).toBe(2);
    expect(log.pending).not.toBeNull();
    disk.end();
    await Promise.all([second, third]);
    expect(disk.begun()).toBe(2);
    expect(log.pending).toBeNull();
  });

  it('refuses all after one that failed, since the next could succeed without what that one lost', async () => {
    const first = log.reach();
    const second = log.reach();
    disk.fail();
    await expect(first).rejects.toMatchObject(FAILED);
    await expect(second).rejects.toMatchObject(FAILED);
    await expect(log.reach()).rejects.toMatchObject(FAILED);
    await expect(log.pending).rejects.toMatchObject(FAILED);
    expect(log.failure).toMatchObject(FAILED);
    expect(disk.begun()).toBe(1);
  });
});

describe('a session over a slow disk', () => {
  let folder = '';
  let session: SqliteSession;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-'));
    const database = new DatabaseSync(join(folder, 'zena.db'));
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE notes (id INTEGER PRIMARY KEY)');
    session = createSqliteSession(database, log);
  });
  afterEach(async () => {
    disk.end();
    await session.close();
    await rm(folder, { recursive: true });
  });

  const add = (id: number): Promise<unknown> =>
    session.write(() => session.prepare('INSERT INTO notes VALUES (?)').run(id));
  const count = (): Promise<unknown> =>
    session.read(() => session.prepare('SELECT count(*) AS notes FROM notes').get()?.['notes']);

  it('goes on meanwhile; a write resolves once it is on the disk, and so does a read of it', async () => {
    const first = add(1);
    expect(await isSettled(first)).toBe(false);
    const seen = count();
    const second = add(2);
    expect(await isSettled(Promise.race([first, seen, second]))).toBe(false);
    expect(session.database.isTransaction).toBe(false);
    disk.end();
    await first;
    expect(await seen).toBe(1);
    expect(await isSettled(second)).toBe(false);
    disk.end();
    await second;
    expect(await count()).toBe(2);
    expect(disk.begun()).toBe(2);
  });

  it('lets a peek see what is not on the disk yet, and a read after it wait for that', async () => {
    const first = add(1);
    await turn();
    expect(await session.peek(() => session.prepare('SELECT id FROM notes').get()?.['id'])).toBe(1);
    const read = count();
    expect(await isSettled(Promise.race([first, read]))).toBe(false);
    disk.end();
    await Promise.all([first, read]);
  });

  it('commits what a turn has written before it fills the next one, however much waits for that', async () => {
    let at = 0;
    const next: (() => void)[] = [];
    const turns = createLoopTurns({ now: () => at, nextTurn: (run) => void next.push(run) });
    const shared = createSqliteSession(session.database, log, turns);
    const begun: number[] = [];
    const pieces = Array.from({ length: 40 }, (_, id) =>
      shared.write(() => {
        // Each takes a fifth of a turn.
        at += TURN_MS / 5;
        begun.push(disk.begun());
        shared.prepare('INSERT INTO notes VALUES (?)').run(id);
      }),
    );
    for (let ended = 0; begun.length < 40 && ended < 100; ended += 1) {
      await turn();
      next.splice(0).forEach((run) => run());
    }
    // The first turn wrote five; before the sixth wrote, these were on their way to the disk.
    expect(begun.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 1]);
    next.splice(0).forEach((run) => run());
    for (let ended = 0; ended < 20; ended += 1) {
      disk.end();
      await turn();
    }
    await Promise.all(pieces);
  });

  it('syncs nothing for a write that changed nothing, but lets it wait for what it saw', async () => {
    const remove = (): Promise<unknown> =>
      session.write(() => session.prepare('DELETE FROM notes WHERE id = 7').run());
    await remove();
    expect(disk.begun()).toBe(0);
    const first = add(1);
    await turn();
    const second = remove();
    expect(await isSettled(second)).toBe(false);
    disk.end();
    await Promise.all([first, second]);
    expect(disk.begun()).toBe(1);
  });

  it('refuses reads and writes after a sync that failed', async () => {
    const first = add(1);
    await turn();
    disk.fail();
    await expect(first).rejects.toMatchObject(FAILED);
    await expect(count()).rejects.toMatchObject(FAILED);
    await expect(add(2)).rejects.toMatchObject(FAILED);
    expect(session.prepare('SELECT count(*) AS notes FROM notes').get()).toEqual({ notes: 1 });
  });
});
