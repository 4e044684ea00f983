import kafkajs, { type Kafka } from 'kafkajs';
import { RETRY } from './kafka-connection.ts';

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
  return {
    async send(values) {
      connecting ??= producer.connect().catch((error: unknown) => {
        connecting = undefined;
        throw error;
      });
      await connecting;
      await producer.send({ topic, acks: 1, messages: values.map((value) => ({ key: null, value })) });
    },
    async close() {
      if (connecting !== undefined) await producer.disconnect();
    },
  };
}
