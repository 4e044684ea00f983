import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChangeHandler } from '../../src/change-feed/change-feed.port.ts';
import { scopeOf, type Connection } from '../../src/domain/connection.ts';
import { recordKey, type RecordKey } from '../../src/domain/entity.ts';
import { createIngest, type IngestDependencies } from '../../src/ingest/ingest.ts';
import { openSqliteStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import type { FeedPositionStore } from '../../src/state-store/feed-position-store.port.ts';
import type { StateStore } from '../../src/state-store/state-store.port.ts';
import { connection } from '../../test/support/builders.ts';
import { createMemoryFeedPositions } from '../../test/support/memory-feed-positions.ts';
import { benchEventAt } from './bench-events.ts';

/** Where a bench's events go: ingest over a store with one active connection of their user. */
export interface IngestTarget {
  readonly ingest: ChangeHandler;
  readonly positions: FeedPositionStore;
  /** What the store does not hold as it has to, after so many of `benchEventAt`'s events over so many entities. */
  faults(sent: { readonly events: number; readonly keys: number }): Promise<string[]>;
  close(): Promise<void>;
}

const OWNER: Connection = connection();

export async function openIngestTarget(kind: 'nothing' | 'embedded'): Promise<IngestTarget> {
  if (kind === 'nothing') {
    return {
      ...ingestInto(storeOfNothing()),
      positions: createMemoryFeedPositions(),
      faults: () => Promise.resolve([]),
      close: () => Promise.resolve(),
    };
  }
  const folder = await mkdtemp(join(tmpdir(), 'zena-crm-bench-'));
  const store = await openSqliteStore({ path: join(folder, 'store.sqlite') });
  await store.connections.insert(OWNER);
  return {
    ...ingestInto(store),
    positions: store.feedPositions,
    faults: (sent) => storeFaults(store, sent),
    async close() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type IngestStore = IngestDependencies['store'];

/** Ingest whose other listeners do nothing. */
export function ingestInto(store: IngestStore): { readonly ingest: ChangeHandler } {
  const ingest = createIngest({
    store,
    deadLetterTopic: { publish: () => Promise.resolve() },
    now: () => Date.now(),
    onVerdict: () => undefined,
    onLetter: () => undefined,
    onMarked: () => undefined,
  });
  return { ingest };
}

/** Knows nothing, keeps nothing, but for the connection whose links are to be marked. */
function storeOfNothing(): IngestStore {
  const store = {
    records: { read: () => Promise.resolve(new Map()), write: () => Promise.resolve([]) },
    connections: { listForUsers: () => Promise.resolve([OWNER]) },
    links: { markWanted: () => Promise.resolve(), wakeDead: () => Promise.resolve(0) },
    deadLetters: { put: () => Promise.resolve() },
  };
  return store as unknown as IngestStore;
}

const A_READ = 500;

/** Compares each entity's stored version, and the number of due links, with what was sent. */
export async function storeFaults(
  store: Pick<StateStore, 'records' | 'links'>,
  { events, keys }: { readonly events: number; readonly keys: number },
): Promise<string[]> {
  const newest = new Map<RecordKey, number>();
  for (let index = 0; index < events; index += 1) {
    const { kind, entityId, version } = benchEventAt(index, keys);
    newest.set(recordKey(kind, entityId), version);
  }
  const wanted = [...newest];
  let behind = 0;
  for (let from = 0; from < wanted.length; from += A_READ) {
    const some = wanted.slice(from, from + A_READ);
    const held = await store.records.read(some.map(([key]) => key));
    behind += some.filter(([key, version]) => held.get(key)?.version !== version).length;
  }
  const { due } = await store.links.counts(scopeOf(OWNER), Date.now());
  return [
    ...(behind === 0 ? [] : [`${behind} of ${newest.size} records are not at their newest`]),
    ...(due === newest.size ? [] : [`${due} links are due for ${newest.size} records`]),
  ];
}
