import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  KEPT_BYTES,
  KEPT_ENTRIES,
  createEmbeddedLog,
  type EmbeddedLog,
  type NewLogEntry,
} from '../../../src/change-feed/embedded/embedded-log.ts';
import { openSqliteStore, type SqliteStateStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';

let folder = '';
let store: SqliteStateStore;
let log: EmbeddedLog;
const open = async (): Promise<void> => {
  store = await openSqliteStore({ path: join(folder, 'zena.db') });
  log = createEmbeddedLog(store);
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-'));
  await open();
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const entry = (key: string): NewLogEntry => ({
  topic: 'zena.contact.changes',
  key,
  value: new TextEncoder().encode(`{"key":"${key}"}`),
});
const entries = (count: number): NewLogEntry[] =>
  Array.from({ length: count }, (_, index) => entry(`c-${String(index + 1)}`));

describe('the embedded log', () => {
  it('gives back what was appended, in order and at consecutive offsets', async () => {
    expect(await log.append(entries(2))).toEqual({ first: 1n, last: 2n });
    expect(await log.append([{ topic: 't', key: '__proto__ é', value: new Uint8Array() }])).toEqual({
      first: 3n,
      last: 3n,
    });
    expect(await log.read(0n, 10)).toEqual([
      { ...entry('c-1'), offset: 1n, partition: 0 },
      { ...entry('c-2'), offset: 2n, partition: 0 },
      { topic: 't', key: '__proto__ é', value: new Uint8Array(), offset: 3n, partition: 0 },
    ]);
  });

  it('reads from an offset on, as many as asked for', async () => {
    await log.append(entries(5));
    expect((await log.read(2n, 2)).map((each) => each.offset)).toEqual([3n, 4n]);
    expect(await log.read(5n, 2)).toEqual([]);
  });

  it('appends nothing at no offset', async () => {
    await log.append(entries(2));
    expect(await log.append([])).toEqual({ first: 3n, last: 2n });
  });

  it('keeps the entries of each append together, however many append at once', async () => {
    const places = await Promise.all(Array.from({ length: 8 }, () => log.append(entries(3))));
    expect(places.map(({ first, last }) => last - first)).toEqual(Array(8).fill(2n));
    const read = await log.read(0n, 100);
    expect(read.map((each) => each.key)).toEqual(
      Array.from({ length: 8 }, () => ['c-1', 'c-2', 'c-3']).flat(),
    );
  });

  it('commits forward only', async () => {
    expect(await log.committed()).toBe(0n);
    await log.append(entries(5));
    await log.commit(3n);
    await log.commit(2n);
    expect(await log.committed()).toBe(3n);
  });

  it('goes on where it was after being closed', async () => {
    await log.append(entries(3));
    await log.commit(2n);
    await store.close();
    await open();
    expect(await log.committed()).toBe(2n);
    expect((await log.read(await log.committed(), 10)).map((each) => each.key)).toEqual(['c-3']);
    expect(await log.append(entries(1))).toEqual({ first: 4n, last: 4n });
  });

  it('drops what is committed but for the newest entries, and never gives an offset again', async () => {
    await log.append(entries(KEPT_ENTRIES + 3_000));
    await log.commit(2_500n);
    expect(await log.trim()).toBe(2_500);
    expect(await log.trim()).toBe(0);
    expect((await log.read(0n, 1))[0]?.offset).toBe(2_501n);
    await log.commit(BigInt(KEPT_ENTRIES + 3_000));
    expect(await log.trim()).toBe(500);
    expect((await log.read(0n, KEPT_ENTRIES * 2)).length).toBe(KEPT_ENTRIES);
    expect((await log.append(entries(1))).first).toBe(BigInt(KEPT_ENTRIES + 3_001));
  });

  it('drops large entries sooner, so that what is kept stays small', async () => {
    const large = { ...entry('c-1'), value: new Uint8Array(1_048_576) };
    const count = KEPT_BYTES / 1_048_576 + 6;
    for (let at = 0; at < count; at += 1) await log.append([large]);
    await log.commit(5n);
    expect(await log.trim()).toBe(5);
    await log.commit(BigInt(count));
    // With its key each is a little more than its part.
    expect(await log.trim()).toBe(2);
    expect(await log.trim()).toBe(0);
    expect((await log.read(0n, 1))[0]?.offset).toBe(8n);
  });

  it('drops nothing that was not dealt with', async () => {
    await log.append(entries(KEPT_ENTRIES + 10));
    expect(await log.trim()).toBe(0);
  });
});
