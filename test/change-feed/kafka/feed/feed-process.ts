import { createKafkaChangeFeed } from '../../../../src/change-feed/kafka/feed/kafka-change-feed.ts';
import { createKafkaClient } from '../../../../src/change-feed/kafka/connection/kafka-connection.ts';
import { createValueDecoder } from '../../../../src/change-feed/codec/value-decoder.ts';
import { systemClock } from '../../../../src/runtime/clock.ts';
import type { ChangeTopics } from '../../../../src/change-feed/schemas/change-schemas.ts';
import { createMemoryFeedPositions } from '../../../support/memory-feed-positions.ts';
import { createQuietLogger } from '../../quiet-logger.ts';
import { DECODER_LIMITS } from '../../../support/decoder-limits.ts';

/** A worker in a process of its own that takes batches, names them and never gets done with one. */
const { brokers, groupId, topics } = JSON.parse(process.argv[2] ?? '') as {
  brokers: string[];
  groupId: string;
  topics: ChangeTopics;
};
const log = createQuietLogger();
await createKafkaChangeFeed({
  kafka: createKafkaClient({ brokers, clientId: 'feed-process', ssl: null, sasl: null }, log),
  groupId,
  topics,
  decode: createValueDecoder({ ...DECODER_LIMITS, schemas: null }),
  clock: systemClock,
  log,
  positions: createMemoryFeedPositions(),
  onFatal: () => process.exit(1),
}).start(({ changes }) => {
  process.stdout.write(`${JSON.stringify(changes)}\n`);
  return Promise.withResolvers<never>().promise;
});
