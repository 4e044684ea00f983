import { hostname } from 'node:os';
import type { ChangeHandler } from '../change-feed/change-feed.port.ts';
import type { StartConfig } from '../config/config.ts';
import { readersIn } from '../connectors/capabilities.ts';
import type { CrmConnector } from '../connectors/connector.port.ts';
import { type Connection, isNamed, type Scope } from '../domain/connection.ts';
import { createIngest, type MarkedScope } from '../ingest/ingest.ts';
import { createFullSyncs, type FullSyncs } from '../runs/full-sync.ts';
import type { LiveOwnership, Ownership } from '../ownership/ownership.port.ts';
import { createShardKeeper, leaseTiming } from '../ownership/shard-keeper.ts';
import { createSoleOwner } from '../ownership/sole-owner.ts';
import { createReplays, type Replays } from '../replays/replay-letters.ts';
import { createReconcileLoop } from '../delivering/reconcile-loop.ts';
import type { Reconciler } from '../delivering/reconciler.port.ts';
import { createTimelineWriter } from '../delivering/timeline-writer.ts';
import type { WorkHint, WorkHints } from '../change-feed/work-hints.port.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Random } from '../runtime/random.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { Activity } from './activity.ts';
import { startSampling, type Observer } from './observe.ts';
import type { OpenCrmSessions } from './open-crm-sessions.ts';
import type { OpenedFeed } from './open-feed.ts';
import { startUpkeep } from './start-upkeep.ts';

export interface CoreParts {
  readonly config: StartConfig;
  readonly store: StateStore;
  readonly connectors: readonly CrmConnector[];
  /** Those that lack something of the operator's: what changes meanwhile is sent once they have it. Absent: none. */
  readonly lacking?: readonly CrmConnector[];
  readonly sessions: OpenCrmSessions;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly observer: Observer;
  readonly activity: Activity;
  /** False in a process that only serves HTTP: it starts and watches runs, and leaves the work to others. */
  readonly works: boolean;
}

export interface RunningCore {
  /** Tells whoever does the work, here or in another process. */
  readonly work: Pick<Reconciler, 'nudge' | 'connectionChanged' | 'askNow'>;
  readonly runs: FullSyncs;
  readonly replays: Replays;
}

/** How often the store is asked for due work that no hint told of, ms. */
const POLL_MS = 500;
/** Kept back of the grace period for what is released after the deliveries, ms. */
const RELEASE_MS = 1_000;
/** What replays of dead letters are walked under. */
const REPLAYS = 'replays of dead letters';
/** A process that does no work owns nothing. */
const NO_OWNERSHIP: Ownership = { leaseOf: () => null, mayDispatch: () => false };
const SILENT: WorkHints = { publish: () => undefined };

/** Starts reconcile, runs and ingest, in the order in which they lean on each other; released in the reverse. */
export async function startCore(
  parts: CoreParts,
  feed: OpenedFeed,
  lifecycle: Lifecycle,
): Promise<RunningCore> {
  const { store, sessions, clock, random, metrics } = parts;
  const { onError } = parts.observer;
  const processTag = random.uuid().slice(0, 8);
  const owned = parts.works ? createOwnership(parts) : null;
  const ownership = owned ?? NO_OWNERSHIP;
  const mine = ({ budgetKey }: Connection | MarkedScope): boolean => ownership.leaseOf(budgetKey) !== null;
  const onRested = (connectionId: string): void => runs.rested(connectionId);
  const reconciler = createLoop(parts, feed, { ownership, processTag, onRested });
  const hints = openHints(parts, feed, reconciler, processTag, lifecycle);
  const work = relayWork(reconciler, hints, parts.works);
  const runs = createFullSyncs({
    store,
    sessions,
    clock,
    random,
    walks: parts.works,
    mayWalk: mine,
    nudge: reconciler.nudge,
    gather: reconciler.gather,
    onError,
    onEnded: (status) => {
      metrics.run(status);
    },
  });
  runs.begin();
  lifecycle.own('runs', () => runs.stop());
  const ingest = createIngestOf(parts, feed, hints, mine, reconciler);
  const replays = createReplays({
    store,
    sessions,
    clock,
    random,
    ingest,
    decodeAgain: feed.decodeAgain,
    nudge: work.nudge,
    onError,
    // Whoever holds the shard of this name, which is no budget's: one process at a time.
    mayWalk: () => ownership.leaseOf(REPLAYS) !== null,
  });
  if (parts.works) replays.start();
  lifecycle.own('replays', () => replays.stop());
  if (owned !== null) await startWork(parts, { ownership: owned, reconciler, mine, ingest }, feed, lifecycle);
  return { work, runs, replays };
}

/** The embedded store's lock makes its process the sole owner; on servers, workers share by leases in the store. */
function createOwnership(parts: CoreParts): LiveOwnership {
  const { config, store, clock, random, metrics, observer } = parts;
  if (config.mode === 'embedded') return createSoleOwner(() => store.settings.nextEpoch());
  const longestCallMs = Math.max(...parts.connectors.map(({ limits }) => limits.callDeadlineMs));
  return createShardKeeper({
    store,
    clock,
    random,
    onHeld: metrics.heldShards,
    onError: observer.onError,
    label: `${hostname()} ${String(process.pid)}`,
    timing: leaseTiming(longestCallMs),
  });
}

interface LoopParts {
  readonly ownership: Pick<LiveOwnership, 'leaseOf' | 'mayDispatch'>;
  readonly processTag: string;
  readonly onRested: (connectionId: string) => void;
}

function createLoop(
  { store, sessions, clock, random, observer, config, activity }: CoreParts,
  { deadLetters }: OpenedFeed,
  { ownership, processTag, onRested }: LoopParts,
): Reconciler {
  return createReconcileLoop({
    store,
    sessions,
    ownership,
    clock,
    random,
    outlets: {
      timeline: createTimelineWriter(store.timeline, () => clock.now(), processTag, activity.tell),
      deadLetterTopic: deadLetters,
      events: observer.delivery,
      onError: observer.onError,
    },
    onRested,
    retry: { delaysMs: config.retryDelaysMs },
    pollEveryMs: POLL_MS,
  });
}

/** A process that does no work only tells; one that does also listens, without waiting until it can. */
function openHints(
  { works }: CoreParts,
  feed: OpenedFeed,
  reconciler: Reconciler,
  processTag: string,
  lifecycle: Lifecycle,
): WorkHints {
  const onHint = (hint: WorkHint): void => {
    if (hint.kind === 'due') hint.scopes.forEach(reconciler.nudge);
    else reconciler.connectionChanged(hint.connectionId);
  };
  const hints = feed.openHints?.({ workerId: processTag, onHint });
  if (hints === undefined) return SILENT;
  if (works) void hints.start();
  lifecycle.own('hints', () => hints.stop());
  return hints;
}

function relayWork(
  reconciler: Reconciler,
  hints: WorkHints,
  works: boolean,
): Pick<Reconciler, 'nudge' | 'connectionChanged' | 'askNow'> {
  return {
    askNow(connectionId: string) {
      if (works) reconciler.askNow(connectionId);
      // To read a connection anew is more than is needed, and what every process knows to do.
      hints.publish({ kind: 'connection', connectionId });
    },
    nudge(scope: Scope) {
      if (works) reconciler.nudge(scope);
      hints.publish({ kind: 'due', scopes: [scope] });
    },
    connectionChanged(connectionId: string) {
      if (works) reconciler.connectionChanged(connectionId);
      hints.publish({ kind: 'connection', connectionId });
    },
  };
}

function createIngestOf(
  { store, clock, observer, connectors, lacking = [] }: CoreParts,
  { deadLetters }: OpenedFeed,
  hints: WorkHints,
  mine: (marked: MarkedScope) => boolean,
  { nudge }: Reconciler,
): ChangeHandler {
  return createIngest({
    store,
    deadLetterTopic: deadLetters,
    now: () => clock.now(),
    onVerdict: observer.onVerdict,
    onLetter: observer.onLetter,
    readersOf(connection, kind) {
      const connector = [...connectors, ...lacking].find((one) => isNamed(one, connection));
      return connector === undefined ? [] : readersIn(connector, kind);
    },
    onMarked: (marked) => {
      const others = marked.filter((each) => !mine(each));
      for (const each of marked) if (mine(each)) nudge(each.scope);
      if (others.length > 0) hints.publish({ kind: 'due', scopes: others.map(({ scope }) => scope) });
    },
  });
}

interface Work {
  readonly ownership: LiveOwnership;
  readonly reconciler: Reconciler;
  readonly mine: (connection: Connection) => boolean;
  readonly ingest: ChangeHandler;
}

/** What only a worker does; in the order in which it may begin, since the feed hands out work at once. */
async function startWork(
  { store, connectors, sessions, clock, metrics, observer, config }: CoreParts,
  { ownership, reconciler, mine, ingest }: Work,
  { feed }: OpenedFeed,
  lifecycle: Lifecycle,
): Promise<void> {
  const graceMs = Math.max(0, config.shutdownGraceMs - RELEASE_MS);
  reconciler.start();
  // Where leases are handed over, that is where deliveries end: nothing is left for the reconciler's own grace.
  lifecycle.own('reconciler', () => reconciler.stop(config.mode === 'embedded' ? graceMs : RELEASE_MS));
  lifecycle.own('ownership', () => ownership.stop(graceMs));
  await ownership.start(reconciler);
  const providers = connectors.map((connector) => connector.id);
  const sampling = startSampling(store, sessions, providers, metrics, clock, observer);
  lifecycle.own('sampling', () => sampling.stop());
  startUpkeep(store, config.retention, { clock, metrics, mine, onError: observer.onError }, lifecycle);
  lifecycle.own('feed', () => feed.stop());
  await feed.start(ingest);
}
