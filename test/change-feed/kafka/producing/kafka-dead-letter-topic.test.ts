import { describe, expect, it } from '@jest/globals';
import { createKafkaDeadLetterTopic } from '../../../../src/change-feed/kafka/producing/kafka-dead-letter-topic.ts';
import {
  BrokerUnavailable,
  type OutgoingMessage,
  type TopicWriter,
} from '../../../../src/change-feed/kafka/producing/topic-writer.ts';
import { stallCode } from '../../../../src/change-feed/retry-wait.ts';
import type { DeadLetter } from '../../../../src/domain/dead-letter.ts';
import { createVirtualClock } from '../../../../src/runtime/virtual-clock.ts';
import { decodeLetter } from '../../sample-letters.ts';

const KIB = 1_024;
const told = (letters: readonly DeadLetter[]) => letters.map((letter) => ({ letter, record: null }));
const ids = (messages: readonly OutgoingMessage[]) => messages.map(({ headers }) => headers?.['dlq.id']);
const refused = (type: string) => {
  const cause = Object.assign(new Error('the broker says no'), { type });
  return new BrokerUnavailable('not taken', { cause: new Error('gave up', { cause }) });
};
/** A broker that takes at most so many bytes in one request. */
function createWriter(most: number): TopicWriter & { readonly taken: OutgoingMessage[][] } {
  const taken: OutgoingMessage[][] = [];
  return {
    taken,
    write(messages) {
      const size = messages.reduce(
        (sum, { key, value }) => sum + Buffer.byteLength(key ?? '') + (value?.length ?? 0),
        0,
      );
      if (size > most) return Promise.reject(refused('MESSAGE_TOO_LARGE'));
      taken.push([...messages]);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
const over = (writer: TopicWriter, clock = createVirtualClock()) =>
  createKafkaDeadLetterTopic({ writer, topic: 'letters', clock });

describe('The dead-letter topic', () => {
  it('takes letters in their order, in portions that a broker takes at once', async () => {
    const writer = createWriter(1_000 * KIB);
    const letters = Array.from({ length: 5 }, (_, at) =>
      decodeLetter(at, { value: Buffer.alloc(300 * KIB) }),
    );
    await over(writer).publish(told(letters));
    expect(writer.taken.map((each) => each.length)).toEqual([2, 2, 1]);
    expect(ids(writer.taken.flat())).toEqual(letters.map(({ id }) => id));
  });

  it('leaves out only the bytes that a broker does not take, and no letter', async () => {
    const writer = createWriter(100);
    const letters = [
      decodeLetter(1),
      decodeLetter(2, { value: Buffer.alloc(200) }),
      decodeLetter(3, { key: Buffer.alloc(300), value: Buffer.alloc(20) }),
      decodeLetter(4),
    ];
    await over(writer).publish(told(letters));
    const taken = writer.taken.flat();
    expect(ids(taken)).toEqual(letters.map(({ id }) => id));
    expect(taken.map(({ value }) => value?.length)).toEqual([12, 0, 0, 12]);
    expect(taken.map(({ headers }) => headers?.['dlq.value-omitted'])).toEqual([
      undefined,
      '200',
      '20',
      undefined,
    ]);
    expect(taken.map(({ headers }) => headers?.['dlq.key-omitted'])).toEqual([
      undefined,
      undefined,
      '300',
      undefined,
    ]);
  });

  it.each([
    ['UNKNOWN_TOPIC_OR_PARTITION', 'zena-crm topics create'],
    ['TOPIC_AUTHORIZATION_FAILED', 'not taken'],
  ])('that can not be written (%s) says so, with the code that the feed shows', async (type, message) => {
    const write = () => Promise.reject(refused(type));
    const publishing = over({ write, close: () => Promise.resolve() }).publish(told([decodeLetter(1)]));
    const error = (await publishing.catch((reason: unknown) => reason)) as Error;
    expect(stallCode(error)).toBe('DEAD_LETTER_TOPIC_UNAVAILABLE');
    expect(error.message).toContain(message);
  });

  it('that does not even take an empty letter is an error, too', async () => {
    await expect(over(createWriter(-1)).publish(told([decodeLetter(1)]))).rejects.toMatchObject({
      code: 'DEAD_LETTER_TOPIC_UNAVAILABLE',
    });
  });

  it('is waited for 5 s, and takes nothing later that nobody waits for any more', async () => {
    const clock = createVirtualClock();
    const answer = Promise.withResolvers<void>();
    const written: OutgoingMessage[] = [];
    const write = (messages: readonly OutgoingMessage[]) => {
      written.push(...messages);
      return answer.promise;
    };
    const topic = over({ write, close: () => Promise.resolve() }, clock);
    const outcomes = [decodeLetter(1), decodeLetter(2)].map((letter) =>
      topic.publish(told([letter])).catch((error: unknown) => stallCode(error)),
    );
    await clock.advance(5_000);
    expect(await Promise.all(outcomes)).toEqual(Array(2).fill('DEAD_LETTER_TOPIC_UNAVAILABLE'));
    answer.resolve();
    await topic.publish(told([decodeLetter(3)]));
    expect(ids(written)).toEqual([decodeLetter(1).id, decodeLetter(3).id]);
  });

  it('is not bothered with no letters', async () => {
    const write = () => Promise.reject(new Error('asked'));
    await over({ write, close: () => Promise.resolve() }).publish([]);
  });
});
