import type { StartConfig } from '../config/config.ts';
import { availableConnectors } from '../connectors/registry.ts';
import { createIngest } from '../ingest/ingest.ts';
import { createFullSyncs, type FullSyncs } from '../reconcile/full-sync.ts';
import { createKeyedMutex } from '../reconcile/keyed-mutex.ts';
import { createReconcileLoop } from '../reconcile/reconcile-loop.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import { createTimelineWriter } from '../reconcile/timeline-writer.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Random } from '../runtime/random.ts';
import type { StateStore } from '../state-store/state-store.ts';
import type { Activity } from './activity.ts';
import { startSampling, type Observer } from './observe.ts';
import type { OpenCrmSessions } from './open-crm-sessions.ts';
import type { OpenedFeed } from './open-feed.ts';
import { startUpkeep } from './start-upkeep.ts';

export interface CoreParts {
  readonly config: StartConfig;
  readonly store: StateStore;
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
  readonly reconciler: Reconciler;
  readonly runs: FullSyncs;
}

/** How often the store is asked for due work that no hint told of, ms. */
const POLL_MS = 500;
/** Kept back of the grace period for what is released after the deliveries, ms. */
const RELEASE_MS = 1_000;

/** Starts reconcile, runs and ingest, in the order in which they lean on each other; released in the reverse. */
export async function startCore(
  parts: CoreParts,
  feed: Pick<OpenedFeed, 'feed' | 'deadLetters'>,
  lifecycle: Lifecycle,
): Promise<RunningCore> {
  const { store, sessions, clock, random, observer, metrics, config } = parts;
  const processTag = random.uuid().slice(0, 8);
  const reconciler = createReconcileLoop({
    ...{ store, sessions, clock, random, onError: observer.onError },
    mutex: createKeyedMutex(),
    timeline: createTimelineWriter(store.timeline, () => clock.now(), processTag, parts.activity.tell),
    events: observer.delivery,
    retry: { delaysMs: config.retryDelaysMs },
    pollEveryMs: POLL_MS,
  });
  const runs = createFullSyncs({
    ...{ store, sessions, clock, random, walks: parts.works, onError: observer.onError },
    nudge: reconciler.nudge,
    onEnded: (status) => {
      metrics.run(status);
    },
  });
  runs.begin();
  lifecycle.own('runs', () => runs.stop());
  if (parts.works) await startWork(parts, reconciler, feed, lifecycle);
  return { reconciler, runs };
}

async function startWork(
  parts: CoreParts,
  reconciler: Reconciler,
  feed: Pick<OpenedFeed, 'feed' | 'deadLetters'>,
  lifecycle: Lifecycle,
): Promise<void> {
  const { store, sessions, clock, observer, metrics, config } = parts;
  await reconciler.start();
  lifecycle.own('reconciler', () => reconciler.stop(Math.max(0, config.shutdownGraceMs - RELEASE_MS)));
  const providers = availableConnectors.map((connector) => connector.id);
  const sampling = startSampling(store, sessions, providers, metrics, clock, observer.onError);
  lifecycle.own('sampling', () => sampling.stop());
  startUpkeep(store, config.retention, { clock, metrics, onError: observer.onError }, lifecycle);
  lifecycle.own('feed', () => feed.feed.stop());
  await feed.feed.start(
    createIngest({
      store,
      deadLetterTopic: feed.deadLetters,
      now: () => clock.now(),
      onVerdict: observer.onVerdict,
      onLetter: observer.onLetter,
      onMarked: (scopes) => {
        for (const { scope } of scopes) reconciler.nudge(scope);
      },
    }),
  );
}
