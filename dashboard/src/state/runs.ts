import { signal } from '@preact/signals';
import { api, runEventsUrl } from '../api/api.ts';
import type { Problem } from '../api/problem.ts';
import { type EventStream, openEventStream, type StreamState } from '../api/event-stream.ts';
import type { Run } from '../api/types.ts';
import { session } from '../api/session.ts';
import { hasEnded } from '../words/run-words.ts';

export interface WatchedRun {
  readonly run: Run;
  readonly stream: StreamState;
}

/** The full sync under way, or the last that ended while this page was open, of each provider. */
export const runs = signal<Readonly<Record<string, WatchedRun>>>({});

const streams = new Map<string, { readonly stream: EventStream; readonly stop: () => void }>();

/** Starts a full sync, or joins the one under way. Answers what went wrong; null when it runs. */
export async function startSync(provider: string): Promise<Problem | null> {
  const answer = await api.sync(provider);
  if (answer.ok) {
    watch(answer.value);
    return null;
  }
  // The CRM is away: the run waits for it and is worth watching.
  const { runId } = answer.problem;
  if (runId === null) return answer.problem;
  const waiting = await api.readRun(provider, runId);
  if (waiting.ok) watch(waiting.value);
  return answer.problem;
}

export async function cancelSync({ provider, runId }: Run): Promise<Problem | null> {
  const answer = await api.cancelRun(provider, runId);
  if (!answer.ok) return answer.problem;
  watch(answer.value);
  return null;
}

/** Watches the run that was under way before this page was opened. */
export async function adoptOpenRun(provider: string): Promise<void> {
  const answer = await api.latestRuns(provider);
  const latest = answer.ok ? answer.value.data[0] : undefined;
  if (latest !== undefined && !hasEnded(latest)) watch(latest);
}

/** Takes an ended run's summary off the page. */
export function dismissRun(provider: string): void {
  unwatch(provider);
  const { [provider]: _, ...others } = runs.peek();
  runs.value = others;
}

export function forgetRuns(): void {
  for (const provider of [...streams.keys()]) unwatch(provider);
  runs.value = {};
}

function watch(run: Run): void {
  // An answer may come after the person has left.
  if (session.peek() !== 'signed-in') return;
  const { provider, runId } = run;
  unwatch(provider);
  tell(run, 'connecting');
  if (hasEnded(run)) return;
  const stream = openEventStream(runEventsUrl(provider, runId), {
    event: 'progress',
    onData(data) {
      const progress = data as Run;
      tell(progress, 'live');
      // The service closes the stream after the last frame; the browser would open it again.
      if (hasEnded(progress)) unwatch(provider);
    },
  });
  const stop = stream.state.subscribe((state) => {
    const watched = runs.peek()[provider];
    if (watched?.run.runId === runId) tell(watched.run, state);
  });
  streams.set(provider, { stream, stop });
}

function tell(run: Run, stream: StreamState): void {
  runs.value = { ...runs.peek(), [run.provider]: { run, stream } };
}

function unwatch(provider: string): void {
  const watched = streams.get(provider);
  streams.delete(provider);
  watched?.stop();
  watched?.stream.close();
}
