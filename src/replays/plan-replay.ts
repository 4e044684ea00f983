import type { DeadLetterFilter, ReplayPlan } from '../domain/replay.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import { judgeLetters, type JudgeParts } from './judge-letters.ts';
import type { JudgedLetter } from './replay-service.port.ts';

/** Letters looked at in one go. */
const LETTER_PAGE = 200;

export interface PlanReplayParts extends JudgeParts {
  readonly store: JudgeParts['store'] & Pick<StateStore, 'deadLetters'>;
}

/** Counts what a replay of these letters would do, page by page; writes and calls nothing. */
export async function planReplay(parts: PlanReplayParts, filter: DeadLetterFilter): Promise<ReplayPlan> {
  let plan = NOTHING;
  let cursor: string | null = null;
  do {
    const page = await parts.store.deadLetters.list(filter, cursor, LETTER_PAGE);
    const judged = await judgeLetters(parts, page.items);
    plan = judged.reduce(count, plan);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return plan;
}

const NOTHING: ReplayPlan = {
  total: 0,
  toDeliver: 0,
  toDecode: 0,
  superseded: 0,
  parked: 0,
  willFailAgain: 0,
  crmCalls: 0,
};

function count(plan: ReplayPlan, { verdict }: JudgedLetter): ReplayPlan {
  const counted = { ...plan, total: plan.total + 1 };
  switch (verdict.do) {
    case 'deliver':
      return {
        ...counted,
        toDeliver: plan.toDeliver + 1,
        willFailAgain: plan.willFailAgain + (verdict.willFailAgain ? 1 : 0),
        crmCalls: plan.crmCalls + verdict.crmCalls,
      };
    case 'decode':
      return { ...counted, toDecode: plan.toDecode + 1 };
    case 'superseded':
      return { ...counted, superseded: plan.superseded + 1 };
    case 'parked':
      return { ...counted, parked: plan.parked + 1 };
  }
}
