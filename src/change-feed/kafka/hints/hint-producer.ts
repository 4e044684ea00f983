import kafkajs, { type Kafka } from 'kafkajs';
import { RETRY } from '../connection/kafka-connection.ts';
import { isProtocolError, TOPIC_MISSING } from '../connection/protocol-error.ts';
import { requireTopic } from '../topics/require-topic.ts';

/** Puts hints into their topic. */
export interface HintProducer {
  /** Resolves once the partition's leader has them; rejects when they may be lost. */
  send(values: readonly Buffer[]): Promise<void>;
  close(): Promise<void>;
}

/** Makes a producer that connects when it is first used, and tries but once more: a hint is not worth waiting for. */
export function createHintProducer(kafka: Kafka, topic: string): HintProducer {
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    retry: { ...RETRY, retries: 1 },
  });
  let connecting: Promise<void> | undefined;

  const connect = async (): Promise<void> => {
    await requireTopic(kafka, topic);
    await producer.connect();
  };
  return {
    async send(values) {
      connecting ??= connect();
      try {
        await connecting;
      } catch (error) {
        connecting = undefined;
        throw error;
      }
      try {
        await producer.send({ topic, acks: 1, messages: values.map((value) => ({ key: null, value })) });
      } catch (error) {
        // Deleted since: looked for before it is used again.
        if (isProtocolError(error, TOPIC_MISSING)) connecting = undefined;
        throw error;
      }
    },
    close: () => producer.disconnect(),
  };
}
