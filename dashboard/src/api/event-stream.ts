import { signal, type ReadonlySignal } from '@preact/signals';

export type StreamState = 'connecting' | 'live' | 'reconnecting';

export interface EventStream {
  readonly state: ReadonlySignal<StreamState>;
  close(): void;
}

export interface EventStreamOptions {
  /** The frames' `event`. */
  readonly event: string;
  readonly onData: (data: unknown) => void;
  /** The service refused the stream (the session ended, too many are open); it is tried again after a while. */
  readonly onRefused?: () => void;
}

const RETRY_MS = 5_000;

/** Follows a stream of events until closed. The browser resumes a broken one by itself; one that was refused is opened anew. */
export function openEventStream(url: string, { event, onData, onRefused }: EventStreamOptions): EventStream {
  const state = signal<StreamState>('connecting');
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const open = () => {
    source = new EventSource(url);
    source.addEventListener('open', () => (state.value = 'live'));
    source.addEventListener(event, (frame) => {
      onData(JSON.parse((frame as MessageEvent<string>).data));
    });
    source.addEventListener('error', () => {
      state.value = 'reconnecting';
      if (source?.readyState !== EventSource.CLOSED) return;
      retry = setTimeout(open, RETRY_MS);
      onRefused?.();
    });
  };
  open();
  return {
    state,
    close() {
      clearTimeout(retry);
      source?.close();
    },
  };
}
