import type { Connection } from '../domain/connection.ts';
import type { DeadLetter } from '../domain/dead-letter.ts';
import { recordKey, type RecordKey } from '../domain/entity.ts';
import { replayVerdict } from '../domain/deciding/replay-verdict.ts';
import { ownOnly, userPrincipal } from '../domain/may-see.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { CrmSessions } from '../delivering/crm-sessions.port.ts';
import type { JudgedLetter } from './replay-service.port.ts';

export interface JudgeParts {
  readonly store: Pick<StateStore, 'links' | 'records' | 'connections'>;
  readonly sessions: Pick<CrmSessions, 'connector'>;
}

/** Reads what these letters are about in one go, and says what a replay would make of each now. Writes nothing. */
export async function judgeLetters(
  { store, sessions }: JudgeParts,
  letters: readonly DeadLetter[],
): Promise<JudgedLetter[]> {
  const deliveries = letters.flatMap(({ delivery }) => (delivery === null ? [] : [delivery]));
  const links = await store.links.heads([...new Set(deliveries.map(({ linkId }) => linkId))]);
  const keys = new Set(letters.map(keyOf).filter((key) => key !== null));
  const records = await store.records.heads([...keys]);
  const connections = await readConnections(store, deliveries);
  return letters.map((letter): JudgedLetter => {
    const { delivery } = letter;
    const key = keyOf(letter);
    const link = delivery === null ? null : (links.get(delivery.linkId) ?? null);
    const record = key === null ? null : (records.get(key) ?? null);
    // What is shown beside a user's letter is that user's, also to operators.
    const own = delivery === null ? record : ownOnly(userPrincipal(delivery.userId), record);
    const connection = delivery === null ? null : (connections.get(delivery.connectionId) ?? null);
    const verdict = replayVerdict({
      letter,
      link,
      record,
      connection,
      mapping: connection === null ? null : (sessions.connector(connection)?.mappingVersion ?? null),
    });
    return { letter, verdict, link, record: own };
  });
}

async function readConnections(
  store: JudgeParts['store'],
  deliveries: readonly { readonly connectionId: string }[],
): Promise<ReadonlyMap<string, Connection>> {
  const ids = [...new Set(deliveries.map(({ connectionId }) => connectionId))];
  const read = await Promise.all(ids.map((id) => store.connections.read(id)));
  return new Map(read.filter((one) => one !== null).map((one) => [one.connectionId, one]));
}

/** The record that a letter is about; null where an event's key names none. */
function keyOf({ entity, entityId }: DeadLetter): RecordKey | null {
  return entityId === null ? null : recordKey(entity, entityId);
}
