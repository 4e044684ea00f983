import {
  DeadLetterTopicUnavailable,
  type DeadLetterTopic,
  type ToldLetter,
} from '../../../src/change-feed/dead-letter-topic.port.ts';
import type { ProcessLife } from '../time/process-life.ts';
import type { SimTime } from '../time/sim-time.ts';
import type { Trace } from '../time/trace.ts';

/** The topic of dead letters: what is in it, and times when it takes nothing. */
export interface LetterTopic {
  /** How often each letter's id stands in it. */
  readonly told: ReadonlyMap<string, number>;
  seenBy(life: ProcessLife): DeadLetterTopic;
  failUntil(elapsed: number): void;
  calm(): void;
}

export function createLetterTopic(time: SimTime, trace: Trace): LetterTopic {
  const told = new Map<string, number>();
  let failsUntil = Number.NEGATIVE_INFINITY;
  const take = (letters: readonly ToldLetter[]): void => {
    for (const { letter } of letters) {
      told.set(letter.id, (told.get(letter.id) ?? 0) + 1);
      trace(`topic takes ${letter.kind} ${letter.code} ${letter.entityId} ${letter.id.slice(0, 8)}`);
    }
  };
  return {
    told,
    seenBy: (life) => ({
      publish: (letters) =>
        life.call('topic.publish', 3, () => {
          if (time.elapsed >= failsUntil) return Promise.resolve(take(letters));
          trace.count('topic unavailable');
          // Some of them may stand in it all the same.
          take(letters.slice(0, letters.length >> 1));
          return Promise.reject(new DeadLetterTopicUnavailable('the topic takes nothing'));
        }),
    }),
    failUntil(elapsed) {
      failsUntil = Math.max(failsUntil, elapsed);
    },
    calm() {
      failsUntil = Number.NEGATIVE_INFINITY;
    },
  };
}
