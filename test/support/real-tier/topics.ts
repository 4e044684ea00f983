import { Kafka, logLevel, type ITopicConfig } from 'kafkajs';
import { makeTopics } from '../../../src/change-feed/kafka/topics/make-topics.ts';

/** Creates topics and waits until they have leaders; one that exists already is left as it is. */
export const createTopics = async (brokers: string[], topics: ITopicConfig[]): Promise<void> => {
  const admin = new Kafka({ brokers, clientId: 'real-tier', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await makeTopics(admin, topics);
  } finally {
    await admin.disconnect();
  }
};
