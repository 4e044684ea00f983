import { eraseInOrder, type Removed } from '../../erasing-in-order.ts';
import {
  ERASED_KINDS,
  type ErasedKind,
  type ErasureCounts,
  type ErasureRequest,
  type ErasureStore,
  NOTHING_ERASED,
} from '../../erasure-store.port.ts';
import { linksOfConnection } from '../../id-range.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';
import {
  CONNECTIONS_OF_USER,
  COUNT_OF_USER,
  FORMER_OWNERS,
  LINKS_OF_CONNECTION,
  RECORDS_OF_USER,
  REMOVE_OF_USER,
  RESTED_CONNECTIONS,
  UNKNOWN_LETTERS,
} from './erasure-queries.ts';

export function createErasureStore(session: SqliteSession): ErasureStore {
  const remove = createRemovals(session);
  return {
    count: (userId) => session.read(() => countOf(session, userId)),
    countUnknownLetters: () => session.read(() => Number(session.prepare(UNKNOWN_LETTERS).get()?.['count'])),
    remove: (request) => eraseInOrder((kind) => session.write(() => remove[kind](request))),
  };
}

function countOf({ prepare }: SqliteSession, userId: string): ErasureCounts {
  const counts = { ...NOTHING_ERASED };
  for (const kind of ERASED_KINDS) {
    if (kind !== 'links') counts[kind] = Number(prepare(COUNT_OF_USER[kind]).get({ userId })?.['count']);
  }
  for (const { connection_id: id } of prepare(CONNECTIONS_OF_USER).all({ userId })) {
    const range = linkRange(id as string);
    counts.links += Number(
      prepare(`SELECT count(*) AS count FROM links WHERE ${LINKS_OF_CONNECTION}`).get(range)?.['count'],
    );
  }
  return counts;
}

function linkRange(connectionId: string): { connectionId: string; from: string; to: string } {
  return { connectionId, ...linksOfConnection(connectionId) };
}

const REMOVE_LINKS = `
  DELETE FROM links WHERE rowid IN (
    SELECT rowid FROM links
    WHERE ${LINKS_OF_CONNECTION} AND (claim_until IS NULL OR claim_until <= :now) LIMIT +:limit
  )`;

const REMOVE_LOOKS =
  'DELETE FROM looks WHERE scope > :from AND scope < :to AND connection_id = :connectionId';

function createRemovals({
  prepare,
}: SqliteSession): Readonly<Record<ErasedKind, (request: ErasureRequest) => Removed>> {
  const simply =
    (kind: keyof typeof REMOVE_OF_USER) =>
    ({ userId, limit }: ErasureRequest): Removed => ({
      [kind]: Number(prepare(REMOVE_OF_USER[kind]).run({ userId, limit }).changes),
    });

  const records = ({ userId, limit }: ErasureRequest): Removed => {
    const found = prepare(RECORDS_OF_USER).all({ userId, limit });
    let deadLetters = 0;
    for (const { key, kind, entity_id: entityId } of found as Record<string, string>[]) {
      deadLetters += Number(
        prepare("DELETE FROM dead_letters WHERE entity_id = ? AND entity = ? AND kind = 'decode'").run(
          entityId ?? '',
          kind ?? '',
        ).changes,
      );
      prepare('DELETE FROM record_refs WHERE key = ?').run(key ?? '');
      prepare('DELETE FROM records WHERE key = ?').run(key ?? '');
    }
    return { records: found.length, deadLetters };
  };

  const formerOwners = ({ userId, limit }: ErasureRequest): Removed => {
    const found = prepare(`${FORMER_OWNERS} LIMIT +:limit`).all({ userId, limit });
    for (const { key, document } of found as Record<string, string>[]) {
      const { formerUserIds, ...rest } = JSON.parse(document ?? '') as { formerUserIds: string[] };
      const others = formerUserIds.filter((id) => id !== userId);
      const text = JSON.stringify({ ...rest, ...(others.length > 0 && { formerUserIds: others }) });
      prepare('UPDATE records SET document = ? WHERE key = ?').run(text, key ?? '');
    }
    return { formerOwners: found.length };
  };

  return {
    links({ userId, now, limit }) {
      let links = 0;
      for (const { connection_id: id } of prepare(CONNECTIONS_OF_USER).all({ userId })) {
        if (links >= limit) break;
        const chosen = { ...linkRange(id as string), now, limit: limit - links };
        links += Number(prepare(REMOVE_LINKS).run(chosen).changes);
      }
      return { links };
    },
    timelineEntries: simply('timelineEntries'),
    runs: simply('runs'),
    deadLetters: simply('deadLetters'),
    replays: simply('replays'),
    logEntries: simply('logEntries'),
    records,
    formerOwners,
    connections({ userId, restedSince, limit }) {
      const rested = prepare(RESTED_CONNECTIONS).all({ userId, restedSince, limit });
      for (const { connection_id: id } of rested as Record<string, string>[]) {
        prepare(REMOVE_LOOKS).run(linkRange(id ?? ''));
        prepare('DELETE FROM accounts WHERE connection_id = ?').run(id ?? '');
        prepare('DELETE FROM connections WHERE connection_id = ?').run(id ?? '');
      }
      return { connections: rested.length };
    },
  };
}
