import type { DeadLetter } from '../../domain/dead-letter.ts';
import type { EntityKind } from '../../domain/entity.ts';
import { toLetter, type LogMessage } from './value-decoder.ts';

const DIED =
  'The program ended without a word while it took this event in, again and again; it was set aside so that the rest goes on.';

/** The letter of a message that processes died with, one after another: its bytes as they are, not looked into. */
export function setAsideLetter(
  message: LogMessage,
  kindOf: (topic: string) => EntityKind,
  at: number,
): DeadLetter {
  const why = { code: 'PROCESS_DIED', detail: DIED };
  return toLetter(message, kindOf(message.place.topic), why, at);
}
