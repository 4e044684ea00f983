import { sleepUnlessAborted, type Clock } from '../../../runtime/clock.ts';
import type { Caller } from '../http/caller.ts';

/** Requests that are waiting for time to pass, or for ever. */
export interface InFlight {
  /**
   * Lets time pass for a request; the caller's leaving does not shorten it, as work at the other end goes on. False:
   * everything was dropped meanwhile, the connection is closed and the request must not go on.
   */
  wait(ms: number, caller: Caller): Promise<boolean>;
  /** Runs `step` every `ms` until the connection is gone. */
  every(ms: number, caller: Caller, step: () => void): Promise<void>;
  /** Leaves the caller without an answer. */
  hold(caller: Caller): void;
  /** Ends all of it: waiting work is not done, held connections are closed. */
  drop(): void;
}

export function createInFlight(clock: Pick<Clock, 'sleep'>): InFlight {
  const drops = new Set<() => void>();

  function hold(caller: Caller): void {
    const drop = (): void => caller.close();
    drops.add(drop);
    caller.onEnd(() => drops.delete(drop));
  }

  async function wait(ms: number, caller: Caller): Promise<boolean> {
    const dropped = new AbortController();
    const drop = (): void => {
      caller.close();
      dropped.abort();
    };
    drops.add(drop);
    try {
      return await sleepUnlessAborted(clock, ms, dropped.signal);
    } finally {
      drops.delete(drop);
    }
  }

  async function every(ms: number, caller: Caller, step: () => void): Promise<void> {
    const gone = new AbortController();
    caller.onEnd(() => gone.abort());
    hold(caller);
    while (await sleepUnlessAborted(clock, ms, gone.signal)) step();
  }

  return {
    wait,
    every,
    hold,
    drop() {
      for (const drop of [...drops]) drop();
    },
  };
}
