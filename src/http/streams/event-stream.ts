import { type Clock, sleepUnlessAborted } from '../../runtime/clock.ts';

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
  /** Hears when a piece was given and nobody asks for the next one in time; ms. Once more as long, and it is `hopeless`. */
  readonly slow: { readonly afterMs: number; readonly onSlow: (hopeless: boolean) => void };
}

const POLL_MS = 1_000;
/** Wakes come in bursts: one reading serves them all. */
const COALESCE_MS = 20;
const COMMENT_MS = 15_000;
const RETRY_MS = 2_000;
/** What is written at once at most, unless a single frame has more. */
const PIECE_LENGTH = 64 * 1_024;
const CUT_OFF = ': cut off: this was read too slowly; open it again, with Last-Event-ID\n\n';

/**
 * The text of a server-sent event stream, a piece for each pull, so that nothing is read for a slow reader until it has taken the
 * last piece. One that takes none for too long is told so, where it still reads at all, and the stream ends.
 */
export async function* eventStream(source: EventSource, options: StreamOptions): AsyncGenerator<string> {
  const { clock, signal, alive } = options;
  const bell = createBell(clock);
  signal.addEventListener('abort', bell.ring, { once: true });
  const unsubscribe = source.subscribe(bell.ring);
  let writtenAt = clock.monotonic();
  const watch = watchReader(options);
  try {
    yield `retry: ${RETRY_MS}\n\n`;
    while (!signal.aborted && alive()) {
      const { frames, done } = await source.next();
      if (frames.length > 0) {
        for (const piece of piecesOf(frames)) {
          watch.given();
          yield piece;
          if (watch.taken()) continue;
          yield CUT_OFF;
          return;
        }
      } else if (clock.monotonic() - writtenAt >= COMMENT_MS) {
        watch.given();
        yield ': still here\n\n';
        if (!watch.taken()) {
          yield CUT_OFF;
          return;
        }
      } else {
        if (done) return;
        await bell.wait(POLL_MS);
        if (!signal.aborted) await clock.sleep(COALESCE_MS);
        continue;
      }
      if (done) return;
      writtenAt = clock.monotonic();
    }
  } finally {
    watch.taken();
    unsubscribe();
    signal.removeEventListener('abort', bell.ring);
  }
}

/** Frames together, as many as make a piece. */
function* piecesOf(frames: readonly EventFrame[]): Generator<string> {
  let piece = '';
  for (const frame of frames) {
    const text = frameText(frame);
    if (piece !== '' && piece.length + text.length > PIECE_LENGTH) {
      yield piece;
      piece = '';
    }
    piece += text;
  }
  if (piece !== '') yield piece;
}

/** Watches how long a piece that was given waits for the next pull. */
function watchReader({ clock, slow: { afterMs, onSlow } }: StreamOptions) {
  let waiting: AbortController | null = null;
  let isSlow = false;
  const wait = async ({ signal }: AbortController) => {
    for (const hopeless of [false, true]) {
      if (!(await sleepUnlessAborted(clock, afterMs, signal))) return;
      isSlow = true;
      onSlow(hopeless);
    }
  };
  return {
    given() {
      waiting = new AbortController();
      void wait(waiting);
    },
    /** False where it took too long. */
    taken(): boolean {
      waiting?.abort();
      return !isSlow;
    },
  };
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
