import type { ChangeBatch } from '../../src/change-feed/change-feed.port.ts';
import type { Change } from '../../src/domain/change-event.ts';
import { scopeOf, type Connection } from '../../src/domain/connection.ts';
import type { DeadLetter } from '../../src/domain/dead-letter.ts';
import { LANES, linkId, type Link } from '../../src/domain/link.ts';
import type { RecordKey } from '../../src/domain/entity.ts';
import type { ChangeVerdict } from '../../src/domain/record.ts';
import type { ToldLetter } from '../../src/change-feed/dead-letter-topic.port.ts';
import { createIngest, type MarkedScope } from '../../src/ingest/ingest.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import type { StateStore } from '../../src/state-store/state-store.port.ts';
import { connection, deadLetter, deadMark } from '../support/builders.ts';

/** Called before a store's method does its work; may throw, or write behind ingest's back. */
export type Interference = (method: string, args: readonly unknown[]) => void | Promise<void>;

export interface IngestHarness {
  readonly store: SqliteStateStore;
  /** Store methods as ingest called them: `records.write`, `links.markWanted`, … */
  readonly calls: string[];
  readonly marked: MarkedScope[][];
  readonly verdicts: { kind: string; verdict: ChangeVerdict }[];
  readonly letters: string[];
  /** What the dead-letter topic has. */
  readonly told: ToldLetter[];
  interfere: Interference;
  now: number;
  take(changes: readonly Change[], over?: Partial<ChangeBatch>): Promise<readonly ChangeVerdict[]>;
  connect(userId: string, over?: Partial<Connection>): Promise<Connection>;
  link(of: Connection, key: RecordKey): Promise<Link | null>;
  /** The CRM refuses the record for good, after so many replays; its link rests. */
  refuse(of: Connection, key: RecordKey, replays?: number): Promise<void>;
  close(): Promise<void>;
}

/** Ingest over a store in memory, whose every call is noted and can be interfered with. */
export async function createIngestHarness(): Promise<IngestHarness> {
  const store = await openSqliteStore({ path: ':memory:' });
  let connections = 0;
  const watch = <T extends object>(name: string, part: T): T =>
    new Proxy(part, {
      get(target, method) {
        const value: unknown = Reflect.get(target, method);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          const called = `${name}.${String(method)}`;
          harness.calls.push(called);
          await harness.interfere(called, args);
          return (value as (...given: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  const watched: Pick<StateStore, 'records' | 'connections' | 'links' | 'deadLetters'> = {
    records: watch('records', store.records),
    connections: watch('connections', store.connections),
    links: watch('links', store.links),
    deadLetters: watch('deadLetters', store.deadLetters),
  };
  const ingest = createIngest({
    store: watched,
    deadLetterTopic: watch('deadLetterTopic', {
      publish: async (letters: readonly ToldLetter[]) => {
        harness.told.push(...letters);
      },
    }),
    now: () => harness.now,
    onVerdict: (kind, verdict) => harness.verdicts.push({ kind, verdict }),
    onLetter: (code) => harness.letters.push(code),
    onMarked: (scopes) => harness.marked.push([...scopes]),
  });
  const harness: IngestHarness = {
    store,
    calls: [],
    marked: [],
    verdicts: [],
    letters: [],
    told: [],
    interfere: () => undefined,
    now: 5_000,
    take: (changes, over = {}) =>
      ingest({ changes, letters: [], heartbeat: async () => undefined, abandoned: () => false, ...over }),
    async connect(userId, over = {}) {
      const made = connection({
        connectionId: `conn-${++connections}`,
        owner: { type: 'user', id: userId },
        provider: `crm-${connections}`,
        ...over,
      });
      await store.connections.insert(made);
      return made;
    },
    async link(of, key) {
      const id = linkId(scopeOf(of), key);
      return (await store.links.read([id])).get(id) ?? null;
    },
    async refuse(of, key, replays = 0) {
      const claim = { token: 'worker', epoch: 1, until: harness.now + 1_000 };
      const request = { scope: scopeOf(of), now: harness.now, limit: 10, claim };
      for (const lane of LANES) await store.links.claim({ ...request, lane });
      const { id, wanted, marks } = (await harness.link(of, key)) as Link;
      await store.links.settle({
        id,
        token: claim.token,
        seen: { wanted, marks },
        next: { kind: 'rest' },
        patch: { dead: deadMark({ revision: wanted, replays }) },
      });
    },
    close: () => store.close(),
  };
  return harness;
}

export function letter(offset: number): DeadLetter {
  return deadLetter({ source: { topic: 'zena.contact.changes', partition: 0, offset: String(offset) } });
}
