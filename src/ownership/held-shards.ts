import type { Clock } from '../runtime/clock.ts';
import type { Lease } from './ownership.port.ts';

interface Held {
  readonly epoch: number;
  /** Monotonic ms; nothing is begun before. */
  readonly usableAt: number;
  draining: boolean;
  announced: boolean;
}

/** The leases that this process holds, as far as it knows. */
export interface HeldShards {
  readonly size: number;
  /** `hadOwner`: somebody may have used up the present window of its budgets. */
  add(shard: number, epoch: number, hadOwner: boolean): void;
  drop(shard: number): void;
  clear(): void;
  epochOf(shard: number): number | null;
  epochs(): ReadonlyMap<number, number>;
  /** The lease, while work may be begun under it. */
  usable(shard: number): Lease | null;
  /** Null when it is not held, or is being drained already. */
  beginDrain(shard: number): Lease | null;
  /** Whether any lease became usable since this was asked last. */
  becameUsable(): boolean;
  /** Until the next lease becomes usable, ms; null when none is about to. */
  usableIn(): number | null;
  /** Resolves when none is held. */
  emptied(): Promise<void>;
}

export function createHeldShards(clock: Pick<Clock, 'monotonic'>, windowMs: number): HeldShards {
  const held = new Map<number, Held>();
  let empty = Promise.withResolvers<void>();
  empty.resolve();
  const tellEmpty = (): void => {
    if (held.size === 0) empty.resolve();
  };
  return {
    get size() {
      return held.size;
    },
    add(shard, epoch, hadOwner) {
      if (held.size === 0) empty = Promise.withResolvers<void>();
      const usableAt = clock.monotonic() + (hadOwner ? windowMs : 0);
      held.set(shard, { epoch, usableAt, draining: false, announced: false });
    },
    drop(shard) {
      held.delete(shard);
      tellEmpty();
    },
    clear() {
      held.clear();
      tellEmpty();
    },
    epochOf: (shard) => held.get(shard)?.epoch ?? null,
    epochs: () => new Map([...held].map(([shard, { epoch }]) => [shard, epoch])),
    usable(shard) {
      const lease = held.get(shard);
      if (lease === undefined || lease.draining || clock.monotonic() < lease.usableAt) return null;
      return { shard, epoch: lease.epoch };
    },
    beginDrain(shard) {
      const lease = held.get(shard);
      if (lease === undefined || lease.draining) return null;
      lease.draining = true;
      return { shard, epoch: lease.epoch };
    },
    becameUsable() {
      const now = clock.monotonic();
      let any = false;
      for (const lease of held.values()) {
        if (lease.announced || now < lease.usableAt) continue;
        lease.announced = true;
        any = true;
      }
      return any;
    },
    usableIn() {
      const waiting = [...held.values()].filter((lease) => !lease.announced).map((lease) => lease.usableAt);
      return waiting.length === 0 ? null : Math.max(0, Math.min(...waiting) - clock.monotonic());
    },
    emptied: () => empty.promise,
  };
}
