import type { Clock } from '../../../runtime/clock.ts';
import { DeadLetterTopicUnavailable, type DeadLetterTopic } from '../../dead-letter-topic.port.ts';
import { deadLetterMessage, withoutKey, withoutValue } from './dead-letter-message.ts';
import { isProtocolError, TOO_LARGE, TOPIC_MISSING } from '../connection/protocol-error.ts';
import type { OutgoingMessage, TopicWriter } from './topic-writer.ts';

export interface KafkaDeadLetterTopicOptions {
  /** Of its own: kafkajs lets a topic that is missing fail a producer's other topics too. */
  readonly writer: TopicWriter;
  readonly topic: string;
  readonly clock: Clock;
  /** How long `publish` waits; below the group's session timeout, since whoever waits sends no heartbeat. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 5_000;
/** Below what a broker takes in one go if nobody configured it, with room for headers. */
const BYTES_AT_ONCE = 768 * 1_024;

/**
 * The dead-letter topic on Kafka. A message that is too large for the topic goes without its value, with its size in
 * `dlq.value-omitted`: the index has the bytes. One `publish` is on its way at a time; the others wait, so that brokers that
 * don't answer don't make letters pile up.
 */
export function createKafkaDeadLetterTopic(options: KafkaDeadLetterTopicOptions): DeadLetterTopic {
  const { writer, topic, clock, deadlineMs = DEADLINE_MS } = options;
  let before: Promise<unknown> = Promise.resolve();

  return {
    async publish(letters) {
      if (letters.length === 0) return;
      const done = new AbortController();
      const inTurn = before.then(async () => {
        if (done.signal.aborted) return;
        for (const messages of portions(letters.map((each) => deadLetterMessage(each, topic)))) {
          // Whoever wanted them has given up and will ask again.
          if (done.signal.aborted) return;
          await writePortion(writer, messages);
        }
      });
      before = inTurn.catch(() => undefined);
      const tooLate = clock.sleep(deadlineMs, done.signal).then(() => {
        throw new DeadLetterTopicUnavailable(`${topic} took longer than ${deadlineMs} ms for dead letters`);
      });
      try {
        await Promise.race([inTurn, tooLate]);
      } catch (error) {
        throw asUnavailable(error, topic);
      } finally {
        done.abort();
      }
    },
  };
}

/** Messages in order, cut into portions that a broker takes at once; a single larger message is a portion of its own. */
function portions(messages: readonly OutgoingMessage[]): OutgoingMessage[][] {
  const all: OutgoingMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.key ?? '') + (message.value?.length ?? 0);
    const last = all.at(-1);
    if (last === undefined || bytes + size > BYTES_AT_ONCE) {
      all.push([message]);
      bytes = size;
    } else {
      last.push(message);
      bytes += size;
    }
  }
  return all;
}

async function writePortion(writer: TopicWriter, messages: readonly OutgoingMessage[]): Promise<void> {
  try {
    await writer.write(messages);
  } catch (error) {
    if (!isProtocolError(error, TOO_LARGE)) throw error;
    for (const message of messages) await writeOne(writer, message);
  }
}

async function writeOne(writer: TopicWriter, message: OutgoingMessage): Promise<void> {
  const short = withoutValue(message);
  for (const attempt of [message, short, withoutKey(short)]) {
    try {
      await writer.write([attempt]);
      return;
    } catch (error) {
      if (!isProtocolError(error, TOO_LARGE)) throw error;
    }
  }
  throw new DeadLetterTopicUnavailable(`${message.topic} does not even take a letter without its bytes`);
}

function asUnavailable(error: unknown, topic: string): DeadLetterTopicUnavailable {
  if (error instanceof DeadLetterTopicUnavailable) return error;
  const reason = isProtocolError(error, TOPIC_MISSING)
    ? 'it is missing: run `zena-crm topics create`'
    : error instanceof Error
      ? error.message
      : 'unknown';
  return new DeadLetterTopicUnavailable(`dead letters can't be written to ${topic}: ${reason}`, {
    cause: error,
  });
}
