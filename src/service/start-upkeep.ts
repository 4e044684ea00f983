import type { Connection } from '../domain/connection.ts';
import { checkTimelines } from '../operations/check-timelines.ts';
import { startLinkComparison } from '../runs/compare-links.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { startPeriodicLoop } from '../runtime/periodic-loop.ts';
import type { StateStore } from '../state-store/state-store.port.ts';

const COMPARE_EVERY_MS = 10_000;
/** Between two pieces of what programs of before left, ms; after that as often as what is past its time is dropped. */
const CHECK_AGAIN_MS = 100;
const PRUNE_EVERY_MS = 3_600_000;

/** What a worker does beside its work: drops what is past its retention, and looks for marks that were lost. */
export function startUpkeep(
  store: StateStore,
  retention: { readonly timelineMs: number; readonly deadLettersMs: number },
  parts: {
    /** Whether this process looks after a connection. */
    readonly mine: (connection: Connection) => boolean;
    readonly clock: Clock;
    readonly metrics: Metrics;
    readonly onError: (event: string, error: unknown) => void;
  },
  lifecycle: Lifecycle,
): void {
  const { clock, metrics, mine, onError } = parts;
  const comparison = startLinkComparison({
    store,
    clock,
    mine,
    onError,
    everyMs: COMPARE_EVERY_MS,
    onRepaired: (count) => {
      metrics.repairedLinks(count);
    },
  });
  lifecycle.own('link comparison', () => comparison.stop());
  const pruning = startPeriodicLoop({
    async run() {
      await store.timeline.prune(clock.now() - retention.timelineMs);
      await store.deadLetters.prune(clock.now() - retention.deadLettersMs);
      await store.replays.prune(clock.now() - retention.deadLettersMs);
      await store.runs.prune(clock.now() - retention.timelineMs);
      // What replaced credentials left, and those of a disconnect that did not get so far.
      await store.shred('credentials');
      await store.audit.prune(clock.now() - retention.timelineMs);
      await store.idempotency.prune(clock.now());
    },
    waitMs: PRUNE_EVERY_MS,
    clock,
    onError: (error) => {
      onError('retention_failed', error);
    },
  });
  lifecycle.own('retention', () => pruning.stop());
  let more = true;
  const checking = startPeriodicLoop({
    async run() {
      more = await checkTimelines(store);
    },
    waitMs: () => (more ? CHECK_AGAIN_MS : PRUNE_EVERY_MS),
    clock,
    onError: (error) => {
      onError('timelines_not_checked', error);
    },
  });
  lifecycle.own('checks of timelines', () => checking.stop());
}
