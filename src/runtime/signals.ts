/** The signals that ask a process to stop. */
export type StopSignal = 'SIGTERM' | 'SIGINT';

/** The part of `process` that is needed here. */
export interface SignalSource {
  on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
  off(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
}

export interface SignalHandlers {
  /** The first signal: stop in order. */
  onStop(signal: StopSignal): void;
  /** Any further one: whoever sends it won't wait. */
  onForce(signal: StopSignal): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Listens for stop signals until the answered function is called. */
export function listenForSignals(source: SignalSource, handlers: SignalHandlers): () => void {
  let asked = false;
  const listener = (signal: StopSignal) => {
    if (asked) {
      handlers.onForce(signal);
      return;
    }
    asked = true;
    handlers.onStop(signal);
  };
  for (const signal of SIGNALS) source.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) source.off(signal, listener);
  };
}
