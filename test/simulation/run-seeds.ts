import { Worker } from 'node:worker_threads';
import { PLAN_OPTIONS, type PlanOptions } from './plan/make-plan.ts';
import type { SeedReport } from './seed-worker.ts';

export interface SeedsOptions {
  readonly from: number;
  readonly seeds: number;
  /** Threads. */
  readonly jobs: number;
  /** Whether what fails is made smaller and told in full. */
  readonly shrink: boolean;
  /** What there is in their worlds; absent: what plans have unless they are told. */
  readonly world?: PlanOptions;
  readonly onReport?: (report: SeedReport) => void;
}

export interface SeedsResult {
  readonly failed: readonly SeedReport[];
  /** Faults and other things that happened, by kind, over all seeds. */
  readonly counts: ReadonlyMap<string, number>;
  readonly seconds: number;
  /** Virtual ms from the end of the faults to the end of all work, ascending. */
  readonly recoveredMs: readonly number[];
}

/** Runs seeds on several threads; each seed has a whole world of its own, so that the threads share nothing. */
export async function runSeeds(options: SeedsOptions): Promise<SeedsResult> {
  const { from, seeds, jobs, shrink, onReport, world = PLAN_OPTIONS } = options;
  const began = performance.now();
  const failed: SeedReport[] = [];
  const counts = new Map<string, number>();
  const recoveredMs: number[] = [];
  const take = (report: SeedReport): void => {
    onReport?.(report);
    for (const [kind, count] of report.counts) counts.set(kind, (counts.get(kind) ?? 0) + count);
    recoveredMs.push(report.recoveredMs);
    if (report.failures.length > 0) failed.push(report);
  };
  const work = (job: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const workerData = { from: from + job, until: from + seeds, step: jobs, shrink, world };
      const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), {
        workerData,
        execArgv: ['--disable-warning=ExperimentalWarning'],
      });
      worker.on('message', take);
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  await Promise.all(Array.from({ length: jobs }, (_, job) => work(job)));
  failed.sort((a, b) => a.seed - b.seed);
  recoveredMs.sort((a, b) => a - b);
  return { failed, counts, recoveredMs, seconds: (performance.now() - began) / 1_000 };
}
