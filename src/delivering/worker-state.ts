import { NOT_NEEDED, type Clock } from '../runtime/clock.ts';
import type { Lease } from '../ownership/ownership.port.ts';
import type { DispatchRefusal } from '../wire/transport.port.ts';

/** What a connection's worker is told from outside while it works, and how it is woken. */
export interface WorkerState {
  /** No further link is taken and no further request goes out. */
  readonly stopping: boolean;
  /** What is held of the connection is out of date (status, credentials, config): end the round and read it anew. */
  stale: boolean;
  /** A person asks for the CRM to be tried at once, whatever it is waited for. */
  asked: boolean;
  /** Aborted, with the refusal for a reason, once the present round lets nothing more out: what waits for its turn leaves at once. */
  readonly over: AbortSignal;
  /** How often it was told so far that something may have become due. */
  readonly nudges: number;
  /** Something may have become due that was not asked for since. */
  readonly nudged: boolean;
  /** A link changed while it was delivered, so it is due as it stands. */
  again: boolean;
  /** A delivery ended without bringing its link to rest. */
  leftDue: boolean;
  /** The lease that the present round works under. */
  lease: Lease | null;
  /** Something may have become due. */
  nudge(): void;
  /** All that is due by now is about to be asked for. */
  act(): void;
  /** A link changed while it was delivered: it is asked for again. */
  keep(): void;
  /** The connection changed. */
  expire(): void;
  /** A person asks for the CRM to be tried at once. */
  ask(): void;
  /** Takes no new link. */
  stop(): void;
  wake(): void;
  /** Resolves at the next `wake`. */
  woken(): Promise<void>;
  /** A wait that a `wake` cuts short and that leaves no timer behind. */
  sleep(ms: number): Promise<void>;
}

export function createWorkerState(clock: Pick<Clock, 'sleep'>): WorkerState {
  let next = Promise.withResolvers<void>();
  let nudges = 1;
  let actedOn = 0;
  let stopping = false;
  let stale = false;
  let round = new AbortController();
  const endRound = (why: DispatchRefusal): void => round.abort(why);
  const wake = (): void => {
    next.resolve();
    next = Promise.withResolvers<void>();
  };
  return {
    asked: false,
    get stopping() {
      return stopping;
    },
    get stale() {
      return stale;
    },
    set stale(now) {
      stale = now;
      if (now) endRound('CONNECTION_CHANGED');
      else if (!stopping) round = new AbortController();
    },
    get over() {
      return round.signal;
    },
    again: false,
    leftDue: false,
    lease: null,
    get nudges() {
      return nudges;
    },
    get nudged() {
      return nudges > actedOn;
    },
    nudge() {
      nudges += 1;
      wake();
    },
    act() {
      actedOn = nudges;
      this.again = false;
      this.leftDue = false;
    },
    keep() {
      this.again = true;
      wake();
    },
    expire() {
      this.stale = true;
      wake();
    },
    ask() {
      this.asked = true;
      wake();
    },
    stop() {
      stopping = true;
      endRound('STOPPING');
      wake();
    },
    wake,
    woken: () => next.promise,
    async sleep(ms) {
      const timer = new AbortController();
      await Promise.race([clock.sleep(ms, timer.signal).catch(() => undefined), next.promise]);
      timer.abort(NOT_NEEDED);
    },
  };
}
