import type { Change, LogPlace } from '../../domain/change-event.ts';
import { contentHash } from '../../domain/content-hash.ts';
import type { EntityKind } from '../../domain/entity.ts';
import type { DecodeDeadLetter } from '../../state-store/state-store.ts';
import type { DecodedMessage, LogMessage, ValueDecoder } from './value-decoder.ts';

export interface DecodedMessages {
  /** How many messages were read, from the first on. */
  readonly count: number;
  /** In the order of the messages. */
  readonly changes: readonly Change[];
  readonly letters: readonly DecodeDeadLetter[];
}

export interface DecodeMessagesOptions {
  /** What a topic's messages are about. */
  readonly kindOf: (topic: string) => EntityKind;
  readonly decode: ValueDecoder;
  /** Epoch ms, for letters. */
  readonly now: () => number;
  /** Called after each look-up in the registry, which may have taken seconds. */
  readonly heartbeat: () => Promise<void>;
  /** Whether to leave the rest for later; asked after each look-up. */
  readonly enough?: () => boolean;
}

/** Decodes messages one after another. Throws `RegistryUnavailable`, and whatever the heartbeat does. */
export async function decodeMessages(
  messages: readonly LogMessage[],
  { kindOf, decode, now, heartbeat, enough = () => false }: DecodeMessagesOptions,
): Promise<DecodedMessages> {
  const changes: Change[] = [];
  const letters: DecodeDeadLetter[] = [];
  let count = 0;
  let done = false;
  for (const message of messages) {
    if (done) break;
    let decoded: DecodedMessage | Promise<DecodedMessage> = decode(kindOf(message.place.topic), message);
    if (decoded instanceof Promise) {
      decoded = await decoded;
      await heartbeat();
      done = enough();
    }
    count += 1;
    if (decoded.type === 'change') changes.push(decoded.change);
    else letters.push(toLetter(message, decoded, now()));
  }
  return { count, changes, letters };
}

/** The id of the letter about the message at a place: the same however often it is read. */
export function decodeLetterId({ topic, partition, offset }: LogPlace): string {
  return contentHash([topic, partition, offset]);
}

function toLetter(
  { place, key, value }: LogMessage,
  { code, detail }: DecodedMessage & { type: 'letter' },
  failedAt: number,
): DecodeDeadLetter {
  return { id: decodeLetterId(place), ...place, key, value, code, detail, failedAt };
}
