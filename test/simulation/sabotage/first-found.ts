import { makePlan, PLAN_OPTIONS, type PlanOptions } from '../plan/make-plan.ts';
import { simulate } from '../simulate.ts';
import type { Sabotage } from '../world.ts';

const MOST_SEEDS = 250;

/** A fault that is planted, and where it showed before. */
export interface Planted {
  /** Made anew for each history. */
  readonly sabotage: () => Sabotage;
  /** Looked at first; a history that goes another way since costs time and nothing else: all the others are looked at then. */
  readonly seed: number;
  /** What the failure must say to be taken for one of this fault. */
  readonly how: RegExp;
}

/** How the fault shows as it should, in the first history that it does; one that fails without it, too, shows nothing. */
export async function firstFound(
  { sabotage, seed: shownBy, how }: Planted,
  world: PlanOptions = PLAN_OPTIONS,
): Promise<string | null> {
  const seeds = [shownBy, ...Array.from({ length: MOST_SEEDS }, (_, at) => at + 1)];
  for (const seed of seeds) {
    const plan = makePlan(seed, world);
    const { failures } = await simulate(plan, { sabotage: sabotage() });
    const failure = failures.find((one) => how.test(one));
    if (failure !== undefined && (await simulate(plan)).failures.length === 0) return failure;
  }
  return null;
}
