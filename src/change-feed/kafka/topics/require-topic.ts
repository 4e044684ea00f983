import type { Kafka } from 'kafkajs';

/** Shaped as a broker's own answer, for `isProtocolError`. */
class TopicMissing extends Error {
  override readonly name = 'TopicMissing';
  readonly type = 'UNKNOWN_TOPIC_OR_PARTITION';
}

/**
 * Throws if a topic is not there. Asked before a client uses it, since kafkajs asks for a missing topic again and again and
 * logs each time.
 */
export async function requireTopic(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    if (!(await admin.listTopics()).includes(topic)) throw new TopicMissing(`there is no topic ${topic}`);
  } finally {
    await admin.disconnect();
  }
}
