import kafkajs, { type Kafka } from 'kafkajs';
import type { WorkHint, WorkHints } from '../../work-hints.port.ts';
import { sleepUnlessAborted, type Clock } from '../../../runtime/clock.ts';
import { errorFields } from '../../../runtime/error-fields.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { RETRY } from '../connection/kafka-connection.ts';
import { isProtocolError, TOPIC_MISSING } from '../connection/protocol-error.ts';
import { requireTopic } from '../topics/require-topic.ts';
import { createHintOutages, type Attempted } from './hint-outages.ts';
import { createHintSender } from './hint-sender.ts';
import { deleteHintGroup, openHintSession } from './hint-session.ts';
import { decodeHints } from './work-hint-message.ts';

export interface KafkaWorkHintsOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  /** The reader's group is `<groupId>-hints-<workerId>`. */
  readonly groupId: string;
  /** Of this process; it does not hear its own hints. */
  readonly workerId: string;
  /** Hears what the other processes tell. Must not throw. */
  readonly onHint: (hint: WorkHint) => void;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface KafkaWorkHints extends WorkHints {
  /**
   * Begins to listen. Resolves once it does, or once it can't for now; never rejects. Kafka holds a new group up for some
   * seconds: don't wait for it where something else does.
   */
  start(): Promise<void>;
  /** Leaves, and takes its group along where the brokers answer. Within `STOP_MS`; idempotent. */
  stop(): Promise<void>;
}

const STOP_MS = 3_000;

/**
 * Hints between processes over a topic that each process reads from its end, in a group of its own. All that goes wrong only
 * means that there are no hints: it is told once, and tried again after 1 s, doubling to 30 s; a minute for a missing topic.
 */
export function createKafkaWorkHints(options: KafkaWorkHintsOptions): KafkaWorkHints {
  const { kafka, topic, workerId, onHint, log, clock } = options;
  const groupId = `${options.groupId}-hints-${workerId}`;
  const stopping = new AbortController();
  const outages = createHintOutages(log, topic);
  const producer = createHintProducer(kafka, topic);
  const listener = createListener({
    kafka,
    topic,
    groupId,
    clock,
    attempted: outages.of('reader'),
    stopping: stopping.signal,
    hear(value) {
      for (const hint of decodeHints(value, workerId)) onHint(hint);
    },
  });
  let listening: { readonly started: Promise<void>; readonly ended: Promise<void> } | undefined;

  const end = async () => {
    await Promise.all([listening?.ended, producer.close()]);
    if (listening !== undefined) await deleteHintGroup(kafka, groupId);
  };
  return {
    publish: createHintSender({
      workerId,
      clock,
      stopping: stopping.signal,
      send: (messages) => producer.send(messages),
      attempted: outages.of('sender'),
    }),
    start() {
      listening ??= listener();
      return listening.started;
    },
    async stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      const done = new AbortController();
      const ending = end().catch((error: unknown) => {
        // A group that is left behind is forgotten by the brokers.
        log.debug('hints.left', errorFields(error));
      });
      await Promise.race([ending, sleepUnlessAborted(clock, STOP_MS, done.signal)]);
      done.abort();
    },
  };
}

interface Listening {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly hear: (value: Uint8Array | null) => void;
  readonly clock: Clock;
  readonly attempted: Attempted;
  readonly stopping: AbortSignal;
}

/** Listens, one session after another, until it is told to stop. */
function createListener({ clock, attempted, stopping, ...session }: Listening) {
  const stopped = new Promise<undefined>((resolve) => {
    stopping.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  /** Resolves with the error that ended the session; undefined when it was told to stop. */
  const listenOnce = async (listening: () => void): Promise<unknown> => {
    try {
      const opened = await openHintSession(session);
      listening();
      const error = await Promise.race([opened.ended, stopped]);
      await opened.close();
      return error;
    } catch (error) {
      return error;
    }
  };
  const run = async (started: () => void) => {
    while (!stopping.aborted) {
      const error = await listenOnce(() => {
        attempted(null);
        started();
      });
      if (stopping.aborted) break;
      const waitMs = attempted(error);
      started();
      await sleepUnlessAborted(clock, waitMs, stopping);
    }
    started();
  };
  return () => {
    const start = Promise.withResolvers<void>();
    return { started: start.promise, ended: run(start.resolve) };
  };
}

/** Puts hints into their topic. */
interface HintProducer {
  /** Resolves once the partition's leader has them; rejects when they may be lost. */
  send(values: readonly Buffer[]): Promise<void>;
  close(): Promise<void>;
}

/** Makes a producer that connects when it is first used, and tries but once more: a hint is not worth waiting for. */
function createHintProducer(kafka: Kafka, topic: string): HintProducer {
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
