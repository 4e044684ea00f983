import type { Bench } from '../harness/bench.ts';
import type { Arrival } from '../parts/crm.ts';
import { startCrmStage } from '../support/crm-stage.ts';

const BUDGETS = [10, 50, 200] as const;
const CRM_MS = 20;

interface Use {
  /** Calls a second from the first to the last, over the budget. */
  readonly part: number;
  /** The most calls of any second, over the budget. */
  readonly busiest: number;
  readonly overLimit: number;
}

/** How much of a CRM's limit is used, and whether it is kept to: one worker, a CRM that enforces it. */
export const budgetBench: Bench = {
  name: 'budget',
  title: 'Budget: how much of a limit is used, and whether it is kept to',
  async run({ quick, rounds, progress }) {
    const seconds = quick ? 4 : 15;
    const wrong: string[] = [];
    const uses = new Map<number, Use[]>(BUDGETS.map((budget) => [budget, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const budget of BUDGETS) {
        const use = await useBudget(budget, seconds, wrong);
        uses.get(budget)?.push(use);
        progress(`round ${round + 1} of ${rounds}: ${budget}/s, used ${use.part.toFixed(3)}`);
      }
    }
    const of = (budget: number, pick: (use: Use) => number) => (uses.get(budget) ?? []).map(pick);
    return {
      rows: BUDGETS.map((budget) => ({
        figure: `${budget}/s: calls of the busiest second over the budget`,
        values: of(budget, ({ busiest }) => busiest),
        unit: '',
      })),
      goals: BUDGETS.flatMap((budget) => [
        {
          goal: `${budget}/s: part of the budget that is used`,
          atLeast: 0.95,
          values: of(budget, ({ part }) => part),
          bound: 'calls are spaced for 97% of the limit',
        },
        {
          goal: `${budget}/s: requests over the limit`,
          atMost: 0,
          values: of(budget, ({ overLimit }) => overLimit),
        },
      ]),
      charts: [
        {
          ...{
            name: 'use',
            kind: 'bars',
            title: 'Use of a CRM’s limit',
            values: { text: 'part of the limit' },
          },
          limit: { at: 0.95, text: 'goal' },
          series: {
            used: Object.fromEntries(
              BUDGETS.map((budget) => [
                `${budget} requests a second`,
                `${budget}/s: part of the budget that is used`,
              ]),
            ),
          },
        },
      ],
      notes: [
        `New contacts, two calls each, for about ${seconds} s; one worker. The CRM allows bursts of a tenth of a second's calls, two at least.`,
      ],
      wrong: [...new Set(wrong)],
    };
  },
  measures:
    'How much of a CRM’s limit on requests is used, and whether the CRM ever refuses one because of it.',
};

async function useBudget(budget: number, seconds: number, wrong: string[]): Promise<Use> {
  const contacts = Math.round((budget * seconds) / 2);
  const rateLimit = { requestsPerSecond: budget, burst: Math.max(2, budget / 10) };
  const limits = { requestsPerSecond: budget, maxConcurrent: 16 };
  const stage = await startCrmStage({ latencyMs: CRM_MS, rateLimit }, limits);
  try {
    await stage.publish(0, contacts, [1, 1]);
    await stage.settled();
    wrong.push(...(await stage.faults(contacts, () => 1)));
    const { value: arrivals } = await stage.crm.ask<Arrival[]>('arrivals');
    const times = arrivals.map(({ at }) => at);
    const took = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
    return {
      part: (times.length - 1) / took / budget,
      busiest: busiestSecond(times) / budget,
      overLimit: (await stage.state()).overLimit,
    };
  } finally {
    await stage.close();
  }
}

/** The most that came within any second; `times` ascending, ms. */
export function busiestSecond(times: readonly number[]): number {
  let most = 0;
  let first = 0;
  times.forEach((at, index) => {
    while ((times[first] ?? at) <= at - 1_000) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}
