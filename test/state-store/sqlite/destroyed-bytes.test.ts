import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection, SealedCredentials } from '../../../src/domain/connection.ts';
import { disconnected } from '../../../src/domain/connection.ts';
import { seededRandom } from '../../../src/runtime/seeded-random.ts';
import { openSqliteStore, type SqliteStateStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import { createShredding } from '../../../src/state-store/sqlite/erasure/shred.ts';
import { connection, contact, contactBody } from '../../support/builders.ts';

let folder = '';
let store: SqliteStateStore;
let chance: () => number;
let sealedOnce: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'));
  store = await openSqliteStore({ path: join(folder, 'zena.db') });
  // Thousands of writes, which need not outlive a power cut. With this seed SQLite leaves copies where nothing is written anew.
  store.database.exec('PRAGMA synchronous = OFF');
  const random = seededRandom(3);
  chance = () => random.next();
  sealedOnce = [];
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** All bytes of the store: the database, and the log beside it. */
async function storeBytes(of = folder): Promise<string> {
  const files = await readdir(of);
  const contents = await Promise.all(files.map((file) => readFile(join(of, file), 'latin1')));
  return contents.join('\n');
}

function letters(length: number): string {
  return Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[Math.floor(chance() * 36)]).join(
    '',
  );
}

function sealed(): SealedCredentials {
  const data = letters(40 + Math.floor(chance() * 400));
  sealedOnce.push(data);
  return { v: 1, keyId: 'k1', nonce: 'n', tag: 't', data };
}

function raised(one: Connection, over: Partial<Connection>): Connection {
  return { ...one, ...over, revision: one.revision + 1 };
}

async function change(one: Connection, over: Partial<Connection>): Promise<void> {
  expect(await store.connections.replace(raised(one, over), one.revision)).toBe(true);
}

/** Writes of one turn share a transaction, and so a wait for the disk. */
const AT_ONCE = 50;

/** Calls for all, `AT_ONCE` in a turn, in their order. */
async function inTurns(count: number, call: (index: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const indexes = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, at) => from + at);
    await Promise.all(indexes.map(call));
  }
}

/** Connections that came, grew, shrank and were given other credentials, so that SQLite moved their rows about. */
async function connectedOffice(count: number, changes: number): Promise<Connection[]> {
  const all: Connection[] = [];
  await inTurns(count, () => {
    const id = letters(16);
    const one = connection({ connectionId: id, owner: { type: 'user', id }, sealed: sealed() });
    all.push(one);
    return store.connections.insert(one);
  });
  await inTurns(changes, async () => {
    const at = Math.floor(chance() * count);
    const one = all[at] as Connection;
    const reason = chance() < 0.5 ? letters(Math.floor(chance() * 300)) : null;
    const next = raised(one, {
      health: { ...one.health, reason },
      ...(chance() < 0.3 && { sealed: sealed() }),
    });
    all[at] = next;
    expect(await store.connections.replace(next, one.revision)).toBe(true);
  });
  return all;
}

/** A part of each, so that a torn copy is found, too. */
const found = (bytes: string, secrets: readonly string[]): number =>
  secrets.filter((secret) => bytes.includes(secret.slice(8, 40))).length;

describe('the bytes of credentials that were unset', () => {
  it('are in none of the store’s files after they were shredded, wherever SQLite had moved them; the others stay', async () => {
    const all = await connectedOffice(300, 2_500);
    const [gone, kept] = [all.slice(0, 240), all.slice(240)];
    await inTurns(gone.length, (index) => {
      const one = gone[index] as Connection;
      return change(one, disconnected(one, 2_000));
    });
    const standing = kept.map((one) => one.sealed?.data ?? '');
    const destroyed = sealedOnce.filter((data) => !standing.includes(data));
    expect(found(await storeBytes(), destroyed)).toBeGreaterThan(100);
    expect(await store.shred('credentials')).toBe('overwritten');
    const bytes = await storeBytes();
    expect(found(bytes, destroyed)).toBe(0);
    expect(found(bytes, standing)).toBe(60);
    for (const one of kept) expect(await store.connections.read(one.connectionId)).toEqual(one);
    expect(await store.connections.insert({ ...(kept[0] as Connection), connectionId: 'second' })).toBe(
      false,
    );
  });

  it('go at the same cost however many connections there are: no row of another is written', async () => {
    const [one] = await connectedOffice(2_000, 1);
    await change(one as Connection, disconnected(one as Connection, 2_000));
    const changes = (): unknown => store.database.prepare('SELECT total_changes() AS count').get()?.['count'];
    const before = changes();
    expect(await store.shred('credentials')).toBe('overwritten');
    expect(changes()).toBe(before);
    expect(found(await storeBytes(), [one?.sealed?.data ?? ''])).toBe(0);
  });

  it('go with the next start where a process ended between the disconnect and the answer', async () => {
    const all = await connectedOffice(40, 300);
    await inTurns(all.length, (index) =>
      change(all[index] as Connection, disconnected(all[index] as Connection, 2_000)),
    );
    const image = await mkdtemp(join(tmpdir(), 'image-'));
    try {
      await cp(folder, image, { recursive: true });
      expect(found(await storeBytes(image), sealedOnce)).toBeGreaterThan(40);
      const next = await openSqliteStore({ path: join(image, 'zena.db') });
      expect(found(await storeBytes(image), sealedOnce)).toBe(0);
      await next.close();
    } finally {
      await rm(image, { recursive: true });
    }
  });

  it('go while other writes are under way, which stand after', async () => {
    const [one] = await connectedOffice(1, 3);
    await change(one as Connection, disconnected(one as Connection, 2_000));
    const writes = store.records.write([{ record: contact('c-1'), expectedRevision: 0 }]);
    const shredded = store.shred('credentials');
    const after = store.records.write([{ record: contact('c-2'), expectedRevision: 0 }]);
    expect(await Promise.all([writes, shredded, after])).toEqual([[], 'overwritten', []]);
    expect(await store.records.count('user-1')).toBe(2);
    expect(found(await storeBytes(), sealedOnce)).toBe(0);
  });
});

describe('the bytes of an erased user', () => {
  const names = (): string[] => Array.from({ length: 400 }, () => letters(48));
  const write = (name: string, index: number, userId: string, revision = 1) => {
    const notes = [letters(Math.floor(chance() * 900))];
    const over = { userId, revision, body: contactBody({ name, relationshipNotes: notes }) };
    const record = contact(`${userId}-${String(index)}`, over);
    return store.records.write([{ record, expectedRevision: revision - 1 }]);
  };

  async function filled(): Promise<{ erased: string[]; kept: string[] }> {
    const [erased, kept] = [names(), names()];
    await inTurns(erased.length, (index) =>
      Promise.all([write(erased[index] ?? '', index, 'ava'), write(kept[index] ?? '', index, 'bo')]),
    );
    for (const revision of [2, 3]) {
      await inTurns(erased.length, (index) => write(erased[index] ?? '', index, 'ava', revision));
    }
    for (;;) {
      const { records } = await store.erasure.remove({ userId: 'ava', now: 1, restedSince: 1, limit: 50 });
      if (records === 0) return { erased, kept };
    }
  }

  it('are in none of the store’s files after all was shredded; other users’ are', async () => {
    const { erased, kept } = await filled();
    expect(await store.shred('everything')).toBe('overwritten');
    const bytes = await storeBytes();
    expect(found(bytes, erased)).toBe(0);
    expect(found(bytes, kept)).toBe(400);
  });

  it('are not promised to be gone where the file is too large to be written anew, until the next start', async () => {
    const { erased, kept } = await filled();
    const shred = createShredding(store.session, { running: 4_096, starting: 4_096 });
    expect(await shred('everything')).toBe('removed');
    expect(await shred('credentials')).toBe('overwritten');
    expect(found(await storeBytes(), erased)).toBeGreaterThan(0);
    await store.close();
    store = await openSqliteStore({ path: join(folder, 'zena.db') });
    expect(found(await storeBytes(), erased)).toBe(0);
    expect(found(await storeBytes(), kept)).toBe(400);
  });
});
