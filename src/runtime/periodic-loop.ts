import type { Clock } from './clock.ts';

export interface PeriodicLoopOptions {
  /** One round of work; it should end soon after the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<unknown>;
  /** Milliseconds between the end of a round and the next one; asked for anew each time. */
  readonly waitMs: number | (() => number);
  readonly clock: Clock;
  /** Hears of every round that failed; the loop goes on. It must not throw: that would be a fault of the program. */
  readonly onError: (error: unknown) => void;
}

/** Work that is repeated until it is stopped; never two rounds at once. */
export interface PeriodicLoop {
  /** Cuts the present wait short; during a round, makes the next one follow without a wait. */
  wake(): void;
  /** Aborts the wait or the round and resolves when it has ended. */
  stop(): Promise<void>;
}

/** Starts the loop; the first round follows as soon as the caller yields. */
export function startPeriodicLoop({ run, waitMs, clock, onError }: PeriodicLoopOptions): PeriodicLoop {
  const stopped = new AbortController();
  let woken = false;
  let waiting: AbortController | undefined;

  const round = async () => {
    try {
      await run(stopped.signal);
    } catch (error) {
      // The end of a round that was told to end is no failure.
      if (!stopped.signal.aborted) onError(error);
    }
  };
  const wait = async () => {
    const current = new AbortController();
    waiting = current;
    try {
      await clock.sleep(typeof waitMs === 'number' ? waitMs : waitMs(), current.signal);
    } catch (error) {
      if (!current.signal.aborted) throw error;
    } finally {
      waiting = undefined;
    }
  };
  const loop = async () => {
    while (!stopped.signal.aborted) {
      woken = false;
      await round();
      if (!woken && !stopped.signal.aborted) await wait();
    }
  };

  // Not within this call, so that a round may already use the loop that is being returned.
  const ended = Promise.resolve().then(loop);
  return {
    wake() {
      woken = true;
      waiting?.abort();
    },
    stop() {
      stopped.abort();
      waiting?.abort();
      return ended;
    },
  };
}
