import type { Kafka, Message } from 'kafkajs';
import kafkajs from 'kafkajs';

/** The brokers did not take the messages, all of which may or may not be in the log: send them again. */
export class BrokerUnavailable extends Error {
  override readonly name = 'BrokerUnavailable';
  readonly code = 'BROKER_UNAVAILABLE';
}

export interface OutgoingMessage {
  readonly topic: string;
  readonly key: string | Uint8Array | null;
  /** Null is a delete. */
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Puts messages into topics, for whoever publishes changes or dead letters. */
export interface TopicWriter {
  /** Resolves once every in-sync replica has them all; throws `BrokerUnavailable`. */
  write(messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes a writer that connects when it is first used. Keys are spread over partitions as Kafka's own clients do. Sending
 * again may repeat messages: who reads them knows an event by its entity and version, a letter by its id.
 */
export function createTopicWriter(kafka: Kafka): TopicWriter {
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  let connecting: Promise<void> | undefined;

  const connect = (): Promise<void> => {
    connecting ??= producer.connect().catch((error: unknown) => {
      connecting = undefined;
      throw error;
    });
    return connecting;
  };
  return {
    async write(messages) {
      const byTopic = Map.groupBy(messages, ({ topic }) => topic);
      const topicMessages = [...byTopic].map(([topic, each]) => ({ topic, messages: each.map(toKafka) }));
      try {
        await connect();
        await producer.sendBatch({ acks: -1, compression: kafkajs.CompressionTypes.GZIP, topicMessages });
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'unknown';
        throw new BrokerUnavailable(`the brokers did not take ${messages.length} messages: ${reason}`, {
          cause: error,
        });
      }
    },
    close: () => producer.disconnect(),
  };
}

function toKafka({ key, value, headers }: OutgoingMessage): Message {
  return {
    key: typeof key === 'string' || key === null ? key : Buffer.from(key),
    value: value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    ...(headers === undefined ? {} : { headers }),
  };
}
