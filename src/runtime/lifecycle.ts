import type { Clock } from './clock.ts';

/** Undoes one thing that was started. */
export type Release = () => unknown;

/** What `stop` reports: the names of the parts whose release failed. */
export interface StopReport {
  readonly failed: readonly string[];
}

/** Collects how to undo each started part and undoes them in reverse order, once. */
export interface Lifecycle {
  /** Aborts as soon as a stop is asked for, so that a start under way can give up. */
  readonly signal: AbortSignal;
  /** Remembers how to release a part that was just acquired; after a stop it is released at once. */
  own(name: string, release: Release): void;
  /** Runs a start; when it fails, releases what it had acquired before the error is thrown on. */
  start<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /**
   * Waits for a start under way, then releases everything, last first. A release that fails is reported and
   * the others still run. Every call gets the same promise, which never rejects.
   */
  stop(): Promise<StopReport>;
}

/** Makes a lifecycle; `onReleaseError` hears of every release that failed. */
export function createLifecycle(onReleaseError: (name: string, error: unknown) => void): Lifecycle {
  const owned: { name: string; release: Release }[] = [];
  const failed: string[] = [];
  const controller = new AbortController();
  let starting: Promise<unknown> = Promise.resolve();
  let stopping: Promise<StopReport> | undefined;

  const releaseAll = async (): Promise<StopReport> => {
    for (let part = owned.pop(); part !== undefined; part = owned.pop()) {
      try {
        await part.release();
      } catch (error) {
        failed.push(part.name);
        onReleaseError(part.name, error);
      }
    }
    return { failed };
  };
  const stop = (): Promise<StopReport> => {
    controller.abort();
    // How the start ended is its caller's to hear; here only that it ended counts.
    stopping ??= Promise.allSettled([starting]).then(releaseAll);
    return stopping;
  };

  return {
    signal: controller.signal,
    own(name, release) {
      owned.push({ name, release });
      if (stopping) void stopping.then(releaseAll);
    },
    async start(run) {
      const started = (async () => run(controller.signal))();
      starting = started;
      try {
        return await started;
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
  };
}

/** Stops within a grace period: false when it ran out first (the stop goes on meanwhile). */
export async function stopWithin(lifecycle: Lifecycle, graceMs: number, clock: Clock): Promise<boolean> {
  const timer = new AbortController();
  const expired = clock.sleep(graceMs, timer.signal).then(
    () => false,
    () => true,
  );
  const stopped = lifecycle.stop().then(() => true);
  const inTime = await Promise.race([stopped, expired]);
  timer.abort();
  return inTime;
}
