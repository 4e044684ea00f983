import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { createEmbeddedLog } from '../../../src/change-feed/embedded/embedded-log.ts';
import { openSqliteStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import { MIGRATIONS, migrate } from '../../../src/state-store/sqlite/session/schema.ts';
import { contact, SCOPE } from '../../support/builders.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'));
  path = join(folder, 'zena.db');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A process that writes to the store, and the number of the last write that it said was done. */
async function startWriter(): Promise<{
  child: ChildProcess;
  written(count: number): Promise<void>;
  last(): number;
}> {
  const program = fileURLToPath(new URL('store-writer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  let last = 0;
  lines.on('line', (line) => {
    if (line !== 'open') last = Number(line);
  });
  await once(lines, 'line');
  return {
    child,
    last: () => last,
    async written(count) {
      while (last < count) await once(lines, 'line');
    },
  };
}

describe('the lock on the store’s file', () => {
  it('refuses a second process, and a start right after kill -9 of the first finds all that was written', async () => {
    const writer = await startWriter();
    try {
      await writer.written(200);
      await expect(openSqliteStore({ path, busyTimeoutMs: 0 })).rejects.toMatchObject({
        code: 'STORE_LOCKED',
        message: expect.stringContaining(path),
      });
    } finally {
      writer.child.kill('SIGKILL');
      await once(writer.child, 'close');
    }
    const store = await openSqliteStore({ path, busyTimeoutMs: 0 });
    const keys = Array.from({ length: writer.last() }, (_, index) => contact(`c-${String(index + 1)}`).key);
    expect(keys.length).toBeGreaterThanOrEqual(200);
    expect((await store.records.read(keys)).size).toBe(keys.length);
    expect((await store.links.counts(SCOPE, 99_999)).due).toBeGreaterThanOrEqual(keys.length);
    const entries = await createEmbeddedLog(store).read(0n, keys.length);
    expect(entries.map((entry) => entry.key)).toEqual(keys.map((key) => key.slice('contact/'.length)));
    await store.close();
  });

  it('refuses a second opening in the same process, and the first goes on', async () => {
    const store = await openSqliteStore({ path });
    await expect(openSqliteStore({ path, busyTimeoutMs: 0 })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await expect(openSqliteStore({ path, busyTimeoutMs: 0 })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await store.settings.nextEpoch();
    await store.close();
    await (await openSqliteStore({ path, busyTimeoutMs: 0 })).close();
  });

  it('refuses a second opening of a store that has not written anything yet', async () => {
    await (await openSqliteStore({ path })).close();
    const store = await openSqliteStore({ path });
    const other = new DatabaseSync(path, { timeout: 0 });
    expect(() => {
      other.exec('BEGIN IMMEDIATE');
    }).toThrow('locked');
    other.close();
    await store.close();
  });
});

describe('the store’s file', () => {
  it('keeps what was written when it is closed and opened again', async () => {
    const first = await openSqliteStore({ path });
    await first.records.write([{ record: contact('c-1'), expectedRevision: 0 }]);
    const epoch = await first.settings.nextEpoch();
    await first.close();
    const second = await openSqliteStore({ path });
    expect((await second.records.read(['contact/c-1'])).get('contact/c-1')).toEqual(contact('c-1'));
    expect(await second.settings.nextEpoch()).toBe(epoch + 1);
    await second.close();
  });

  it('is made with its folder and readable by its owner only', async () => {
    path = join(folder, 'deep', 'data', 'zena.db');
    const store = await openSqliteStore({ path });
    await store.settings.nextEpoch();
    for (const name of await readdir(join(folder, 'deep', 'data'))) {
      expect((await stat(join(folder, 'deep', 'data', name))).mode & 0o077).toBe(0);
    }
    await store.close();
  });

  it('syncs its log before a write resolves', async () => {
    const store = await openSqliteStore({ path });
    expect(store.database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
    const probe = await open(path + '-wal');
    const prototype = Object.getPrototypeOf(probe) as FileHandle;
    const synced: bigint[] = [];
    const datasync = jest.spyOn(prototype, 'datasync').mockImplementation(async function (this: FileHandle) {
      synced.push((await this.stat({ bigint: true })).ino);
    });
    try {
      await store.settings.nextEpoch();
      expect(synced).toEqual([(await probe.stat({ bigint: true })).ino]);
    } finally {
      datasync.mockRestore();
      await probe.close();
      await store.close();
    }
  });

  it('is refused as no store where it is something else', async () => {
    await writeFile(path, 'not a database, but long enough to be looked at as one '.repeat(40));
    await expect(openSqliteStore({ path })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      cause: 'SQLITE_NOTADB',
    });
  });

  it('is refused where its folder can’t be made', async () => {
    await writeFile(join(folder, 'file'), '');
    const inside = join(folder, 'file', 'zena.db');
    await expect(openSqliteStore({ path: inside })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('the schema', () => {
  it('of a newer program is refused and left as it is', async () => {
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE later (a); PRAGMA user_version = 99');
    database.close();
    await expect(openSqliteStore({ path })).rejects.toMatchObject({
      code: 'STORE_TOO_NEW',
      message: expect.stringContaining('99'),
    });
    const after = new DatabaseSync(path);
    expect(after.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'later' }]);
    after.close();
  });

  it('moves forward step by step, each step once', () => {
    const database = new DatabaseSync(':memory:');
    const steps = ['CREATE TABLE a (x);', 'ALTER TABLE a ADD COLUMN y;'];
    migrate(database, steps.slice(0, 1));
    database.exec('INSERT INTO a VALUES (1)');
    migrate(database, steps);
    migrate(database, steps);
    expect(database.prepare('SELECT * FROM a').all()).toEqual([{ x: 1, y: null }]);
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 });
    database.close();
  });

  it('stays at the step before one that fails', () => {
    const database = new DatabaseSync(':memory:');
    expect(() => {
      migrate(database, ['CREATE TABLE a (x);', 'CREATE TABLE b (x); CREATE TABLE a (x);']);
    }).toThrow('already exists');
    database.exec('ROLLBACK');
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    expect(database.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'a' }]);
    database.close();
  });

  it('is made at once as its steps make it', () => {
    const [whole, stepped] = [new DatabaseSync(':memory:'), new DatabaseSync(':memory:')];
    migrate(whole);
    for (let to = 1; to <= MIGRATIONS.length; to += 1) migrate(stepped, MIGRATIONS.slice(0, to));
    const [made, grown] = [whole, stepped].map((database) => ({
      schema: database
        .prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name')
        .all(),
      version: database.prepare('PRAGMA user_version').get(),
    }));
    expect(made).toEqual(grown);
    // No step leaves a row behind in a store that had none.
    for (const { name } of stepped.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all())
      expect([name, stepped.prepare(`SELECT count(*) AS rows FROM "${String(name)}"`).get()]).toEqual([
        name,
        { rows: 0 },
      ]);
    whole.close();
    stepped.close();
  });

  it('has a step for every version', () => {
    expect(MIGRATIONS.length).toBeGreaterThan(0);
  });
});
