import type { ApiClient } from '../client/api-client.ts';
import type { Clock } from '../runtime/clock.ts';
import { CommandFailure } from '../terminal/command-failure.ts';
import { eventFrames } from './event-frames.ts';

/** An entry of the timeline, as far as the demo shows it. */
export interface TimelineAnswer {
  readonly at: string;
  readonly provider: string;
  readonly entity: string;
  readonly entityId: string;
  readonly title: string;
  readonly code: string;
  readonly detail: string;
  readonly changed: readonly string[];
  readonly errors: readonly { readonly field: string; readonly message: string }[];
  readonly latencySeconds: number | null;
}

const RETRY_MS = 500;

/**
 * Calls back with each change that reaches the CRM, or doesn't, until the signal aborts. Resolves once it listens; a
 * connection that breaks is made again where it left off.
 */
export async function followChanges(
  client: ApiClient,
  { clock, signal }: { readonly clock: Pick<Clock, 'sleep'>; readonly signal: AbortSignal },
  onChange: (entry: TimelineAnswer) => void,
): Promise<void> {
  let lastId: string | null = null;
  const open = () => client.open('/api/events', signal, lastId === null ? {} : { 'last-event-id': lastId });
  const read = async (response: Response): Promise<void> => {
    if (response.body === null) return;
    for await (const { id, event, data } of eventFrames(response.body)) {
      lastId = id ?? lastId;
      if (event === 'change') onChange(JSON.parse(data) as TimelineAnswer);
    }
  };
  const follow = async (first: Response): Promise<void> => {
    let response: Response | null = first;
    while (!signal.aborted) {
      try {
        await read(response ?? (await open()));
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof CommandFailure) && !(error instanceof TypeError)) throw error;
      }
      response = null;
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  };
  void follow(await open());
}

/** What the stream of changes told. */
export interface DemoStatistics {
  note(entry: TimelineAnswer): void;
  /** Forgets the latencies so far: a first load waits for the CRM's rate limit, which is no latency of a change. */
  measureFromHere(): void;
  /** Records that were found in this CRM. */
  adopted(provider: string): number;
  /** Since `measureFromHere`, seconds, or null without a measurement. */
  latency(provider: string): Latency | null;
}

export interface Latency {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
}

export function createDemoStatistics(): DemoStatistics {
  const adopted = new Set<string>();
  let latencies: { readonly provider: string; readonly seconds: number }[] = [];
  return {
    note({ provider, code, entity, entityId, latencySeconds }) {
      if (code === 'adopted') adopted.add(`${provider} ${entity}/${entityId}`);
      if (latencySeconds !== null) latencies.push({ provider, seconds: latencySeconds });
    },
    measureFromHere() {
      latencies = [];
    },
    adopted: (provider) => [...adopted].filter((each) => each.startsWith(`${provider} `)).length,
    latency(provider) {
      const own = latencies.filter((each) => each.provider === provider);
      const sorted = own.map(({ seconds }) => seconds).sort((a, b) => a - b);
      const median = percentile(sorted, 0.5);
      const p95 = percentile(sorted, 0.95);
      return median === null || p95 === null ? null : { count: sorted.length, median, p95 };
    },
  };
}

/** The nearest-rank percentile of ascending numbers; null of none. */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
