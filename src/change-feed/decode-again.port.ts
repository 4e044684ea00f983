import type { Change } from '../domain/change-event.ts';
import type { DeadLetter } from '../domain/dead-letter.ts';

/** What a second reading of an event's original bytes came to. */
export type DecodedAgain =
  | { readonly ok: true; readonly change: Change }
  | { readonly ok: false; readonly code: string; readonly detail: string };

/**
 * Port: reads the original bytes of a `decode` letter once more, with the decoder as it is now.
 *
 * @throws when the schema registry can't answer: the letter then waits.
 */
export type DecodeAgain = (letter: DeadLetter) => Promise<DecodedAgain>;
