import type { Clock } from '../runtime/clock.ts';
import type { SignalSource, StopSignal } from '../runtime/signals.ts';

type Listener = (signal: StopSignal) => void;

/** Nobody presses Ctrl-C twice as fast as this. */
const ONE_PRESS_MS = 250;

/**
 * A source on which one Ctrl-C is one signal. A terminal sends it to the whole process group, and npm sends it on to its
 * child once more: the echo must not pass for the second one, which forces the end.
 */
export function steadySignals(source: SignalSource, clock: Pick<Clock, 'monotonic'>): SignalSource {
  const wrapped = new Map<Listener, Listener>();
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    on(signal, listener) {
      const steady = wrapped.get(listener) ?? steadied(listener);
      wrapped.set(listener, steady);
      return source.on(signal, steady);
    },
    off: (signal, listener) => source.off(signal, wrapped.get(listener) ?? listener),
  };

  function steadied(listener: Listener): Listener {
    return (signal) => {
      const now = clock.monotonic();
      if (now - lastAt < ONE_PRESS_MS) return;
      lastAt = now;
      listener(signal);
    };
  }
}
