/** Time as the program sees it. */
export interface Clock {
  /** Wall clock, epoch milliseconds. It may jump; use it for what is shown or stored, not for measuring. */
  now(): number;
  /** Milliseconds that only ever grow, for waits, rates and deadlines. */
  monotonic(): number;
  /**
   * Resolves once `ms` have passed by the monotonic clock, however long that is. Rejects with the signal's
   * reason as soon as it aborts, at once if it already has.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Node fires longer timers at once instead of late. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep,
};

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const until = performance.now() + (Number.isNaN(ms) ? 0 : ms);
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const abort = () => {
      clearTimeout(timer);
      reject(reasonOf(signal));
    };
    const next = () => {
      const left = until - performance.now();
      if (left > 0) {
        timer = setTimeout(next, Math.min(Math.ceil(left), LONGEST_TIMER_MS));
        return;
      }
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    if (signal?.aborted) {
      abort();
      return;
    }
    signal?.addEventListener('abort', abort, { once: true });
    next();
  });
}

/**
 * What a sleep is aborted with that nobody waits for any more. One for all: an error of its own for each, with its stack, costs more
 * than the sleep does.
 */
export const NOT_NEEDED = new Error('The wait is not needed any more');

/** The reason of an aborted signal, as an Error also where someone aborted with something else. */
export function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException('The wait was aborted', 'AbortError');
}

/** Whether the sleep was slept to its end; an abort is no error here. */
export async function sleepUnlessAborted(
  clock: Pick<Clock, 'sleep'>,
  ms: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
