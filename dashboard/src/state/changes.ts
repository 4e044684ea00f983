import { signal } from '@preact/signals';
import { changesUrl } from '../api/api.ts';
import { type EventStream, openEventStream, type StreamState } from '../api/event-stream.ts';
import type { Change } from '../api/types.ts';
import { refreshIntegrations, refreshSoon } from './connections.ts';

const MOST = 200;
const FIRST = 50;

/** Newest first, at most `MOST`. */
export const changes = signal<readonly Change[]>([]);
/** What came while the list was paused; shown when it goes on. */
export const held = signal<readonly Change[]>([]);
export const isPaused = signal(false);
export const streamState = signal<StreamState>('connecting');
/** The newest one, paused or not. */
export const latestChange = signal<Change | null>(null);

export function pauseChanges(): void {
  isPaused.value = true;
}

export function resumeChanges(): void {
  isPaused.value = false;
  changes.value = newestFirst(held.peek(), changes.peek());
  held.value = [];
}

/** Follows the caller's changes until the returned function is called. A page that nobody sees leaves the line to others. */
export function followChanges(): () => void {
  let stream: EventStream | null = null;
  let stopState = () => {};

  const close = () => {
    stopState();
    stream?.close();
    stream = null;
  };
  const open = () => {
    if (stream !== null) return;
    const opened = openEventStream(changesUrl(changes.peek().length === 0 ? FIRST : MOST), {
      event: 'change',
      onData: (data) => take(data as Change),
      onRefused: () => void refreshIntegrations(),
    });
    stream = opened;
    stopState = opened.state.subscribe((state) => (streamState.value = state));
  };
  const follow = () => {
    if (document.visibilityState === 'visible') open();
    else close();
  };
  follow();
  document.addEventListener('visibilitychange', follow);
  return () => {
    document.removeEventListener('visibilitychange', follow);
    close();
    changes.value = [];
    held.value = [];
    isPaused.value = false;
    latestChange.value = null;
  };
}

function take(change: Change): void {
  latestChange.value = change;
  refreshSoon();
  const list = isPaused.peek() ? held : changes;
  list.value = newestFirst([change], list.peek());
}

/** Ids sort by time. After the stream was opened anew some come twice. */
function newestFirst(some: readonly Change[], others: readonly Change[]): readonly Change[] {
  const byId = new Map([...others, ...some].map((change) => [change.id, change]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, MOST);
}
