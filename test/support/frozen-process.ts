import type { Clock } from '../../src/runtime/clock.ts';

/** A process as its surroundings see it: while frozen nothing of it goes on, once dead nothing of it ever does again. */
export interface FreezableProcess {
  freeze(): void;
  thaw(): void;
  kill(): void;
  readonly running: boolean;
  /** The same part, whose answers reach the process only while it runs. */
  through<T extends object>(part: T): T;
  clock(clock: Clock): Clock;
}

export function createFreezableProcess(): FreezableProcess {
  let thawed = Promise.withResolvers<void>();
  thawed.resolve();
  let state: 'running' | 'frozen' | 'dead' = 'running';
  /** What is answered while it is frozen waits; what is answered to the dead is never heard. */
  const hear = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } finally {
      while (state !== 'running')
        await (state === 'dead' ? new Promise<void>(() => undefined) : thawed.promise);
    }
  };
  const act = async <T>(work: () => T | Promise<T>): Promise<T> => {
    await hear(Promise.resolve());
    return await hear(Promise.resolve(work()));
  };
  return {
    get running() {
      return state === 'running';
    },
    freeze() {
      state = 'frozen';
      thawed = Promise.withResolvers<void>();
    },
    thaw() {
      if (state !== 'frozen') return;
      state = 'running';
      thawed.resolve();
    },
    kill() {
      state = 'dead';
    },
    through: (part) =>
      new Proxy(part, {
        get(target, name, receiver) {
          const value: unknown = Reflect.get(target, name, receiver);
          if (typeof value !== 'function') return value;
          return (...args: unknown[]) =>
            act(() => (value as (...given: unknown[]) => unknown).apply(target, args));
        },
      }),
    clock: (clock) => ({
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: (ms, signal) => hear(clock.sleep(ms, signal)),
    }),
  };
}
