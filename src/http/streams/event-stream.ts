import type { Clock } from '../../runtime/clock.ts';

export interface EventFrame {
  /** What a client resumes after. */
  readonly id: string;
  readonly event: string;
  /** Anything that JSON can carry. */
  readonly data: unknown;
}

/** Where a stream's frames come from. */
export interface EventSource {
  /** The frames since the last call; `done` when nothing can follow them. */
  next(): Promise<{ readonly frames: readonly EventFrame[]; readonly done: boolean }>;
  /** Calls `wake` when there may be more; returns how to stop. What it misses is found by asking every second. */
  subscribe(wake: () => void): () => void;
}

export interface StreamOptions {
  readonly clock: Pick<Clock, 'sleep' | 'monotonic'>;
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** False once the caller's session or token is over. */
  readonly alive: () => boolean;
}

const POLL_MS = 1_000;
/** Wakes come in bursts: one reading serves them all. */
const COALESCE_MS = 20;
const COMMENT_MS = 15_000;
const RETRY_MS = 2_000;

/**
 * The text of a server-sent event stream, a piece for each pull, so that a slow reader is only asked again when it has taken
 * the last piece.
 */
export async function* eventStream(source: EventSource, options: StreamOptions): AsyncGenerator<string> {
  const { clock, signal, alive } = options;
  const bell = createBell(clock);
  signal.addEventListener('abort', bell.ring, { once: true });
  const unsubscribe = source.subscribe(bell.ring);
  let writtenAt = clock.monotonic();
  try {
    yield `retry: ${RETRY_MS}\n\n`;
    while (!signal.aborted && alive()) {
      const { frames, done } = await source.next();
      if (frames.length > 0) yield frames.map(frameText).join('');
      else if (clock.monotonic() - writtenAt >= COMMENT_MS) yield ': still here\n\n';
      else {
        if (done) return;
        await bell.wait(POLL_MS);
        if (!signal.aborted) await clock.sleep(COALESCE_MS);
        continue;
      }
      if (done) return;
      writtenAt = clock.monotonic();
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', bell.ring);
  }
}

/** Ids and names come from us; a line end in one would begin another field. */
function frameText({ id, event, data }: EventFrame): string {
  const line = (text: string) => text.replace(/[\r\n\0]/g, '');
  return `id: ${line(id)}\nevent: ${line(event)}\ndata: ${JSON.stringify(data)}\n\n`;
}

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
