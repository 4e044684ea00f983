import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Document } from 'mongodb';
import { openMongoStore, type MongoStateStore } from '../../../src/state-store/mongo/open-mongo-store.ts';
import { StoreUnavailable } from '../../../src/state-store/state-store.port.ts';
import {
  contact,
  deadDelivery,
  deadLetter,
  lookMark,
  timelineEntry,
  wantedMark,
} from '../../support/builders.ts';
import { startScriptedMongoServer, type ScriptedMongoServer } from './scripted-mongo-server.ts';

let server: ScriptedMongoServer;
let store: MongoStateStore;

const open = (options?: Record<string, string>): Promise<MongoStateStore> =>
  openMongoStore({ url: server.url(options), deadlineMs: 2_000 });
const write = (): Promise<unknown> => store.records.write([{ record: contact('c-1'), expectedRevision: 0 }]);

beforeEach(async () => {
  server = await startScriptedMongoServer();
  store = await open();
});

afterEach(async () => {
  await store.close();
  await server.close();
});

describe('where a replica set answers', () => {
  it('repeats a write whose answer was lost, so that the server does it once', async () => {
    server.answer('update', (_, count) => (count === 1 ? 'cut' : undefined));
    await store.links.markWanted([wantedMark('contact/c-1')]);
    const [first, second] = server.commands.filter((command) => 'update' in command);
    expect(second?.['txnNumber']).toBeDefined();
    expect([second?.['lsid'], second?.['txnNumber']]).toEqual([first?.['lsid'], first?.['txnNumber']]);
  });

  it('repeats none where the URL says so', async () => {
    await store.close();
    store = await open({ retryWrites: 'false' });
    server.answer('update', () => 'cut');
    await expect(store.links.markWanted([wantedMark('contact/c-1')])).rejects.toThrow(StoreUnavailable);
    expect(server.commands.filter((command) => 'update' in command)).toHaveLength(1);
  });

  it('reads what can not be rolled back, and the newest where a conditional write missed', async () => {
    server.answer('update', () => ({ ok: 1, n: 0, nModified: 0 }));
    await store.links.read(['a.b/contact/c-1']);
    const settled = store.links.settle({
      id: 'a.b/contact/c-1',
      token: 't',
      seen: { wanted: 1, marks: 0 },
      patch: {},
      next: { kind: 'rest' },
    });
    expect(await settled).toBe('lost');
    const reads = server.commands.filter((command) => 'find' in command);
    expect(reads.map((command) => command['readConcern'] as unknown)).toEqual([
      { level: 'majority' },
      { level: 'local' },
    ]);
  });

  it('waits no longer for all tries of a request together than for one', async () => {
    server.answer('find', () => 'silence');
    await expect(store.links.read(['a.b/contact/c-1'])).rejects.toThrow(/no answer within 2000 ms/);
    expect(server.commands.filter((command) => 'find' in command)).toHaveLength(2);
  });

  it('gives up a settling that misses for no reason', async () => {
    server.answer('update', () => ({ ok: 1, n: 0, nModified: 0 }));
    server.answer('find', () => ({
      ok: 1,
      cursor: { id: 0n, ns: 'zena.links', firstBatch: [{ _id: 'a.b/contact/c-1', wanted: 1, marks: 0 }] },
    }));
    const seen = { wanted: 1, marks: 0 };
    await expect(
      store.links.settle({ id: 'a.b/contact/c-1', token: 't', seen, patch: {}, next: { kind: 'keep' } }),
    ).rejects.toThrow(/changed 20 times/);
  });
});

describe('where servers refuse one of two that make a document at once', () => {
  const refuseFirst = (): void => {
    server.answer('update', ({ updates }, count) => {
      const all = (updates as Document[]).map((_, index) => ({ index, code: 11_000, errmsg: 'E11000' }));
      return count === 1 ? { ok: 1, n: 0, nModified: 0, writeErrors: all } : undefined;
    });
  };
  const updates = (): Document[][] =>
    server.commands.flatMap((command) => ('updates' in command ? [command['updates'] as Document[]] : []));

  it('puts a dead delivery again where an earlier failure stands, and leaves an unread event as it is', async () => {
    refuseFirst();
    const refused = deadDelivery('deal/d-1', { failedAt: 7_000 });
    await store.deadLetters.put([deadLetter(), refused]);
    const [first, second, ...more] = updates();
    expect(first).toHaveLength(2);
    expect(second).toEqual([expect.objectContaining({ q: { _id: refused.id, failedAt: { $lt: 7_000 } } })]);
    expect(second?.[0]?.['upsert']).not.toBe(true);
    expect(more).toEqual([]);
  });

  it('notes what a budget must keep a second time', async () => {
    refuseFirst();
    await store.budgets.note('b-1', { openUntil: 9_000 });
    expect(updates()).toHaveLength(2);
  });

  it('reserves a quota from what is there then', async () => {
    refuseFirst();
    const granted = { _id: 'b-1', granted: [{ day: '2026-11-26', calls: 8 }], grants: 1 };
    server.answer('find', (_, count) => ({
      ok: 1,
      cursor: { id: 0n, ns: 'zena.budgets', firstBatch: count === 1 ? [] : [granted] },
    }));
    expect(await store.budgets.reserve('b-1', '2026-11-26', 5, 10)).toBe(2);
    expect(updates()[1]?.[0]).toMatchObject({ q: { _id: 'b-1', grants: { $eq: 1 } } });
  });

  it('gives up a reserving that misses for no reason', async () => {
    server.answer('update', () => ({ ok: 1, n: 0, nModified: 0 }));
    await expect(store.budgets.reserve('b-1', '2026-11-26', 5, 10)).rejects.toThrow(/changed 200 times/);
  });
});

describe('a write that the server does not stand by', () => {
  const notMajority = {
    code: 64,
    codeName: 'WriteConcernFailed',
    errmsg: 'waiting for replication timed out',
  };
  const duplicate = { index: 0, code: 11_000, errmsg: 'E11000 duplicate key error' };

  it('is no write: the majority did not take it', async () => {
    server.answer('update', () => ({ ok: 1, n: 1, nModified: 1, writeConcernError: notMajority }));
    await expect(write()).rejects.toThrow(StoreUnavailable);
    await expect(store.links.clearWake('a.b/contact/c-1')).rejects.toThrow(StoreUnavailable);
  });

  it('is no stale mark either, though a duplicate key came with it', async () => {
    server.answer('update', () => ({
      ok: 1,
      n: 0,
      nModified: 0,
      writeErrors: [duplicate],
      writeConcernError: notMajority,
    }));
    await expect(store.links.markWanted([wantedMark('contact/c-1')])).rejects.toThrow(StoreUnavailable);
    expect(server.commands.filter((command) => 'update' in command)).toHaveLength(1);
  });

  it('is not swallowed among duplicate keys', async () => {
    const broken = { index: 1, code: 2, errmsg: 'BadValue' };
    server.answer('update', () => ({ ok: 1, n: 0, nModified: 0, writeErrors: [duplicate, broken] }));
    const marks = [lookMark('contact/c-1'), lookMark('contact/c-2')];
    const refused = store.links.markLook(marks);
    await expect(refused).rejects.toThrow();
    await expect(refused).rejects.not.toBeInstanceOf(StoreUnavailable);
  });

  it.each([
    [10_107, 'NotWritablePrimary'],
    [11_602, 'InterruptedDueToReplStateChange'],
    [14_031, 'OutOfDiskSpace'],
    [13, 'Unauthorized'],
  ])('is unavailability by the code %d, %s', async (code, codeName) => {
    server.answer('update', () => ({ ok: 0, code, codeName, errmsg: 'refused' }));
    server.answer('find', () => ({ ok: 0, code, codeName, errmsg: 'refused' }));
    await expect(write()).rejects.toThrow(StoreUnavailable);
    await expect(store.links.read(['a.b/contact/c-1'])).rejects.toThrow(StoreUnavailable);
  });

  it('stays an exception of its own kind where the fault is ours', async () => {
    server.answer('find', () => ({
      ok: 0,
      code: 2,
      codeName: 'BadValue',
      errmsg: 'unknown operator: $oops',
    }));
    await expect(store.links.read(['a.b/contact/c-1'])).rejects.toMatchObject({ code: 2 });
  });

  it('is told without the documents that were sent', async () => {
    const full = { index: 0, code: 14_031, errmsg: 'no space left' };
    server.answer('update', () => ({ ok: 1, n: 0, nModified: 0, writeErrors: [full] }));
    const failure = await write().then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(StoreUnavailable);
    expect(inspect(failure, { depth: null, showHidden: true })).not.toContain('Ada Lovelace');
  });
});

describe('a document that another call has just made', () => {
  const updates = (): { q: Document; u: Document; upsert?: boolean }[][] =>
    server.commands.flatMap((command) => ('update' in command ? [command['updates']] : []));
  const refuseFirst = (): void => {
    server.answer('update', (_, count) =>
      count === 1
        ? { ok: 1, n: 0, nModified: 0, writeErrors: [{ index: 1, code: 11_000, errmsg: 'E11000' }] }
        : undefined,
    );
  };

  it('still takes the mark, which may be newer, and only that one', async () => {
    refuseFirst();
    await store.links.markWanted([wantedMark('contact/c-1'), wantedMark('contact/c-2', { wanted: 7 })]);
    const [first, second] = updates();
    expect(updates()).toHaveLength(2);
    expect(second).toHaveLength(1);
    expect(second?.[0]?.q).toEqual(first?.[1]?.q);
    expect(second?.[0]?.u).toEqual(first?.[1]?.u);
    expect(second?.[0]?.upsert ?? false).toBe(false);
  });

  it('carries the run before it is due for it', async () => {
    refuseFirst();
    const marks = ['contact/c-1', 'contact/c-2'] as const;
    await store.links.markLook(marks.map((key) => lookMark(key, { runId: 'run-1' })));
    const [, run, look] = updates();
    expect(updates()).toHaveLength(3);
    expect(run?.map(({ q, u }) => [q['run.id'], u])).toEqual([
      [{ $ne: 'run-1' }, { $set: { run: { id: 'run-1' } } }],
    ]);
    expect(look?.map(({ u }) => u['$inc'] as unknown)).toEqual([{ marks: 1 }]);
  });

  it('still takes the newer timeline entry', async () => {
    refuseFirst();
    await store.timeline.append([0, 1].map((sequence) => timelineEntry('a.b/contact/c-1', sequence)));
    const [first, second] = updates();
    expect(second?.map(({ q }) => q)).toEqual([first?.[1]?.q]);
    expect(second?.[0]?.upsert ?? false).toBe(false);
  });
});
