import type { DeadLetterTopic } from '../dead-letter-topic.port.ts';

/** Where there is no Kafka the letters in the store are the topic: there is nothing to write. */
export const embeddedDeadLetterTopic: DeadLetterTopic = { publish: () => Promise.resolve() };
