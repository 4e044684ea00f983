import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openMongoStore, type MongoStateStore } from '../../../src/state-store/mongo/open-mongo-store.ts';
import { StoreUnavailable } from '../../../src/state-store/state-store.port.ts';
import { claimLinks, idOf } from '../../contract/state-store/links/link-steps.ts';
import { contact, timelineEntry, wantedMark } from '../../support/builders.ts';
import { freeze } from '../../support/real-tier/freeze.ts';
import { startMongo, type MongoServer } from '../../support/real-tier/start-mongo.ts';
import { freePort } from '../../support/real-tier/supervised-process.ts';
import { freshDatabaseUrl } from './mongo-fixtures.ts';

const DEADLINE_MS = 1_000;
/** What a busy machine may add; a request that hangs takes for ever. */
const MARGIN_MS = 15_000;

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const start = async (port: number): Promise<MongoServer> => {
  const server = await startMongo({ port });
  closing.push(() => server.kill());
  return server;
};

const open = async (url: string): Promise<MongoStateStore> => {
  const store = await openMongoStore({ url, deadlineMs: DEADLINE_MS });
  closing.push(() => store.close());
  return store;
};

const requests = (store: MongoStateStore): Promise<unknown>[] => [
  store.ping(),
  store.records.read(['contact/c-1']),
  store.records.write([{ record: contact('c-9'), expectedRevision: 0 }]),
  store.connections.read('conn-1'),
  store.links.markWanted([wantedMark('contact/c-1')]),
  claimLinks(store.links),
  store.links.extendClaim(idOf('contact/c-1'), 'token', 5),
  store.links.list({ scope: 'a.b' }, 0, null, 10),
  store.links.counts('a.b', 0),
  store.timeline.append([timelineEntry(idOf('contact/c-1'), 0)]),
  store.settings.nextEpoch(),
];

/** All at once, and more than the pool has connections. */
const expectUnavailable = async (store: MongoStateStore): Promise<void> => {
  const begun = performance.now();
  const asked = Array.from({ length: 12 }, () => requests(store)).flat();
  const results = await Promise.allSettled(asked);
  expect(performance.now() - begun).toBeLessThan(DEADLINE_MS + MARGIN_MS);
  for (const result of results) {
    expect(result.status === 'rejected' ? result.reason : result).toBeInstanceOf(StoreUnavailable);
  }
};

const untilAnswered = async (store: MongoStateStore): Promise<void> => {
  for (;;) {
    try {
      await store.ping();
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }
};

describe('a MongoDB server that is killed', () => {
  it('is unavailable within the deadline, and works again once it is back', async () => {
    const port = await freePort();
    const first = await start(port);
    const store = await open(freshDatabaseUrl(first.url));
    await Promise.all(requests(store));
    await first.kill();
    await expectUnavailable(store);
    await start(port);
    await untilAnswered(store);
    await Promise.all(requests(store));
  });
});

describe('a MongoDB server that takes requests and never answers', () => {
  it('is unavailable within the deadline, and works again once it answers', async () => {
    const server = await start(0);
    const store = await open(freshDatabaseUrl(server.url));
    await Promise.all(requests(store));
    await freeze(server.pid);
    try {
      await expectUnavailable(store);
      await expectUnavailable(store);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    await untilAnswered(store);
    await Promise.all(requests(store));
  });

  it('does not keep the store from opening for ever, nor from closing', async () => {
    const server = await start(0);
    const store = await openMongoStore({ url: freshDatabaseUrl(server.url), deadlineMs: DEADLINE_MS });
    await freeze(server.pid);
    try {
      const begun = performance.now();
      await expect(open(freshDatabaseUrl(server.url))).rejects.toThrow(StoreUnavailable);
      await store.close();
      expect(performance.now() - begun).toBeLessThan(2 * DEADLINE_MS + MARGIN_MS);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
  });
});

describe('a store that can not be reached', () => {
  it('says so without the credentials of its URL', async () => {
    const port = await freePort();
    const url = `mongodb://canary-user:canary%2Fsecret@127.0.0.1:${String(port)}/zena?authSource=admin`;
    const failure = await open(url).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(StoreUnavailable);
    expect((failure as Error).cause).toBeInstanceOf(Error);
    expect(inspect(failure, { depth: null, showHidden: true })).not.toMatch(/canary/);
  });

  it('says so where the server refuses the credentials', async () => {
    const server = await start(0);
    const url = freshDatabaseUrl(server.url.replace('mongodb://', 'mongodb://canary-user:canary%2Fsecret@'));
    const failure = await open(url).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(Error);
    expect(inspect(failure, { depth: null, showHidden: true })).not.toMatch(/canary/);
  });

  it('stays unavailable after it was closed', async () => {
    const server = await start(0);
    const store = await open(freshDatabaseUrl(server.url));
    await store.close();
    await expect(store.ping()).rejects.toThrow(StoreUnavailable);
  });
});
