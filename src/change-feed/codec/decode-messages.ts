import type { Change } from '../../domain/change-event.ts';
import { decodeLetterId, type DeadLetter } from '../../domain/dead-letter.ts';
import type { EntityKind } from '../../domain/entity.ts';
import { isZenaId } from '../../domain/decode-change.ts';
import type { DecodedMessage, LogMessage, ValueDecoder } from './value-decoder.ts';

export interface DecodedMessages {
  /** How many messages were read, from the first on. */
  readonly count: number;
  /** In the order of the messages. */
  readonly changes: readonly Change[];
  readonly letters: readonly DeadLetter[];
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
  const letters: DeadLetter[] = [];
  let count = 0;
  let done = false;
  for (const message of messages) {
    if (done) break;
    const kind = kindOf(message.place.topic);
    let decoded: DecodedMessage | Promise<DecodedMessage> = decode(kind, message);
    if (decoded instanceof Promise) {
      decoded = await decoded;
      await heartbeat();
      done = enough();
    }
    count += 1;
    if (decoded.type === 'change') changes.push(decoded.change);
    else letters.push(toLetter(message, kind, decoded, now()));
  }
  return { count, changes, letters };
}

function toLetter(
  { place, key, value }: LogMessage,
  entity: EntityKind,
  { code, detail }: DecodedMessage & { type: 'letter' },
  failedAt: number,
): DeadLetter {
  const id = decodeLetterId(place);
  return {
    id,
    kind: 'decode',
    status: 'open',
    code,
    detail,
    fields: [],
    entity,
    entityId: entityIdOf(key),
    source: place,
    key,
    value,
    firstFailedAt: failedAt,
    failedAt,
    attempts: 1,
    replays: 0,
    delivery: null,
  };
}

function entityIdOf(key: Uint8Array | null): string | null {
  const text = key === null ? null : Buffer.from(key).toString('utf8');
  return isZenaId(text) ? text : null;
}
