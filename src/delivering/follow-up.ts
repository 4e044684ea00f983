import type { Connection } from '../domain/connection.ts';
import { MOST_REPLAYS, type DeadLetter } from '../domain/dead-letter.ts';
import type { DeadLetterMark, Link } from '../domain/link.ts';
import type { ZenaRecord } from '../domain/record.ts';
import type { DeliveryContext } from './round.ts';

const PAGE = 100;

type TellingContext = Pick<DeliveryContext, 'store' | 'connection' | 'scope' | 'deadLetterTopic' | 'onError'>;

/**
 * Brings a link's dead letter into the index and the topic. The link is the outbox: it says so until both have it, so that a
 * successor tells it again where this process died in between; the index has it once all the same.
 */
export async function tellDead(
  { store, connection, deadLetterTopic, onError }: TellingContext,
  link: Link,
  dead: DeadLetterMark,
  record: ZenaRecord | null,
): Promise<void> {
  try {
    const letter = letterOf(link, dead, connection, record);
    await store.deadLetters.put([letter]);
    await deadLetterTopic.publish([{ letter, record }]);
    await store.links.clearUntold(link.id, dead.at);
  } catch (error) {
    // It stays untold, and a sweep finds it: what failed here must not undo the delivery's end.
    onError('dead_letter_untold', error);
  }
}

/** Tells what earlier processes could not tell. */
export async function finishTelling(context: TellingContext): Promise<void> {
  const links = await context.store.links.untoldDead(context.scope, PAGE);
  if (links.length === 0) return;
  const records = await context.store.records.read(links.map((link) => link.key));
  for (const link of links) {
    if (link.dead !== null) await tellDead(context, link, link.dead, records.get(link.key) ?? null);
  }
}

function letterOf(
  link: Link,
  dead: DeadLetterMark,
  { provider }: Connection,
  record: ZenaRecord | null,
): DeadLetter {
  const { id, code, detail, fields, attempts, replays, revision, mapping } = dead;
  const { id: linkId, scope, connectionId, userId } = link;
  return {
    ...{ id, kind: 'deliver', code, detail, fields, attempts, replays },
    status: replays >= MOST_REPLAYS ? 'parked' : 'open',
    ...{ firstFailedAt: dead.firstAt, failedAt: dead.at },
    ...{ source: record?.place ?? null, key: null, value: null },
    ...{ entity: link.kind, entityId: link.entityId },
    delivery: { linkId, scope, connectionId, userId, provider, revision, mapping },
  };
}
