import { setImmediate } from 'node:timers/promises';
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
import { DROP_SECRET } from '../connections/connection-store.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';
import {
  CONNECTIONS_OF_USER,
  COUNT_LINKS,
  COUNT_LOG_ENTRIES,
  COUNT_OF_USER,
  FORMER_OWNERS,
  LINKS_OF_CONNECTION,
  LETTER_STRETCH,
  LOG_STRETCH,
  RECORDS_OF_USER,
  REMOVE_LOG_ENTRIES,
  REMOVE_OF_USER,
  RESTED_CONNECTIONS,
  UNKNOWN_LETTERS,
} from './erasure-queries.ts';

export function createErasureStore(session: SqliteSession): ErasureStore {
  const remove = createRemovals(session);
  return {
    count: async (userId) => ({
      ...(await countOf(session, userId)),
      logEntries: await alongStretches(session, LOG_STRETCH, (stretch) =>
        session.read(() => Number(session.prepare(COUNT_LOG_ENTRIES).get({ userId, ...stretch })?.['count'])),
      ),
    }),
    countUnknownLetters: () =>
      alongStretches(session, LETTER_STRETCH, (stretch) =>
        session.peek(() => Number(session.prepare(UNKNOWN_LETTERS).get({ ...stretch })?.['count'])),
      ),
    remove: (request) =>
      eraseInOrder(async (kind) =>
        kind === 'logEntries'
          ? { logEntries: await removeLogEntries(session, request) }
          : await session.write(() => remove[kind](request)),
      ),
  };
}

/** A turn of the event loop for each kind. */
async function countOf(session: SqliteSession, userId: string): Promise<ErasureCounts> {
  const { prepare } = session;
  const counts = { ...NOTHING_ERASED };
  for (const kind of ERASED_KINDS) {
    if (kind === 'links' || kind === 'logEntries') continue;
    counts[kind] = await session.read(() => Number(prepare(COUNT_OF_USER[kind]).get({ userId })?.['count']));
    await setImmediate();
  }
  for (const { connection_id: id } of await session.read(() =>
    prepare(CONNECTIONS_OF_USER).all({ userId }),
  )) {
    counts.links += await countLinks(session, id as string);
  }
  return counts;
}

async function countLinks({ read, prepare }: SqliteSession, connectionId: string): Promise<number> {
  const range = linkRange(connectionId);
  let total = 0;
  for (let from: string | null = range.from; from !== null;) {
    const after: string = from;
    const row = await read(() => prepare(COUNT_LINKS).get({ ...range, from: after }));
    total += Number(row?.['count']);
    from = (row?.['last'] as string | null | undefined) ?? null;
    await setImmediate();
  }
  return total;
}

function linkRange(connectionId: string): { connectionId: string; from: string; to: string } {
  return { connectionId, ...linksOfConnection(connectionId) };
}

interface Stretch {
  readonly after: number;
  readonly upTo: number;
}

/** Sums what `look` finds in each stretch of a table, up to `enough`; the event loop turns between them. */
async function alongStretches(
  { read, prepare }: SqliteSession,
  stretchSql: string,
  look: (stretch: Stretch, left: number) => Promise<number>,
  enough = Number.MAX_SAFE_INTEGER,
): Promise<number> {
  let total = 0;
  let after = 0;
  while (total < enough) {
    const last = await read(() => prepare(stretchSql).get({ after })?.['last'] ?? null);
    if (last === null) break;
    total += await look({ after, upTo: Number(last) }, enough - total);
    after = Number(last);
    await setImmediate();
  }
  return total;
}

function removeLogEntries(session: SqliteSession, { userId, limit }: ErasureRequest): Promise<number> {
  const remove = (stretch: Stretch, left: number): Promise<number> =>
    session.write(() =>
      Number(session.prepare(REMOVE_LOG_ENTRIES).run({ userId, ...stretch, limit: left }).changes),
    );
  return alongStretches(session, LOG_STRETCH, remove, limit);
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
}: SqliteSession): Readonly<Record<Exclude<ErasedKind, 'logEntries'>, (request: ErasureRequest) => Removed>> {
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
    records,
    formerOwners,
    connections({ userId, restedSince, limit }) {
      const rested = prepare(RESTED_CONNECTIONS).all({ userId, restedSince, limit });
      for (const { connection_id: id } of rested as Record<string, string>[]) {
        prepare(REMOVE_LOOKS).run(linkRange(id ?? ''));
        prepare('DELETE FROM accounts WHERE connection_id = ?').run(id ?? '');
        prepare(DROP_SECRET).run(id ?? '');
        prepare('DELETE FROM connections WHERE connection_id = ?').run(id ?? '');
      }
      return { connections: rested.length };
    },
  };
}
