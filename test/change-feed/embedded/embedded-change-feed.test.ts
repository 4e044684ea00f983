import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangePublisher } from '../../../src/change-feed/change-feed.port.ts';
import { createEmbeddedChangeFeed } from '../../../src/change-feed/embedded/embedded-change-feed.ts';
import { createEmbeddedLog, type EmbeddedLog } from '../../../src/change-feed/embedded/embedded-log.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { openSqliteStore, type SqliteStateStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import { createQuietLogger } from '../quiet-logger.ts';
import { createRecordingHandler, name } from '../recording-handler.ts';
import { event } from '../sample-changes.ts';

const topics = { contact: 'contacts', property: 'properties', deal: 'deals' };
const change = (entityId: string, version = 1) => ({
  type: 'event' as const,
  event: event('contact', entityId, version),
  place: null,
});

describe('The embedded feed', () => {
  let store: SqliteStateStore;
  let log: EmbeddedLog;
  let clock: VirtualClock;
  beforeEach(async () => {
    store = await openSqliteStore({ path: ':memory:' });
    log = createEmbeddedLog(store);
    clock = createVirtualClock();
  });
  afterEach(() => store.close());
  const create = (over: Partial<Parameters<typeof createEmbeddedChangeFeed>[0]> = {}) =>
    createEmbeddedChangeFeed({ log, topics, clock, logger: createQuietLogger(), ...over });

  it('tells each publisher what became of its own changes, however many publish at once', async () => {
    const { feed, publisher } = create({ clock: systemClock });
    await feed.start(async ({ changes }) =>
      changes.map((each) => (name(each).includes('@1') ? 'accepted' : 'stale')),
    );
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => publisher.publish([change(`c-${at}`, 1), change(`c-${at}`, 2)])),
    );
    expect(answers).toEqual(Array.from({ length: 50 }, () => ['accepted', 'stale']));
    await feed.stop();
  });

  const publishedUnanswered = async (publisher: ChangePublisher) => {
    const published = publisher.publish([change('c-1')]);
    await clock.advance(9_999);
    const before = await Promise.race([published, Promise.resolve('waiting')]);
    await clock.advance(1);
    return [before, await published];
  };

  it('has stored what it publishes, but after 10 s no longer waits for what becomes of it', async () => {
    const { publisher } = create();
    expect(await publishedUnanswered(publisher)).toEqual(['waiting', null]);
    expect(await log.read(0n, 10)).toMatchObject([{ offset: 1n, topic: 'contacts', key: 'c-1' }]);
  });

  it('lets a publisher go when it stops', async () => {
    const { feed, publisher } = create();
    const published = publisher.publish([change('c-1')]);
    await feed.stop();
    expect(await published).toBeNull();
  });

  it('trims the log by bytes as well, also while more is waiting', async () => {
    const value = new Uint8Array(1_048_576).fill(32);
    const before = Array.from({ length: 20 }, (_, at) => ({ topic: 'contacts', key: `c-${at}`, value }));
    for (const entry of before) await log.append([entry]);
    const trims: number[] = [];
    let handled = 0;
    const watched = { ...log, trim: () => (trims.push(handled), log.trim()) };
    const { feed } = create({ log: watched });
    await feed.start(({ letters }) => {
      handled += letters.length;
      return Promise.resolve([]);
    });
    await clock.advance(1_000);
    await feed.stop();
    expect(handled).toBe(20);
    // Once when it found nothing more, as after each start; before that for what it took in.
    expect(trims[0]).toBe(16);
  });

  it('publishes nothing for nothing', async () => {
    expect(await create().publisher.publish([])).toEqual([]);
  });

  it('waits longer after each failure, 5 s at most, and then goes on', async () => {
    const { feed, publisher } = create();
    const handler = createRecordingHandler((_, { batches }) => {
      if (batches.length <= 8) throw Object.assign(new Error('disk full'), { code: 'STORE_FULL' });
    });
    await feed.start(handler.handle);
    void publisher.publish([change('c-1')]);
    await clock.advance(0);
    expect(feed.health()).toMatchObject({ ready: true, stalled: 'STORE_FULL' });
    await clock.advance(100 + 200 + 400 + 800);
    expect(handler.batches.length).toBe(5);
    await clock.advance(1_600 + 3_200 + 5_000);
    expect(handler.changes).toEqual([]);
    await clock.advance(5_000);
    expect(handler.changes.length).toBe(1);
    expect(feed.health().stalled).toBeNull();
    await feed.stop();
  });

  it('shows that it lives while there is nothing to do', async () => {
    const { feed } = create();
    expect(feed.health()).toEqual({ ready: false, lastPollAt: null, stalled: null });
    await feed.start(createRecordingHandler().handle);
    await clock.advance(60_000);
    expect(clock.now() - (feed.health().lastPollAt ?? 0)).toBeLessThanOrEqual(1_000);
    await feed.stop();
    expect(feed.health().ready).toBe(false);
  });

  it('does not start twice', async () => {
    const { feed } = create();
    await feed.start(createRecordingHandler().handle);
    await expect(feed.start(createRecordingHandler().handle)).rejects.toThrow('started before');
    await feed.stop();
  });
});
