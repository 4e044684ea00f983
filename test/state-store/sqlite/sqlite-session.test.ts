import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ZenaRecord } from '../../../src/domain/record.ts';
import { StoreUnavailable } from '../../../src/state-store/state-store.port.ts';
import { openSqliteStore, type SqliteStateStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import { createSqliteSession } from '../../../src/state-store/sqlite/session/sqlite-session.ts';
import { contact, contactBody } from '../../support/builders.ts';

let folder = '';
let store: SqliteStateStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'));
  store = await openSqliteStore({ path: join(folder, 'zena.db') });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const large = (id: string, bytes: number): ZenaRecord =>
  contact(id, { body: contactBody({ relationshipNotes: ['x'.repeat(bytes)] }) });
const write = (record: ZenaRecord): Promise<unknown> =>
  store.records.write([{ record, expectedRevision: 0 }]);
const insertSetting = (name: string): void => {
  store.session.prepare('INSERT INTO settings (name, value) VALUES (?, 1)').run(name);
};

describe('a write that fails in a store in memory', () => {
  it('holds up no read that follows', async () => {
    const memory = await openSqliteStore({ path: ':memory:' });
    await expect(
      memory.session.write(() => {
        throw new Error('refused');
      }),
    ).rejects.toThrow();
    expect(await memory.records.count('user-1')).toBe(0);
    await memory.close();
  });
});

describe('a question to the database', () => {
  it('waits for its turn, whatever it asks', async () => {
    const given = Promise.withResolvers<void>();
    const turns = { take: jest.fn(() => given.promise), atEnd: (run: () => void) => run() };
    const session = createSqliteSession(new DatabaseSync(':memory:'), null, turns);
    const asked: string[] = [];
    const all = Promise.all([
      session.read(() => asked.push('read')),
      session.write(() => asked.push('write')),
      session.peek(() => asked.push('peek')),
      session.breathe(),
    ]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(turns.take).toHaveBeenCalledTimes(4);
    expect(asked).toEqual([]);
    given.resolve();
    await all;
    expect(asked).toEqual(['read', 'write', 'peek']);
    await session.close();
  });

  it('goes on at once in a store in memory, and where nobody waits', async () => {
    const session = createSqliteSession(new DatabaseSync(':memory:'), null);
    let asked = false;
    const read = session.read(() => (asked = true));
    expect(asked).toBe(true);
    await Promise.all([read, session.breathe()]);
    await session.close();
  });
});

describe('writes of one turn', () => {
  it('share a transaction, and none resolves before it is committed', async () => {
    const writes = Promise.all([write(contact('c-1')), write(contact('c-2'))]);
    expect(store.database.isTransaction).toBe(true);
    let resolved = false;
    void writes.then(() => {
      resolved = true;
    });
    await Promise.resolve();
    expect(resolved).toBe(false);
    await writes;
    expect(store.database.isTransaction).toBe(false);
    expect(await store.records.count('user-1')).toBe(2);
  });

  it('let a read see them, and resolve with them', async () => {
    const written = write(contact('c-1'));
    const counted = store.records.count('user-1').then((count) => ({
      count,
      open: store.database.isTransaction,
    }));
    expect(await counted).toEqual({ count: 1, open: false });
    await written;
  });

  it('fail alone: what one had begun is undone, the others stand', async () => {
    const [first, second, third] = await Promise.allSettled([
      write(contact('c-1')),
      store.session.write(() => {
        insertSetting('half');
        throw new Error('on purpose');
      }),
      write(contact('c-3')),
    ]);
    expect([first.status, third.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(second).toMatchObject({ status: 'rejected', reason: { message: 'on purpose' } });
    expect(await store.records.count('user-1')).toBe(2);
    expect(store.database.prepare("SELECT * FROM settings WHERE name = 'half'").all()).toEqual([]);
  });

  it('are committed by closing', async () => {
    const written = write(contact('c-1'));
    await store.close();
    await written;
    store = await openSqliteStore({ path: join(folder, 'zena.db') });
    expect(await store.records.count('user-1')).toBe(1);
  });
});

describe('a store that can’t answer', () => {
  it('says so when it is full, keeps what was written and goes on when there is room', async () => {
    await write(contact('c-1'));
    store.database.exec('PRAGMA max_page_count = 60');
    const results = await Promise.allSettled([write(contact('c-2')), write(large('c-3', 2_000_000))]);
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(failures.length).toBeGreaterThanOrEqual(1);
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(StoreUnavailable);
      expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: 'SQLITE_FULL' });
    }
    const kept = results[0].status === 'fulfilled' ? 2 : 1;
    expect(await store.records.count('user-1')).toBe(kept);

    store.database.exec('PRAGMA max_page_count = 1000000');
    await write(large('c-3', 2_000_000));
    expect(await store.records.count('user-1')).toBe(kept + 1);
  });

  it('says so once it is closed, for reads, writes and pings', async () => {
    await store.close();
    const closed = { code: 'STORE_UNAVAILABLE', cause: 'CLOSED' };
    await expect(store.records.count('user-1')).rejects.toMatchObject(closed);
    await expect(write(contact('c-1'))).rejects.toMatchObject(closed);
    await expect(store.ping()).rejects.toMatchObject(closed);
  });

  it('does not take a mistake of ours for that', async () => {
    await store.settings.nextEpoch();
    await expect(store.session.write(() => insertSetting('epoch'))).rejects.not.toBeInstanceOf(
      StoreUnavailable,
    );
  });
});
