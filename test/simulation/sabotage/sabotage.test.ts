import { describe, expect, it } from '@jest/globals';
import { makePlan } from '../plan/make-plan.ts';
import { blindCreate, commitBeforeStore, noClaimFence, replayOfOldPayloads } from './processes.ts';
import { simulate } from '../simulate.ts';
import type { Sabotage } from '../world.ts';

const MOST_SEEDS = 250;

/** The first seed that a fault shows in, and how; a seed that fails without it, too, shows nothing. */
async function firstFound(sabotage: () => Sabotage): Promise<{ seed: number; failure: string } | null> {
  for (let seed = 1; seed <= MOST_SEEDS; seed += 1) {
    const plan = makePlan(seed);
    const { failures } = await simulate(plan, { sabotage: sabotage() });
    const [failure] = failures;
    if (failure !== undefined && (await simulate(plan)).failures.length === 0) return { seed, failure };
  }
  return null;
}

describe('the simulation finds', () => {
  it.each([
    ['a commit before the store has it', () => commitBeforeStore, /not as the log ends|work did not end/],
    ['a blind create after a time-out', () => blindCreate, /left over|stray|differs|intent|work did not end/],
    [
      'claims and leases that fence nobody off',
      () => noClaimFence,
      /calls for|stale overwrite|left over|stray|work did not end/,
    ],
    ['a replay of the old payload', replayOfOldPayloads, /stale overwrite|differs|not in the CRM|letter/],
  ])(
    '%s',
    async (_name, sabotage, how) => {
      const found = await firstFound(sabotage);
      expect(found).toEqual({ seed: expect.any(Number), failure: expect.stringMatching(how) });
    },
    120_000,
  );
});
