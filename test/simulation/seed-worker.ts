import { parentPort, workerData } from 'node:worker_threads';
import { makePlan, type PlanOptions } from './plan/make-plan.ts';
import { kindOfFailure, shrinkPlan } from './plan/shrink-plan.ts';
import type { SimPlan } from './plan/sim-plan.ts';
import { simulate } from './simulate.ts';

/** How one seed went. */
export interface SeedReport {
  readonly seed: number;
  readonly failures: readonly string[];
  readonly hash: string;
  readonly counts: readonly (readonly [string, number])[];
  readonly recoveredMs: number;
  /** Of a seed that failed, if it was to be shrunk: the smallest plan that still fails, and its history. */
  readonly shrunk: { readonly plan: SimPlan; readonly lines: readonly string[] } | null;
}

interface Share {
  readonly from: number;
  readonly until: number;
  readonly step: number;
  readonly shrink: boolean;
  readonly world: PlanOptions;
}

async function failuresOf(plan: SimPlan): Promise<readonly string[]> {
  try {
    return (await simulate(plan)).failures;
  } catch (error) {
    return [`thrown: ${String(error)}`];
  }
}

async function shrunkOf(plan: SimPlan, failures: readonly string[]): Promise<SeedReport['shrunk']> {
  const kind = kindOfFailure(failures);
  const small = await shrinkPlan(plan, async (smaller) => kindOfFailure(await failuresOf(smaller)) === kind);
  return { plan: small, lines: (await simulate(small, { trace: true })).lines };
}

async function reportOf(seed: number, { shrink, world }: Share): Promise<SeedReport> {
  const plan = makePlan(seed, world);
  try {
    const { failures, hash, counts, recoveredMs } = await simulate(plan);
    const shrunk = failures.length > 0 && shrink ? await shrunkOf(plan, failures) : null;
    return { seed, failures, hash, counts: [...counts], recoveredMs, shrunk };
  } catch (error) {
    const failures = [`thrown: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
    return { seed, failures, hash: '', counts: [], recoveredMs: 0, shrunk: null };
  }
}

const share = workerData as Share;
const { from, until, step } = share;
for (let seed = from; seed < until; seed += step) parentPort?.postMessage(await reportOf(seed, share));
