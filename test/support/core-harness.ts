import {
  DEFAULT_SYNC_CONFIG,
  scopeOf,
  type Connection,
  type SyncConfig,
} from '../../src/domain/connection.ts';
import type { Change, ChangeEvent, LogPlace } from '../../src/domain/change-event.ts';
import { recordKey, type EntityBody, type EntityKind } from '../../src/domain/entity.ts';
import { linkId, type Link } from '../../src/domain/link.ts';
import type { ChangeVerdict } from '../../src/domain/record.ts';
import type { DeadLetterTopic, ToldLetter } from '../../src/change-feed/dead-letter-topic.port.ts';
import type { DecodeAgain } from '../../src/change-feed/decode-again.port.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import { createFullSyncs, type FullSyncs } from '../../src/runs/full-sync.ts';
import type { CrmSessions } from '../../src/delivering/crm-sessions.port.ts';
import { createReconcileLoop } from '../../src/delivering/reconcile-loop.ts';
import type { Reconciler } from '../../src/delivering/reconciler.port.ts';
import { createReplays, type Replays } from '../../src/replays/replay-letters.ts';
import { createSoleOwner } from '../../src/ownership/sole-owner.ts';
import { createTimelineWriter } from '../../src/delivering/timeline-writer.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { readersIn } from '../../src/connectors/capabilities.ts';
import { createModelCrm, type ModelCrm } from './model-crm.ts';

export const HARNESS_USER = 'user-1';

export interface CoreHarness {
  readonly clock: VirtualClock;
  readonly store: SqliteStateStore;
  readonly crm: ModelCrm;
  readonly errors: { event: string; error: unknown }[];
  /** What stands in the dead-letter topic. */
  readonly topic: ToldLetter[];
  /** While set, the dead-letter topic refuses everything with it. */
  topicFault: Error | null;
  /** How replays read events again; until it is set, the registry can't answer. */
  readonly decoding: { again: DecodeAgain };
  readonly runs: FullSyncs;
  readonly replays: Replays;
  readonly reconciler: Reconciler;
  connection(): Promise<Connection>;
  /** Takes a change in as the newest version of its entity. */
  upsert(entityId: string, body: EntityBody, over?: Partial<ChangeEvent>): Promise<ChangeVerdict>;
  remove(kind: EntityKind, entityId: string, over?: Partial<ChangeEvent>): Promise<ChangeVerdict>;
  take(changes: readonly Change[]): Promise<readonly ChangeVerdict[]>;
  link(kind: EntityKind, entityId: string): Promise<Link | null>;
  codes(kind: EntityKind, entityId: string): Promise<string[]>;
  /** Lets virtual time pass until nothing is due, at most this long. */
  converge(mostMs?: number): Promise<void>;
  /** The process dies between two awaits: nothing of it runs on; a successor with a higher epoch starts. */
  crash(): Promise<void>;
  patchConnection(change: Partial<Connection>): Promise<void>;
  close(): Promise<void>;
}

export interface HarnessOptions {
  readonly seed?: number;
  readonly syncConfig?: Partial<SyncConfig>;
  readonly retryDelaysMs?: readonly number[];
  /** Of the poll for due work; long where hours pass, ms. */
  readonly pollEveryMs?: number;
  /** How far apart calls of the CRM begin, ms; 0. */
  readonly callEveryMs?: number;
  /** Processes that may die with a record, or a page of a run, in hand; as many as like. */
  readonly mostStarts?: number;
  /** Conversations with another CRM than the model one. */
  readonly sessions?: (parts: Pick<CoreHarness, 'clock' | 'store'>) => CrmSessions;
  readonly connection?: Partial<Connection>;
}

/** The whole core on a virtual clock, an in-memory store and a model CRM; one user with one connection. */
export async function createCoreHarness(options: HarnessOptions = {}): Promise<CoreHarness> {
  const clock = createVirtualClock();
  const store = await openSqliteStore({ path: ':memory:' });
  const crm = createModelCrm(clock, { callEveryMs: options.callEveryMs ?? 0 });
  const sessions = options.sessions?.({ clock, store }) ?? crm;
  const errors: { event: string; error: unknown }[] = [];
  const topic: ToldLetter[] = [];
  const faults: { topic: Error | null } = { topic: null };
  const decoding: CoreHarness['decoding'] = {
    again: () => Promise.reject(new Error('the registry does not answer')),
  };
  let generation = 0;
  let core = startCore();
  const versions = new Map<string, number>();
  await store.connections.insert(connectionOf(options, clock.now()));
  await core.begin();

  function startCore() {
    const mine = ++generation;
    const alive = () => mine === generation;
    const guarded = guardStore(store, alive);
    const random = seededRandom((options.seed ?? 1) * 1_000 + mine);
    const onError = (event: string, error: unknown): void => {
      if (alive() && !(error instanceof DeadProcess)) errors.push({ event, error });
    };
    const ownership = createSoleOwner(() => guarded.settings.nextEpoch());
    const deadLetterTopic: DeadLetterTopic = {
      async publish(letters) {
        if (!alive()) throw new DeadProcess();
        if (faults.topic !== null) throw faults.topic;
        topic.push(...letters);
      },
    };
    const reconciler = createReconcileLoop({
      store: guarded,
      ownership,
      sessions,
      outlets: {
        deadLetterTopic,
        onError,
        timeline: createTimelineWriter(
          guarded.timeline,
          () => clock.now(),
          `p${mine}`,
          () => undefined,
        ),
        events: { delivered: () => undefined, deadLettered: () => undefined, stray: () => undefined },
      },
      retry: { delaysMs: options.retryDelaysMs ?? [60_000, 600_000, 3_600_000] },
      clock,
      random,
      pollEveryMs: options.pollEveryMs ?? 500,
      // Tests end processes at any moment: no record is to blame for that.
      mostStarts: options.mostStarts ?? Number.POSITIVE_INFINITY,
      onRested: (connectionId) => runs.rested(connectionId),
    });
    const runs = createFullSyncs({
      store: guarded,
      sessions,
      clock,
      random,
      onError,
      walks: true,
      mostStarts: options.mostStarts ?? Number.POSITIVE_INFINITY,
      mayWalk: () => true,
      nudge: (scope) => {
        reconciler.nudge(scope);
      },
      onEnded: () => undefined,
    });
    const ingest = createIngest({
      store: guarded,
      deadLetterTopic,
      now: () => clock.now(),
      onVerdict: () => undefined,
      onLetter: () => undefined,
      readersOf(connection, kind) {
        const connector = sessions.connector(connection);
        return connector === null ? [] : readersIn(connector, kind);
      },
      onMarked: (scopes) => {
        for (const { scope } of scopes) reconciler.nudge(scope);
      },
    });
    const replays = createReplays({
      store: guarded,
      sessions,
      clock,
      random,
      ingest,
      onError,
      decodeAgain: (letter) => decoding.again(letter),
      mayWalk: alive,
      nudge: (scope) => {
        reconciler.nudge(scope);
      },
    });
    const begin = async (): Promise<void> => {
      reconciler.start();
      replays.start();
      await ownership.start(reconciler);
      runs.begin();
    };
    return { reconciler, runs, replays, ingest, begin };
  }

  const take = (changes: readonly Change[]) =>
    core.ingest({ changes, letters: [], heartbeat: async () => undefined, abandoned: () => false });
  const nextVersion = (entityId: string): number => {
    const version = (versions.get(entityId) ?? 0) + 1;
    versions.set(entityId, version);
    return version;
  };
  const eventOf = (
    kind: EntityKind,
    entityId: string,
    body: EntityBody | null,
    over: Partial<ChangeEvent>,
  ): ChangeEvent => ({
    kind,
    entityId,
    body,
    eventId: `e-${entityId}-${clock.now()}`,
    occurredAt: clock.now(),
    userId: HARNESS_USER,
    accountId: null,
    version: over.version ?? nextVersion(entityId),
    operation: body === null ? 'DELETE' : 'UPSERT',
    origin: 'zena',
    causationId: null,
    ...over,
  });
  const current = async (): Promise<Connection> => (await store.connections.read('conn-1')) as Connection;

  return {
    clock,
    store,
    crm,
    errors,
    topic,
    decoding,
    get topicFault() {
      return faults.topic;
    },
    set topicFault(error) {
      faults.topic = error;
    },
    get runs() {
      return core.runs;
    },
    get replays() {
      return core.replays;
    },
    get reconciler() {
      return core.reconciler;
    },
    connection: current,
    async upsert(entityId, body, over = {}) {
      const event = eventOf(body.kind, entityId, body, over);
      return (await take([{ type: 'event', event, place: null }]))[0] as ChangeVerdict;
    },
    async remove(kind, entityId, over = {}) {
      const event = eventOf(kind, entityId, null, over);
      return (await take([{ type: 'event', event, place: null }]))[0] as ChangeVerdict;
    },
    take,
    async link(kind, entityId) {
      const id = linkId(scopeOf(await current()), recordKey(kind, entityId));
      return (await store.links.read([id])).get(id) ?? null;
    },
    async codes(kind, entityId) {
      const id = linkId(scopeOf(await current()), recordKey(kind, entityId));
      const page = await store.timeline.ofLink(id, null, 100);
      return page.items.map((entry) => entry.code).reverse();
    },
    async converge(mostMs = 4 * 3_600_000) {
      const scope = scopeOf(await current());
      for (let passed = 0; passed < mostMs;) {
        const step = passed < 5_000 ? 100 : passed < 120_000 ? 1_000 : 30_000;
        await clock.advance(step);
        passed += step;
        const counts = await store.links.counts(scope, clock.now());
        if (counts.due + counts.waiting === 0) break;
      }
      await clock.advance(1_000);
    },
    async crash() {
      core = startCore();
      await core.begin();
    },
    async patchConnection(change) {
      const now = await current();
      await store.connections.replace({ ...now, ...change, revision: now.revision + 1 }, now.revision);
      core.reconciler.connectionChanged('conn-1');
    },
    async close() {
      generation += 1;
      const ended = Promise.all([core.reconciler.stop(0), core.runs.stop(), core.replays.stop()]);
      for (let i = 0; i < 50; i += 1) await clock.advance(1_000);
      await ended;
      await store.close();
    },
  };
}

export const place = (offset: number, partition = 0): LogPlace => ({
  topic: 'zena.contact.changes',
  partition,
  offset: String(offset),
});

class DeadProcess extends Error {
  override readonly name = 'DeadProcess';
}

/** A store whose every call fails once its process is dead: a crash between any two awaits. */
function guardStore(store: SqliteStateStore, alive: () => boolean): SqliteStateStore {
  const guard = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name, receiver) {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (!alive()) return Promise.reject(new DeadProcess());
          return (value as (...given: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  return {
    ...store,
    records: guard(store.records),
    connections: guard(store.connections),
    links: guard(store.links),
    runs: guard(store.runs),
    timeline: guard(store.timeline),
    deadLetters: guard(store.deadLetters),
    replays: guard(store.replays),
    settings: guard(store.settings),
  };
}

function connectionOf(options: HarnessOptions, now: number): Connection {
  return {
    connectionId: 'conn-1',
    owner: { type: 'user', id: HARNESS_USER },
    provider: 'mri_vault',
    status: 'active',
    accountKey: 'https://office.example.test',
    budgetKey: 'budget-1',
    instanceUrl: 'https://office.example.test',
    sealed: { v: 1, keyId: 'k', nonce: 'n', tag: 't', data: 'd' },
    syncConfig: { ...DEFAULT_SYNC_CONFIG, ...options.syncConfig },
    health: { state: 'healthy', since: now, reason: null, whoCanFix: 'nobody_needed' },
    epoch: 1,
    connectedAt: now,
    lastSyncAt: null,
    revision: 1,
    ...options.connection,
  };
}
