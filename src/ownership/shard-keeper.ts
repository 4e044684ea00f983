import { SHARD_COUNT, SHARD_RULE, shardOf } from '../domain/deciding/shard.ts';
import type { Clock } from '../runtime/clock.ts';
import { startPeriodicLoop, type PeriodicLoop } from '../runtime/periodic-loop.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { LeaseListener, LiveOwnership } from './ownership.port.ts';
import { createHeldShards, type HeldShards } from './held-shards.ts';
import { createWantedBy, planShards, type WantedBy } from './plan-shards.ts';
import { createSightings, type Sightings } from './sightings.ts';

export interface ShardKeeperOptions {
  readonly store: Pick<StateStore, 'ownership' | 'settings'>;
  readonly clock: Clock;
  readonly random: { uuid(): string };
  /** For people: host and process id. */
  readonly label: string;
  readonly timing: LeaseTiming;
  /** The same in every process that shares the store. */
  readonly shardCount?: number;
  readonly onError: (event: string, error: unknown) => void;
  /** Told after each look that changed what is held. */
  readonly onHeld?: (shards: number) => void;
}

export interface LeaseTiming {
  /** Between two beats, ms. */
  readonly beatEveryMs: number;
  /** A beat that stands still this long, by an observer's clock, is a dead worker's, ms. */
  readonly fenceAfterMs: number;
  /** How long after the start of the last good beat a worker may still send: one call's deadline and a margin below the fence, ms. */
  readonly validForMs: number;
  /** A new owner begins nothing for one window of the CRMs' limits, since the former one may have used it up, ms. */
  readonly windowMs: number;
}

/** Timing for connectors whose calls end within `callDeadlineMs`. */
export function leaseTiming(callDeadlineMs: number): LeaseTiming {
  const fenceAfterMs = callDeadlineMs + 5_000;
  const validForMs = fenceAfterMs - callDeadlineMs - 1_000;
  return { beatEveryMs: 1_000, fenceAfterMs, validForMs, windowMs: 1_000 };
}

/** Shards taken or given up at a time. */
const AT_ONCE = 16;
/** Who looked last longer ago than this many beats was blind meanwhile. */
const BLIND_BEATS = 3;

/**
 * Ownership by leases in the store. Each worker beats; one whose beat stands still is fenced by whoever notices, after which its own
 * next beat fails and tells it so. A worker that could not beat stops sending well before anybody may fence it. Shards of workers
 * that are gone are taken by whom the rule of sharing names; shards of living ones are handed over by them, drained.
 */
export function createShardKeeper(options: ShardKeeperOptions): LiveOwnership {
  const { clock, timing, shardCount = SHARD_COUNT } = options;
  const held = createHeldShards(clock, timing.windowMs);
  const term: Term = {
    workerId: options.random.uuid(),
    validUntil: Number.NEGATIVE_INFINITY,
    draining: false,
    joined: false,
    sightings: createSightings(timing.fenceAfterMs, BLIND_BEATS * timing.beatEveryMs),
    wantedBy: createWantedBy(),
  };
  const isValid = (): boolean => clock.monotonic() < term.validUntil;
  let loop: PeriodicLoop | null = null;
  let stopped: Promise<void> | null = null;

  return {
    leaseOf(budgetKey) {
      return isValid() && !term.draining ? held.usable(shardOf(budgetKey, shardCount)) : null;
    },
    mayDispatch: (lease) => isValid() && held.epochOf(lease.shard) === lease.epoch,
    async start(listener) {
      const first = Promise.withResolvers<void>();
      loop = startPeriodicLoop({
        run: async () => {
          await look({ ...options, shardCount, held, term, listener });
          first.resolve();
        },
        waitMs: () => Math.min(timing.beatEveryMs, held.usableIn() ?? timing.beatEveryMs),
        clock,
        onError: (error) => {
          first.reject(error);
          options.onError('lease_look_failed', error);
        },
      });
      await first.promise;
    },
    stop(graceMs) {
      stopped ??= leave(options, held, term, loop, graceMs);
      return stopped;
    },
  };
}

interface Term {
  /** A new one after each fence. */
  workerId: string;
  /** Monotonic ms. */
  validUntil: number;
  draining: boolean;
  joined: boolean;
  readonly sightings: Sightings;
  readonly wantedBy: WantedBy;
}

interface Look extends ShardKeeperOptions {
  readonly shardCount: number;
  readonly held: HeldShards;
  readonly term: Term;
  readonly listener: LeaseListener;
}

/** One beat, and what follows from what the others do. */
async function look(parts: Look): Promise<void> {
  const { store, held, term, listener } = parts;
  await beat(parts);
  // Leases first: whoever owns one had joined before, so that it is among the workers read after.
  const leases = await store.ownership.shards();
  const workers = await buryTheDead(parts, await store.ownership.workers());
  if (!workers.some((worker) => worker.workerId === term.workerId)) return;
  const before = held.size;
  const { workerId } = term;
  const moves = planShards(
    { workerId, shardCount: parts.shardCount, leases, workers, held: held.epochs() },
    term.wantedBy,
  );
  for (const shard of moves.lost) held.drop(shard);
  for (const shard of moves.handOver) void handOver(parts, shard);
  await inGroups(moves.giveUp, async (lease) => {
    await store.ownership.release(lease);
  });
  if (moves.take.length > 0) {
    const epoch = await store.settings.nextEpoch();
    await inGroups(moves.take, async ({ shard, from }) => {
      const next = { shard, owner: workerId, epoch };
      if (await store.ownership.take(from, next)) held.add(shard, epoch, from !== null);
    });
  }
  if (held.size !== before) parts.onHeld?.(held.size);
  if (held.becameUsable()) listener.gained();
}

async function beat(parts: Look): Promise<void> {
  const { store, clock, held, term, timing } = parts;
  const began = clock.monotonic();
  if (term.joined && (await store.ownership.beat(term.workerId, term.draining, clock.now()))) {
    term.validUntil = began + timing.validForMs;
    return;
  }
  if (term.joined) {
    // Fenced: others may have everything by now.
    term.validUntil = Number.NEGATIVE_INFINITY;
    held.clear();
    term.workerId = parts.random.uuid();
    term.joined = false;
  }
  const now = clock.now();
  await store.ownership.join({
    workerId: term.workerId,
    beat: 1,
    draining: term.draining,
    startedAt: now,
    beatAt: now,
    label: parts.label,
    shardRule: SHARD_RULE,
  });
  term.joined = true;
  term.validUntil = began + timing.validForMs;
}

/** Fences those whose beat stands still; answers the others. */
async function buryTheDead<W extends Awaited<ReturnType<StateStore['ownership']['workers']>>>(
  { store, clock, term }: Look,
  workers: W,
): Promise<W[number][]> {
  const gone = new Set<string>();
  for (const silent of term.sightings.see(workers, clock.monotonic())) {
    if (silent.workerId === term.workerId) continue;
    if (await store.ownership.fence(silent.workerId, silent.beat)) gone.add(silent.workerId);
  }
  return workers.filter((worker) => !gone.has(worker.workerId));
}

async function handOver({ store, held, term, listener, onError }: Look, shard: number): Promise<void> {
  const lease = held.beginDrain(shard);
  if (lease === null) return;
  const owner = term.workerId;
  try {
    await listener.drain(lease);
    if (held.epochOf(shard) !== lease.epoch) return;
    await store.ownership.release({ ...lease, owner });
  } catch (error) {
    // Perhaps it still stands as ours; the next look sees it and gives it up again.
    onError('lease_release_failed', error);
  } finally {
    if (held.epochOf(shard) === lease.epoch) held.drop(shard);
  }
}

async function leave(
  { store, clock, onError }: ShardKeeperOptions,
  held: HeldShards,
  term: Term,
  loop: PeriodicLoop | null,
  graceMs: number,
): Promise<void> {
  if (loop === null) return;
  term.draining = true;
  // The next look hands everything over, since nobody who drains is a candidate; beats go on meanwhile.
  loop.wake();
  const late = new AbortController();
  await Promise.race([held.emptied(), clock.sleep(graceMs, late.signal).catch(() => undefined)]);
  late.abort();
  await loop.stop();
  // What could not be drained is waited out by whoever takes it, once this worker is fenced.
  if (held.size > 0 || !term.joined) return;
  try {
    await store.ownership.leave(term.workerId);
  } catch (error) {
    onError('lease_leave_failed', error);
  }
}

async function inGroups<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += AT_ONCE) {
    await Promise.all(items.slice(at, at + AT_ONCE).map(work));
  }
}
