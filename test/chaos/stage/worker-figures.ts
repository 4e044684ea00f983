import type { ProgramProcess } from './program-process.ts';

/** What the workers' own metrics say, kept over their deaths. */
export interface WorkerFigures {
  /** Of one worker, since it started. */
  take(worker: ProgramProcess, metricsText: string): void;
  readonly peakRssBytes: () => number;
  /** What a worker had when it was last asked. */
  readonly lastRssBytes: (worker: ProgramProcess) => number;
  /** The sum of a counter over all workers that ever ran, as last seen of each; optionally with a label's value. */
  total(name: string, label?: string): number;
}

export function createWorkerFigures(): WorkerFigures {
  const last = new Map<number, readonly string[]>();
  const rss = new Map<number, number>();
  let peakRssBytes = 0;
  return {
    take(worker, metricsText) {
      const lines = metricsText.split('\n').filter((line) => !line.startsWith('#'));
      last.set(
        worker.pid,
        lines.filter((line) => line.startsWith('crm_sync_')),
      );
      const bytes = sumOf(lines, 'process_resident_memory_bytes');
      rss.set(worker.pid, bytes);
      peakRssBytes = Math.max(peakRssBytes, bytes);
    },
    peakRssBytes: () => peakRssBytes,
    lastRssBytes: ({ pid }) => rss.get(pid) ?? 0,
    total: (name, label) => [...last.values()].reduce((sum, lines) => sum + sumOf(lines, name, label), 0),
  };
}

function sumOf(lines: readonly string[], name: string, label = ''): number {
  return lines
    .filter((line) => (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
