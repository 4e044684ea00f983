import { afterEach, describe, expect, it } from '@jest/globals';
import type { CommandStartedEvent, Document } from 'mongodb';
import type { Connection } from '../../../src/domain/connection.ts';
import type { StateStore } from '../../../src/state-store/state-store.port.ts';
import { openMongoStore } from '../../../src/state-store/mongo/open-mongo-store.ts';
import {
  SCOPE,
  connection,
  contact,
  deadDelivery,
  deadLetter,
  deadMark,
  lookMark,
  replay,
  run,
  timelineEntry,
  wantedMark,
} from '../../support/builders.ts';
import { claimLinks, idOf, settle } from '../../contract/state-store/links/link-steps.ts';
import { realTier } from '../../support/real-tier/real-tier.ts';
import { freshDatabaseUrl } from './mongo-fixtures.ts';

const WRITES = ['insert', 'update', 'delete', 'findAndModify'];
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A store and what it sends. */
const openWatched = async (options: Record<string, string> = {}) => {
  const url = freshDatabaseUrl(realTier().mongodbUrl, { monitorCommands: 'true', ...options });
  const store = await openMongoStore({ url });
  const sent: Document[] = [];
  store.client.on('commandStarted', (event: CommandStartedEvent) => sent.push(event.command));
  closing.push(async () => {
    await store.client.db().dropDatabase();
    await store.close();
  });
  const namesDuring = async (work: () => Promise<unknown>): Promise<string[]> => {
    const before = sent.length;
    await work();
    return sent.slice(before).map((command) => Object.keys(command)[0] ?? '');
  };
  return { store, sent, namesDuring };
};

type Watched = Awaited<ReturnType<typeof openWatched>>;

/** Every method that writes of the stores that operations rest on, at least once. */
const writeOperations = async ({ deadLetters, replays, ownership, budgets }: StateStore): Promise<void> => {
  const [unread, refused] = [deadLetter(), deadDelivery('contact/c-1')];
  await deadLetters.put([unread, refused]);
  await deadLetters.put([unread, refused]);
  await deadLetters.setStatus([unread.id], ['open'], 'parked');
  await deadLetters.replace({ ...unread, replays: 1 }, { replays: 0, status: 'parked' });
  await deadLetters.prune(99_999);
  await replays.insert(replay('replay-1'));
  await replays.replace(replay('replay-1', { revision: 2 }), 1);
  await replays.prune(9_999_999);
  await ownership.join({
    workerId: 'w-1',
    beat: 0,
    draining: false,
    startedAt: 1,
    beatAt: 1,
    label: 'host 1',
    shardRule: 2,
  });
  await ownership.beat('w-1', true, 2);
  await ownership.take(null, { shard: 1, owner: 'w-1', epoch: 1 });
  await ownership.take({ shard: 1, owner: 'w-1', epoch: 1 }, { shard: 1, owner: 'w-2', epoch: 2 });
  await ownership.release({ shard: 1, owner: 'w-2', epoch: 2 });
  await ownership.fence('w-1', 1);
  await ownership.leave('w-1');
  await budgets.note('b-1', { pausedUntil: 5, openUntil: null });
  await budgets.reserve('b-1', '2026-11-26', 10, 100);
};

/** Every method that writes, at least once. */
const writeEverything = async ({ store }: Watched): Promise<void> => {
  const ada = contact('c-1');
  await store.records.write([{ record: ada, expectedRevision: 0 }]);
  await store.records.write([{ record: { ...ada, revision: 2 }, expectedRevision: 1 }]);
  await store.connections.insert(connection());
  await store.connections.replace(connection({ revision: 2 }), 1);
  await store.connections.touchLastSync('conn-1', 5);
  await store.links.markWanted([wantedMark('contact/c-1')]);
  await store.links.markLook([lookMark('contact/c-1', { runId: 'run-1' })]);
  await store.links.wake([idOf('contact/c-1')], 900);
  const [held] = await claimLinks(store.links);
  await store.links.extendClaim(idOf('contact/c-1'), 'token-1', 90_000);
  if (held !== undefined)
    await settle(store.links, held, { kind: 'rest' }, { wake: true, untold: true, dead: deadMark() });
  await store.links.recordLost(idOf('contact/c-1'), { id: 'r-1', version: null, origin: 'created' });
  await store.links.clearShadows([idOf('contact/c-1')]);
  await store.links.clearWake(idOf('contact/c-1'));
  await store.links.clearUntold(idOf('contact/c-1'), 1_000);
  await store.links.wakeDead([idOf('contact/c-1')], 1_000, 5);
  await store.links.dropRun('run-1');
  await store.links.dropWork(SCOPE);
  await store.runs.insert(run('run-1'));
  await store.runs.replace(run('run-1', { revision: 2 }), 1);
  await store.timeline.append([timelineEntry(idOf('contact/c-1'), 0)]);
  await store.timeline.prune(99_999);
  await store.links.forget(SCOPE);
  await writeOperations(store);
  await store.settings.nextEpoch();
  await store.settings.writeCanaryIfAbsent({ v: 1, keyId: 'k', nonce: 'n', tag: 't', data: 'd' });
};

describe('what the store sends', () => {
  it.each<[string, Record<string, string>]>([
    ['as it is', {}],
    ['whose URL asks for less', { w: '1' }],
  ])('asks in every write for the majority and its journal, of a server %s', async (_, options) => {
    const watched = await openWatched(options);
    await writeEverything(watched);
    const writes = watched.sent.filter((command) => WRITES.some((name) => name in command));
    const collections = writes.map((command) => String(Object.values(command)[0]));
    expect([...new Set(collections)].sort()).toEqual([
      'accounts',
      'budgets',
      'connections',
      'dead_letters',
      'links',
      'records',
      'replays',
      'runs',
      'settings',
      'shards',
      'timeline',
      'workers',
    ]);
    for (const command of writes) {
      expect(command['writeConcern']).toEqual({ w: 'majority', j: true });
    }
  });

  it('needs neither transactions nor update pipelines', async () => {
    const watched = await openWatched();
    await writeEverything(watched);
    for (const command of watched.sent) {
      expect(command).not.toHaveProperty('startTransaction');
      for (const { u } of (command['updates'] ?? []) as { u: unknown }[])
        expect(Array.isArray(u)).toBe(false);
      expect(Array.isArray(command['update'])).toBe(false);
    }
  });

  it('is one command for a batch of records, marks, entries or dead letters', async () => {
    const { store, namesDuring } = await openWatched();
    await store.records.write([{ record: contact('c-0'), expectedRevision: 0 }]);
    const records = [
      { record: contact('c-0', { revision: 2 }), expectedRevision: 1 },
      ...[1, 2, 3].map((index) => ({ record: contact(`c-${String(index)}`), expectedRevision: 0 })),
    ];
    expect(await namesDuring(() => store.records.write(records))).toEqual(['update']);
    const marks = [0, 1, 2].map((index) => wantedMark(`contact/c-${String(index)}`));
    expect(await namesDuring(() => store.links.markWanted(marks))).toEqual(['update']);
    const entries = [0, 1, 2].map((sequence) => timelineEntry(idOf('contact/c-1'), sequence));
    expect(await namesDuring(() => store.timeline.append(entries))).toEqual(['update']);
    const letters = (failedAt: number) => [deadLetter({ failedAt }), deadDelivery('deal/d-1', { failedAt })];
    expect(await namesDuring(() => store.deadLetters.put(letters(1)))).toEqual(['update']);
    expect(await namesDuring(() => store.deadLetters.put(letters(2)))).toEqual(['update']);
  });

  it('is one command for waking what rests dead, and one for every step of ownership', async () => {
    const { store, namesDuring } = await openWatched();
    const { ownership } = store;
    expect(await namesDuring(() => store.links.wakeDead([idOf('contact/c-1')], 1, 5))).toEqual(['update']);
    const [free, first] = [null, { shard: 1, owner: 'w-1', epoch: 1 }];
    const second = { shard: 1, owner: 'w-2', epoch: 2 };
    expect(await namesDuring(() => ownership.take(free, first))).toEqual(['insert']);
    expect(await namesDuring(() => ownership.take(first, second))).toEqual(['update']);
    expect(await namesDuring(() => ownership.release(second))).toEqual(['update']);
    expect(await namesDuring(() => ownership.beat('w-1', false, 1))).toEqual(['update']);
    expect(await namesDuring(() => ownership.fence('w-1', 1))).toEqual(['delete']);
  });

  it('is shared by those who ask while another is on its way', async () => {
    const { store, namesDuring } = await openWatched();
    const many = Array.from({ length: 20 }, (_, index) => index);
    await store.connections.insert(connection());
    const reads = many.map((index) => (index % 2 === 0 ? 'conn-1' : `absent-${String(index)}`));
    let found: readonly (Connection | null)[] = [];
    const reading = await namesDuring(async () => {
      found = await Promise.all(reads.map((id) => store.connections.read(id)));
    });
    expect(reading).toEqual(['find', 'find']);
    expect(found).toEqual(reads.map((id) => (id === 'conn-1' ? connection() : null)));
    const entries = many.map((index) => timelineEntry(idOf(`contact/c-${String(index)}`), 0));
    const appending = () => Promise.all(entries.map((entry) => store.timeline.append([entry])));
    expect(await namesDuring(appending)).toEqual(['update', 'update']);
    const touching = () => Promise.all(many.map((at) => store.connections.touchLastSync('conn-1', at)));
    expect(await namesDuring(touching)).toEqual(['update', 'update']);
    expect((await store.connections.read('conn-1'))?.lastSyncAt).toBe(19);
  });

  it('tells each scope its own duties, though they are asked for together', async () => {
    const { store } = await openWatched();
    const scopes = ['a.1', 'b.2', 'c.3'] as const;
    for (const [at, scope] of scopes.entries()) {
      const keys = Array.from({ length: at * 2 }, (_, index) => `contact/${scope}-${String(index)}` as const);
      if (keys.length > 0) await store.links.markWanted(keys.map((key) => wantedMark(key, { scope })));
      for (const link of await claimLinks(store.links, { scope }))
        await settle(store.links, link, { kind: 'rest' }, { wake: true });
    }
    for (const limit of [1, 3, 100]) {
      const found = await Promise.all(
        ['z.9' as const, ...scopes].map((scope) => store.links.pendingWakes(scope, limit)),
      );
      expect(found.map((links) => links.length)).toEqual([0, 0, 2, 4].map((all) => Math.min(all, limit)));
      expect(found.map((links) => new Set(links.map(({ scope }) => scope)).size)).toEqual([0, 0, 1, 1]);
    }
  });

  it('is three commands to claim a page, one to settle a link, one to find nothing due', async () => {
    const { store, namesDuring } = await openWatched();
    await store.links.markWanted([0, 1, 2].map((index) => wantedMark(`contact/c-${String(index)}`)));
    let held: Awaited<ReturnType<typeof claimLinks>> = [];
    const claiming = await namesDuring(async () => {
      held = await claimLinks(store.links);
    });
    expect(claiming).toEqual(['find', 'update', 'find']);
    const [link] = held;
    if (link === undefined) throw new Error('nothing was claimed');
    expect(await namesDuring(() => settle(store.links, link))).toEqual(['update']);
    expect(await namesDuring(() => claimLinks(store.links))).toEqual(['find']);
    expect(await namesDuring(() => store.links.dueScopes(1_000, 50))).toEqual(['find']);
  });
});

describe('naming due scopes', () => {
  it('hops over backlogs longer than a page and gives every scope its turn', async () => {
    const { store } = await openWatched();
    const scopes = ['a.1', 'b.2', 'c.3'] as const;
    for (const scope of scopes) {
      const marks = Array.from({ length: 300 }, (_, index) =>
        wantedMark(`contact/c-${String(index)}`, { scope }),
      );
      await store.links.markWanted(marks);
    }
    const turns: string[] = [];
    for (let call = 0; call < 3; call += 1) turns.push(...(await store.links.dueScopes(1_000, 2)));
    expect(turns).toEqual(['a.1', 'b.2', 'c.3', 'a.1', 'b.2', 'c.3']);
  });
});

describe('records written twice in one batch', () => {
  it('names the one that lost', async () => {
    const { store } = await openWatched();
    await store.records.write([{ record: contact('c-1'), expectedRevision: 0 }]);
    const again = [7, 8].map((version) => ({
      record: contact('c-1', { version, revision: 2 }),
      expectedRevision: 1,
    }));
    expect(await store.records.write(again)).toEqual(['contact/c-1']);
  });
});

describe('work of a scope that one request does not take', () => {
  it('is dropped, forgotten and pruned to the last document', async () => {
    const { store } = await openWatched();
    const keys = Array.from({ length: 1_200 }, (_, index) => `contact/c-${String(index)}` as const);
    await store.links.markWanted(keys.map((key) => wantedMark(key)));
    await store.timeline.append(keys.map((key) => timelineEntry(idOf(key), 0)));
    expect(await store.links.dropWork(SCOPE)).toBe(1_200);
    expect(await store.links.backlog(99_999)).toEqual({ due: 0, dirtySince: null });
    expect(await store.timeline.prune(1_001)).toBe(1_200);
    expect(await store.links.forget(SCOPE)).toBe(1_200);
  });
});

describe('epochs that many ask for at once', () => {
  it('are never given twice', async () => {
    const { store } = await openWatched();
    for (let round = 0; round < 80; round += 1) {
      const epochs = await Promise.all(Array.from({ length: 10 }, () => store.settings.nextEpoch()));
      expect([...epochs].sort((a, b) => a - b)).toEqual(
        Array.from({ length: 10 }, (_, index) => round * 10 + index + 1),
      );
    }
  });
});
