import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createEmbeddedChangeFeed } from '../../../src/change-feed/embedded/embedded-change-feed.ts';
import { createEmbeddedLog, type EmbeddedLog } from '../../../src/change-feed/embedded/embedded-log.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { openSqliteStore, type SqliteStateStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import { createQuietLogger } from '../quiet-logger.ts';
import { event } from '../sample-changes.ts';

const topics = { contact: 'contacts', property: 'properties', deal: 'deals' };
const change = (entityId: string) => ({
  type: 'event' as const,
  event: event('contact', entityId, 1),
  place: null,
});

describe('an event that ends the process that takes it in', () => {
  let store: SqliteStateStore;
  let log: EmbeddedLog;
  beforeEach(async () => {
    store = await openSqliteStore({ path: ':memory:' });
    log = createEmbeddedLog(store);
  });
  afterEach(() => store.close());

  /** A process on the same log: it stands still for ever, as a dead one does, with a batch that holds one of `deadly`. */
  async function startProcess(deadly: readonly string[], mostStarts = 2) {
    const { feed, publisher } = createEmbeddedChangeFeed({
      log,
      topics,
      clock: systemClock,
      logger: createQuietLogger(),
      verdictWaitMs: 0,
      mostStarts,
    });
    const taken: string[] = [];
    const batches: number[] = [];
    const letters: string[] = [];
    const died = Promise.withResolvers<'died'>();
    await feed.start(async (batch) => {
      const ids = batch.changes.map((each) => (each.type === 'event' ? each.event.entityId : each.entityId));
      batches.push(ids.length);
      letters.push(...batch.letters.map(({ entityId, code }) => `${entityId ?? ''} ${code}`));
      if (ids.some((id) => deadly.includes(id))) {
        died.resolve('died');
        await new Promise(() => undefined);
      }
      taken.push(...ids);
      return await Promise.resolve(ids.map(() => 'accepted' as const));
    });
    return { publisher, feed, taken, batches, letters, died: died.promise };
  }
  const untilTaken = async (taken: readonly string[], last: string) => {
    while (!taken.includes(last)) await new Promise((resolve) => setImmediate(resolve));
  };

  it('is set aside at the third start, and what stands behind it is taken in', async () => {
    const ids = ['c-1', 'c-2', 'deadly', 'c-4', 'c-5'];
    const [first] = await Promise.all([startProcess(['deadly'])]);
    await first.publisher.publish(ids.map(change));
    expect(await first.died).toBe('died');

    const second = await startProcess(['deadly']);
    await second.died;
    expect(second.batches).toEqual([5]);

    const third = await startProcess(['deadly']);
    await third.died;
    expect(third.taken).toEqual(['c-1', 'c-2']);

    const fourth = await startProcess(['deadly']);
    await untilTaken(fourth.taken, 'c-5');
    expect(fourth.letters).toEqual(['deadly PROCESS_DIED']);
    expect(fourth.taken).toEqual(['c-4', 'c-5']);
    await fourth.feed.stop();
  });

  it('is not taken for one that was done when its process ended', async () => {
    for (let start = 0; start < 5; start += 1) {
      const process = await startProcess([]);
      await process.publisher.publish([change(`c-${start}`)]);
      await untilTaken(process.taken, `c-${start}`);
      await process.feed.stop();
      expect(process.letters).toEqual([]);
    }
  });

  it('costs no note where nothing was left at the start', async () => {
    const process = await startProcess([]);
    // Its first look, which finds nothing.
    while (process.feed.health().lastPollAt === null) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    await process.publisher.publish(['c-1', 'c-2'].map(change));
    await untilTaken(process.taken, 'c-2');
    expect(await log.tried()).toBeNull();
    await process.feed.stop();
  });

  it('stays where something else ends processes all the time', async () => {
    const first = await startProcess(['deadly'], Number.POSITIVE_INFINITY);
    await first.publisher.publish([change('deadly'), change('c-2')]);
    await first.died;
    for (let start = 0; start < 4; start += 1) {
      const next = await startProcess(['deadly'], Number.POSITIVE_INFINITY);
      await next.died;
      expect(next.letters).toEqual([]);
    }
  });
});
