import type { TimelineAnswer } from './delivered-changes.ts';

/** What the stream of changes told. */
export interface DemoStatistics {
  note(entry: TimelineAnswer): void;
  /** Forgets the latencies so far: a first load waits for the CRM's rate limit, which is no latency of a change. */
  measureFromHere(): void;
  /** Records that were found in the CRM. */
  adopted(): number;
  /** Since `measureFromHere`, seconds, or null without a measurement. */
  latency(): { readonly count: number; readonly median: number; readonly p95: number } | null;
}

export function createDemoStatistics(): DemoStatistics {
  const adopted = new Set<string>();
  let latencies: number[] = [];
  return {
    note({ code, entity, entityId, latencySeconds }) {
      if (code === 'adopted') adopted.add(`${entity}/${entityId}`);
      if (latencySeconds !== null) latencies.push(latencySeconds);
    },
    measureFromHere() {
      latencies = [];
    },
    adopted: () => adopted.size,
    latency() {
      const sorted = [...latencies].sort((a, b) => a - b);
      const median = percentile(sorted, 0.5);
      const p95 = percentile(sorted, 0.95);
      return median === null || p95 === null ? null : { count: sorted.length, median, p95 };
    },
  };
}

/** The nearest-rank percentile of ascending numbers; null of none. */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
