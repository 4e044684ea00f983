import type { Clock } from '../../runtime/clock.ts';

/** Ends a wait early. A ring while nobody waits is kept for the next wait. */
export interface Bell {
  ring(): void;
  /** Resolves after `ms`, or as soon as it is rung. */
  wait(ms: number): Promise<void>;
}

export function createBell(clock: Pick<Clock, 'sleep'>): Bell {
  let rung = false;
  let nap: AbortController | null = null;
  return {
    ring() {
      rung = true;
      nap?.abort();
    },
    async wait(ms) {
      const current = new AbortController();
      nap = current;
      try {
        if (!rung) await clock.sleep(ms, current.signal);
      } catch (error) {
        if (!current.signal.aborted) throw error;
      } finally {
        nap = null;
        rung = false;
      }
    },
  };
}
