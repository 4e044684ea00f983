import type { Admin, ITopicConfig, ITopicMetadata } from 'kafkajs';
import { type Clock, systemClock } from '../../../runtime/clock.ts';

/** A busy cluster takes seconds until every broker has heard of a new topic. */
const LOOKS = 100;
const LOOK_EVERY_MS = 100;
/** What a broker says of a topic that it has not heard of yet, or whose leaders are not chosen. */
const NOT_YET: ReadonlySet<unknown> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);

/** Topics were made and their partitions have no leaders: the brokers are not well. */
export class LeadersMissing extends Error {
  override readonly name = 'LeadersMissing';
  readonly code = 'TOPIC_LEADERS_MISSING';

  constructor(topics: readonly string[]) {
    super(`no leaders for partitions of ${topics.join(', ')}`);
  }
}

/**
 * Creates topics and resolves once each partition has a leader; those that exist are left as they are. The admin client must be
 * connected. kafkajs' own waiting gives up at once where the broker that it asks has not heard of the topic yet.
 *
 * @throws what the brokers answered last, or `LeadersMissing`, when that takes longer than 10 s.
 */
export async function makeTopics(
  admin: Pick<Admin, 'createTopics' | 'fetchTopicMetadata'>,
  topics: ITopicConfig[],
  clock: Pick<Clock, 'sleep'> = systemClock,
): Promise<void> {
  try {
    await admin.createTopics({ topics, waitForLeaders: true });
    return;
  } catch (error) {
    if (!isNotYet(error)) throw error;
  }
  const names = topics.map(({ topic }) => topic);
  for (let look = 1; ; look += 1) {
    try {
      const known = await admin.fetchTopicMetadata({ topics: names });
      if (names.every((name) => known.topics.some((topic) => topic.name === name && isLed(topic)))) return;
    } catch (error) {
      if (look === LOOKS || !isNotYet(error)) throw error;
    }
    if (look === LOOKS) throw new LeadersMissing(names);
    await clock.sleep(LOOK_EVERY_MS);
  }
}

function isLed({ partitions }: ITopicMetadata): boolean {
  return partitions.length > 0 && partitions.every(({ leader }) => leader >= 0);
}

function isNotYet(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'type' in error && NOT_YET.has(error.type);
}
