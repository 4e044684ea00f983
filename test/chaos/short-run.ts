import type { ChaosResult } from './chaos-result.ts';
import { SHORT_SCHEDULE, SMOKE_SCHEDULE } from './fault-schedule.ts';

const FIXED = { cutOff: false, recoverBetween: false, settleMs: 3_000 } as const;

/** What makes a run a short one: every main fault once, one upon the other; as long as the steps take. */
export const SHORT_RUN = { ...FIXED, steps: SHORT_SCHEDULE, forMs: 40_000 } as const;

/** The shortest run, a test of the real tier. */
export const SMOKE_RUN = { ...FIXED, steps: SMOKE_SCHEDULE, forMs: 15_000 } as const;

/** What must have happened in a run with fixed steps. */
export interface LeastHappened {
  readonly events: number;
  readonly poisons: number;
  readonly faults: number;
  readonly creates: number;
}

/** Of a run with the short run's default load. */
export const LEAST_OF_SHORT_RUN: LeastHappened = { events: 300, poisons: 12, faults: 15, creates: 100 };

/** What happened too rarely; a run in which nothing happened would prove nothing. */
export function missingIn({ log, faults, load, writes }: ChaosResult, least: LeastHappened): string[] {
  const counts = [
    ['events', log.events, least.events],
    ['poison', log.poisons, least.poisons],
    ['kinds of faults', Object.keys(faults).length, least.faults],
    ['creates', writes.creates, least.creates],
    ['records that people deleted in the CRM', load.deletedInCrm, 1],
  ] as const;
  return counts.flatMap(([what, count, enough]) =>
    count >= enough ? [] : [`${what}: ${count}, at least ${enough} are needed to prove something`],
  );
}
