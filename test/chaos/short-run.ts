import { SHORT_SCHEDULE } from './fault-schedule.ts';

/** What makes a run a short one: every main fault once, one upon the other; as long as the steps take. */
export const SHORT_RUN = {
  steps: SHORT_SCHEDULE,
  forMs: 40_000,
  cutOff: false,
  recoverBetween: false,
  settleMs: 3_000,
} as const;
