import { scopeOf, type Connection } from '../domain/connection.ts';
import { ENTITY_KINDS, type EntityKind } from '../domain/entity.ts';
import { linkId, type LinkId } from '../domain/link.ts';
import { hasDrifted } from '../domain/deciding/link-drift.ts';
import type { ZenaRecord } from '../domain/record.ts';
import type { Clock } from '../runtime/clock.ts';
import { startPeriodicLoop, type PeriodicLoop } from '../runtime/periodic-loop.ts';
import type { WantedMark } from '../state-store/link-store.port.ts';
import type { StateStore } from '../state-store/state-store.port.ts';

export interface LinkComparisonOptions {
  readonly store: StateStore;
  readonly clock: Clock;
  /** Whether this process looks after a connection: one process at a time does. */
  readonly mine: (connection: Connection) => boolean;
  /** Between two pages, ms. */
  readonly everyMs: number;
  readonly onRepaired: (count: number) => void;
  readonly onError: (event: string, error: unknown) => void;
}

interface Position {
  readonly connectionId: string | null;
  readonly kind: EntityKind;
  readonly after: string | null;
}

const PAGE = 500;
const CONNECTIONS = 100;
const START: Position = { connectionId: null, kind: 'contact', after: null };

/**
 * The slow background comparison of records and links: what rests although its record went on is marked again and counted. The
 * rules exclude it, so the count should stay 0; that it is looked for is the last net under them.
 */
export function startLinkComparison(options: LinkComparisonOptions): PeriodicLoop {
  const { store, clock } = options;
  let position = START;
  let connection: Connection | null = null;

  async function step(): Promise<void> {
    connection ??= await nextOfMine();
    if (connection === null) return;
    const { items: records, nextCursor } = await store.records.page(
      connection.owner.id,
      position.kind,
      position.after,
      PAGE,
    );
    const marks = await driftedMarks(store, connection, records, clock.now());
    if (marks.length > 0) {
      await store.links.markWanted(marks);
      options.onRepaired(marks.length);
    }
    if (nextCursor !== null) position = { ...position, after: nextCursor };
    else advance(connection);
  }

  /** Null at the end of the connections, and after a page of others' ones. */
  async function nextOfMine(): Promise<Connection | null> {
    const page = await store.connections.pageConnected(position.connectionId, CONNECTIONS);
    const found = page.find(options.mine) ?? null;
    const last = found ?? page.at(-1);
    position = last === undefined ? START : { ...START, connectionId: last.connectionId };
    return found;
  }

  function advance(done: Connection): void {
    const kind = ENTITY_KINDS[ENTITY_KINDS.indexOf(position.kind) + 1];
    if (kind !== undefined) {
      position = { ...position, kind, after: null };
      return;
    }
    position = { connectionId: done.connectionId, kind: 'contact', after: null };
    connection = null;
  }

  return startPeriodicLoop({
    run: step,
    waitMs: options.everyMs,
    clock,
    onError: (error) => {
      options.onError('link_comparison_failed', error);
    },
  });
}

async function driftedMarks(
  store: StateStore,
  connection: Connection,
  records: readonly ZenaRecord[],
  now: number,
): Promise<WantedMark[]> {
  const scope = scopeOf(connection);
  const drifted = new Set<LinkId>();
  const byId = new Map(records.map((record) => [linkId(scope, record.key), record]));
  for (let rest: readonly LinkId[] = [...byId.keys()]; rest.length > 0;) {
    const part = await store.links.readPart(rest);
    for (const [id, link] of part.links) {
      const record = byId.get(id);
      if (record !== undefined && hasDrifted(record, link, now)) drifted.add(id);
    }
    rest = part.rest;
  }
  return records
    .filter((record) => drifted.has(linkId(scope, record.key)))
    .map((record) => ({
      scope,
      connectionId: connection.connectionId,
      userId: connection.owner.id,
      key: record.key,
      wanted: record.revision,
      now,
    }));
}
