import { AsyncLocalStorage } from 'node:async_hooks';
import type { SimTime, Timer } from './sim-time.ts';

/** Whose code runs: what limiter and breaker set timers for stops with its process. */
export interface TimerOwner {
  readonly dead: boolean;
  /** Runs it now, after the thaw, or never. */
  resume(action: () => void): void;
}

/** The process whose code runs now. */
export const runningProcess = new AsyncLocalStorage<TimerOwner>();

/**
 * Puts the global timers and `Date.now` on virtual time, for the libraries that know no other (bottleneck, opossum); returns
 * what puts them back. Sleepers of the core have a clock and do not come here.
 */
export function installVirtualTimers(time: SimTime): () => void {
  const real = { setTimeout, clearTimeout, setInterval, clearInterval };
  const realNow = Date.now;

  const handle = (timer: Timer) => {
    const self = {
      cancel: () => timer.cancel(),
      ref: () => self,
      unref: () => self,
      hasRef: () => false,
      refresh: () => self,
      [Symbol.toPrimitive]: () => 0,
    };
    return self;
  };
  const owned = (owner: TimerOwner | undefined, action: () => void): void => {
    if (owner === undefined) action();
    else owner.resume(() => runningProcess.run(owner, action));
  };
  const later = (action: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    const owner = runningProcess.getStore();
    return handle(time.after(Math.max(1, ms), () => owned(owner, () => action(...args))));
  };
  const every = (action: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    const owner = runningProcess.getStore();
    let current: Timer;
    const again = (): void => {
      current = time.after(Math.max(1, ms), () => {
        if (owner?.dead === true) return;
        again();
        owned(owner, () => action(...args));
      });
    };
    again();
    return handle({ cancel: () => current.cancel() });
  };
  const clear = (timer: unknown): void => {
    if (typeof timer === 'object' && timer !== null && 'cancel' in timer) (timer as Timer).cancel();
  };

  Object.assign(globalThis, {
    setTimeout: later,
    clearTimeout: clear,
    setInterval: every,
    clearInterval: clear,
  });
  Date.now = () => time.now();
  return () => {
    Object.assign(globalThis, real);
    Date.now = realNow;
  };
}
