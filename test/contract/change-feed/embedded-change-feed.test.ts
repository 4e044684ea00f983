import { createEmbeddedChangeFeed } from '../../../src/change-feed/embedded/embedded-change-feed.ts';
import { createEmbeddedLog } from '../../../src/change-feed/embedded/embedded-log.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { openSqliteStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import { createQuietLogger } from '../../change-feed/quiet-logger.ts';
import { describeChangeFeed } from './change-feed.contract.ts';

const topics = { contact: 'contacts', property: 'properties', deal: 'deals' };

describeChangeFeed('The embedded log', async () => {
  const store = await openSqliteStore({ path: ':memory:' });
  const log = createEmbeddedLog(store);
  const create = () =>
    createEmbeddedChangeFeed({ log, topics, clock: systemClock, logger: createQuietLogger() });
  const made = [create()];
  let opened = 0;
  return {
    topics,
    tellsVerdicts: true,
    publisher: { publish: (changes) => made[0]?.publisher.publish(changes) ?? Promise.resolve(null) },
    put: async (messages) => {
      await log.append(
        messages.map(({ kind, key, value }) => ({
          topic: topics[kind],
          key,
          value: value ?? new Uint8Array(),
        })),
      );
    },
    open() {
      if (opened > 0) made.unshift(create());
      opened += 1;
      const [{ feed }] = made as [(typeof made)[number]];
      return feed;
    },
    async close() {
      for (const { feed } of made) await feed.stop();
      await store.close();
    },
  };
});
