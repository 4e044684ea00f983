import { availableParallelism } from 'node:os';
import { spreadOf } from '../../test/reliability/statistics.ts';
import type { Chart } from '../charts/chart.ts';
import { alternate } from '../harness/alternate.ts';
import type { Bench, BenchStage, Findings } from '../harness/bench.ts';
import { openBudgetStage, type BudgetCalls, type BudgetStage } from '../stages/budget-stage.ts';
import { serverPids, watchProcessors, type ProcessorUse } from '../support/processor-use.ts';

const BUDGETS = [10, 50, 200] as const;
const CRM_MS = 20;
const WORKERS = 3;
/** Budgets that three workers use also while the others rest, which leaves them processors. */
const ALONE = [50, 200] as const;
const ALONE_ROUNDS = 2;
const SIDES = ['one worker', 'three workers'] as const;
type Side = (typeof SIDES)[number];

/** A round: each budget's use, and that of the processors. */
interface Round {
  readonly uses: readonly Use[];
  readonly processors: ProcessorUse<'workers' | 'crms' | 'broker' | 'store'>;
}

/** A budget while the others rest. */
interface Alone {
  readonly budget: number;
  readonly rounds: readonly Round[];
}

interface Use {
  /** Calls a second, over the budget. */
  readonly part: number;
  /** The most calls of any second, over the budget. */
  readonly busiest: number;
  readonly overLimit: number;
}

/** How much of CRMs' limits is used, and whether they are kept to. */
export const budgetBench: Bench = {
  name: 'budget',
  title: 'Budget: how much of a limit is used, and whether it is kept to',
  measures:
    'How much of a CRM’s limit on requests is used, and whether the CRM ever refuses one because of it, with one worker and with three.',
  async run(stage) {
    const { quick, rounds, servers, progress } = stage;
    const busyMs = quick ? 3_000 : 4_000;
    const fleet = { tier: await servers.addresses(), workers: WORKERS };
    const common = { budgets: BUDGETS, crmMs: CRM_MS };
    const stages: Record<Side, BudgetStage> = {
      'one worker': await openBudgetStage({ ...common, warmUpMs: quick ? 1_000 : 3_000, fleet: null }),
      'three workers': await openBudgetStage({ ...common, warmUpMs: quick ? 2_000 : 12_000, fleet }),
    };
    const wrong: string[] = [];
    const measure = async (side: Side, budgets: readonly number[]): Promise<Round> => {
      const round = await measureRound(stages[side], busyMs, budgets);
      wrong.push(...(await stages[side].faults()).map((fault) => `${side}: ${fault}`));
      progress(`${side}: used ${round.uses.map(({ part }) => part.toFixed(3)).join(', ')}`);
      return round;
    };
    try {
      const measured = await alternate(rounds, {
        'one worker': () => measure('one worker', BUDGETS),
        'three workers': () => measure('three workers', BUDGETS),
      });
      const alone = ALONE.map((budget) => ({ budget, rounds: [] as Round[] }));
      for (let round = 0; round < Math.min(rounds, ALONE_ROUNDS); round += 1)
        for (const { budget, rounds: each } of alone) each.push(await measure('three workers', [budget]));
      return { ...findingsOf(stage, busyMs, measured, alone), wrong: [...new Set(wrong)] };
    } finally {
      await Promise.all(SIDES.map((side) => stages[side].close()));
    }
  },
};

async function measureRound(stage: BudgetStage, busyMs: number, budgets: readonly number[]): Promise<Round> {
  const groups = { ...stage.pids, ...serverPids() };
  const { calls, watched } = await stage.keepBusy(busyMs, () => watchProcessors(groups), budgets);
  return { uses: budgets.map((budget, index) => useOf(budget, calls[index])), processors: watched };
}

function useOf(budget: number, { times, overLimit }: BudgetCalls = { times: [], overLimit: 0 }): Use {
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
  return {
    part: (times.length - 1) / seconds / budget,
    busiest: busiestSecond(times) / budget,
    overLimit,
  };
}

function findingsOf(
  { quick }: BenchStage,
  busyMs: number,
  measured: Readonly<Record<Side, readonly Round[]>>,
  alone: readonly Alone[],
): Omit<Findings, 'wrong'> {
  const of = (side: Side, index: number, pick: (use: Use) => number) =>
    measured[side].map(({ uses }) => {
      const use = uses[index];
      return use === undefined ? Number.NaN : pick(use);
    });
  const each = SIDES.flatMap((side) => BUDGETS.map((budget, index) => ({ side, budget, index })));
  return {
    rows: [
      ...each.map(({ side, budget, index }) => ({
        figure: `${budget}/s, ${side}: calls of the busiest second over the budget`,
        values: of(side, index, ({ busiest }) => busiest),
        unit: '',
      })),
      ...SIDES.flatMap((side) => processorRows(side, measured[side])),
      ...alone.flatMap(aloneRows),
    ],
    goals: each.flatMap(({ side, budget, index }) => [
      {
        goal: `${budget}/s, ${side}: part of the budget that is used`,
        atLeast: 0.95,
        values: of(side, index, ({ part }) => part),
        bound: boundOf(side, measured[side]),
      },
      {
        goal: `${budget}/s, ${side}: requests over the limit`,
        atMost: 0,
        values: of(side, index, ({ overLimit }) => overLimit),
      },
    ]),
    charts: [CHART],
    notes: [
      `All three budgets at once for ${quick ? 'a few' : busyMs / 1_000} s: each is an account at a CRM of its own that two users share, whose contacts change so often that there is always more to do. The CRM takes ${CRM_MS} ms, and allows bursts of a tenth of a second's calls, two at least.`,
      'All have worked for a while before the CRMs begin to enforce their limits. Processors are watched while all budgets are in use.',
      'One worker: the embedded store. Three: Kafka and a server that speaks MongoDB’s protocol; each budget is with another worker. That server is a stand-in, so its share of the processors says nothing of MongoDB.',
      'The budget is used only as far as the processors let it: where the machine’s are all in use, calls come late, and no more than 2% of a limit is made up for at once. A refused call halves the rate, and a tenth of it comes back each 10 s. A CRM that is short of them sees calls closer together than they left.',
    ],
  };
}

function aloneRows({ budget, rounds }: Alone) {
  const row = (figure: string, pick: (round: Round) => number) => ({
    figure: `${budget}/s, three workers, alone: ${figure}`,
    unit: '',
    values: rounds.map(pick),
  });
  return [
    row('part of the budget that is used', ({ uses }) => uses[0]?.part ?? Number.NaN),
    row(
      'part of the time that a worker waits for a processor',
      ({ processors }) => processors.queued.workers,
    ),
    row('processors of the machine that nobody uses', ({ processors }) => processors.idle),
  ];
}

function boundOf(side: Side, rounds: readonly Round[]): string {
  const median = (pick: (use: Round['processors']) => number): number =>
    spreadOf(rounds.map(({ processors }) => pick(processors))).median;
  const cores = (group: keyof Round['processors']['cores']): string =>
    median((use) => use.cores[group]).toFixed(2);
  const waits = Math.round(median(({ queued }) => queued.workers) * 100);
  const spaced = `calls are spaced for 97% of the limit; ${waits}% of the time a worker could have gone on and had to wait for a processor`;
  if (side === 'one worker') return spaced;
  return `${spaced}: of ${availableParallelism()} processors the workers use ${cores('workers')}, the CRMs ${cores('crms')}, the broker ${cores('broker')}, the store’s server ${cores('store')}, and ${median(({ idle }) => idle).toFixed(2)} are left. A budget that is alone has more of them, and the rows show what is used of it then`;
}

function processorRows(side: Side, rounds: readonly Round[]) {
  const used = (pick: (use: Round['processors']) => number) =>
    rounds.map(({ processors }) => pick(processors));
  return [
    {
      figure: `${side}: processors that the workers use`,
      values: used(({ cores }) => cores.workers),
      unit: '',
    },
    {
      figure: `${side}: processors that the store’s server uses`,
      values: used(({ cores }) => cores.store),
      unit: '',
    },
    {
      figure: `${side}: part of the time that a worker waits for a processor`,
      values: used(({ queued }) => queued.workers),
      unit: '',
    },
    {
      figure: `${side}: processors of the machine that nobody uses`,
      values: used(({ idle }) => idle),
      unit: '',
    },
  ];
}

const CHART: Chart = {
  name: 'use',
  kind: 'bars',
  title: 'Use of a CRM’s limit',
  values: { text: 'part of the limit' },
  limit: { at: 0.95, text: 'goal' },
  series: Object.fromEntries(
    SIDES.map((side) => [
      side,
      Object.fromEntries(
        BUDGETS.map((budget) => [
          `${budget} requests a second`,
          `${budget}/s, ${side}: part of the budget that is used`,
        ]),
      ),
    ]),
  ),
};

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
