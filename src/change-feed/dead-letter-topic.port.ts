import type { DeadLetter } from '../domain/dead-letter.ts';
import type { ZenaRecord } from '../domain/record.ts';

/** A dead letter on its way to the topic, with what its message needs beside the index entry. */
export interface ToldLetter {
  readonly letter: DeadLetter;
  /** The record's state, for a delivery: its change event is the message's value. */
  readonly record: ZenaRecord | null;
}

/**
 * Port: where dead letters go beside the index. Resolves once all are durable, in the order given; at least once per letter.
 *
 * @throws {DeadLetterTopicUnavailable} when they can't be written: then nothing that led to them may be committed.
 */
export interface DeadLetterTopic {
  publish(letters: readonly ToldLetter[]): Promise<void>;
}

/** The topic did not take the letters, all of which may or may not be in it: publish them again. */
export class DeadLetterTopicUnavailable extends Error {
  override readonly name = 'DeadLetterTopicUnavailable';
  readonly code = 'DEAD_LETTER_TOPIC_UNAVAILABLE';
}
