import { describe, expect, it } from '@jest/globals';
import { KEPT_PLANS } from './kept-seeds.ts';
import { makePlan, PLAN_OPTIONS } from './plan/make-plan.ts';
import { runSeeds } from './run-seeds.ts';
import { shrinkPlan } from './plan/shrink-plan.ts';
import { simulate } from './simulate.ts';

/**
 * The same seeds at every run, so that a failure is somebody's change and not chance; `.ci/run` goes on from where they end, through thousands. To look
 * further: `npm run simulate -- --seeds 20000 --from $RANDOM`; to see what happened in one: `npm run simulate -- --seeds 1 --from SEED`.
 */
const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 40);
const FROM = Number(process.env['SIMULATION_FROM'] ?? 1);
const PATIENCE_MS = 120_000 + SEEDS * 250;

describe('the core under a seeded scheduler', () => {
  it(
    `holds what it promises, whatever fails, in ${SEEDS} histories`,
    async () => {
      const { failed, counts } = await runSeeds({ from: FROM, seeds: SEEDS, jobs: 2, shrink: false });
      expect(failed.map(({ seed, failures }) => ({ seed, failures }))).toEqual([]);
      // Histories in which nothing happened would hold anything.
      for (const kind of [
        'process died',
        'process frozen',
        'store unavailable',
        'ambiguous create',
        'rebalance',
      ])
        expect([kind, (counts.get(kind) ?? 0) > SEEDS / 100]).toEqual([kind, true]);
    },
    PATIENCE_MS,
  );

  it(
    'holds it where a CRM takes a record in several requests',
    async () => {
      const world = { ...PLAN_OPTIONS, parts: true };
      // No command goes through these.
      const seeds = Math.ceil(SEEDS / 2);
      const { failed } = await runSeeds({ from: FROM, seeds, jobs: 2, shrink: false, world });
      expect(failed.map(({ seed, failures }) => ({ seed, failures }))).toEqual([]);
    },
    PATIENCE_MS,
  );

  it.each(KEPT_PLANS.map(({ why, plan }) => [why, plan] as const))(
    'holds where it once did not: %s',
    async (_why, plan) => {
      expect((await simulate(plan)).failures).toEqual([]);
    },
  );

  it('goes the same way for the same seed, and another for another', async () => {
    const hashes = [];
    for (const seed of [7, 7, 8]) hashes.push((await simulate(makePlan(seed))).hash);
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  });

  it('goes the same way on a thread of its own as here', async () => {
    const reports: string[] = [];
    const onReport = ({ hash }: { readonly hash: string }): void => void reports.push(hash);
    await runSeeds({ from: 11, seeds: 1, jobs: 1, shrink: false, onReport });
    expect(reports).toEqual([(await simulate(makePlan(11))).hash]);
  });
});

describe('a plan that fails', () => {
  it('is shrunk to what it fails by', async () => {
    const plan = makePlan(5);
    const culprit = plan.actions.find((action) => action.do === 'event');
    const fails = (smaller: typeof plan): Promise<boolean> =>
      Promise.resolve(culprit !== undefined && smaller.actions.includes(culprit));
    const shrunk = await shrinkPlan(plan, fails);
    expect(shrunk.actions).toEqual([culprit]);
    expect(shrunk.workers).toBe(1);
  });
});
