import { availableParallelism } from 'node:os';
import { spreadOf } from '../../test/reliability/statistics.ts';
import type { Chart } from '../charts/chart.ts';
import { alternate } from '../harness/alternate.ts';
import type { Bench, Findings, Goal } from '../harness/bench.ts';
import { serverPids, watchProcessors, type ProcessorUse } from '../support/processor-use.ts';
import { openScaleStage, type ScaleStage } from '../stages/scale-stage.ts';

const CRM_MS = 50;
const PARTITIONS = 12;
const CONTACTS_A_CONNECTION = 2;
const SIZES = ['1', '2', '3'] as const;
type Size = (typeof SIZES)[number];
const GROUPS = ['workers', 'crm', 'broker', 'store'] as const;
type Group = (typeof GROUPS)[number];
const NAMES: Readonly<Record<Group, string>> = {
  workers: 'workers',
  crm: 'CRM',
  broker: 'broker',
  store: 'store’s server',
};

interface Round {
  readonly perSecond: number;
  readonly processors: ProcessorUse<Group>;
}

type Measured = Readonly<Record<Size, readonly Round[]>>;

/** What one, two and three workers deliver in all. */
export const scaleBench: Bench = {
  name: 'scale',
  title: 'Scale: one, two and three workers',
  measures:
    'How many deliveries a second one, two and three workers make in all, and which processes use the machine’s processors meanwhile.',
  async run({ quick, rounds, servers, progress }) {
    const connections = quick ? 60 : 300;
    const tier = await servers.addresses();
    const stages = new Map<Size, ScaleStage>();
    const wrong: string[] = [];
    const measure = (size: Size) => async (): Promise<Round> => {
      const stage = stages.get(size);
      if (stage === undefined) throw new Error(`no stage of ${size}`);
      const round = await measureRound(stage);
      wrong.push(...(await stage.faults()).map((fault) => `${workersText(size)}: ${fault}`));
      progress(`${workersText(size)}: ${Math.round(round.perSecond)} deliveries a second`);
      return round;
    };
    try {
      for (const size of SIZES) {
        const options = { connections, partitions: PARTITIONS, crmMs: CRM_MS };
        stages.set(
          size,
          await openScaleStage(tier, {
            ...options,
            workers: Number(size),
            contactsAConnection: CONTACTS_A_CONNECTION,
          }),
        );
      }
      const measured = await alternate(rounds, { 1: measure('1'), 2: measure('2'), 3: measure('3') });
      return { ...findingsOf(connections, measured), wrong: [...new Set(wrong)] };
    } finally {
      for (const stage of stages.values()) await stage.close();
    }
  },
};

const workersText = (size: Size): string => (size === '1' ? 'one worker' : `${size} workers`);

async function measureRound(stage: ScaleStage): Promise<Round> {
  const ended = watchProcessors({ ...stage.pids, ...serverPids() });
  const times = await stage.changeAll();
  const processors = ended();
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
  return { perSecond: (times.length - 1) / seconds, processors };
}

function findingsOf(connections: number, measured: Measured): Omit<Findings, 'wrong'> {
  return {
    rows: [
      ...SIZES.map((size) => ({
        figure: `deliveries a second, ${workersText(size)}`,
        values: measured[size].map(({ perSecond }) => perSecond),
        unit: '',
      })),
      ...SIZES.slice(1).map((size) => ({
        figure: `${workersText(size)}: part used of the processors that others leave`,
        values: measured[size].map(({ processors }) => processors.part),
        unit: '',
      })),
      ...SIZES.flatMap((size) => processorRows(size, measured[size])),
    ],
    goals: SIZES.slice(1).map((size) => goalOf(size, measured)),
    charts: CHARTS,
    notes: [
      `${connections} connections, each of another user with an account and so a budget of its own (50 requests a second); ${CONTACTS_A_CONNECTION} linked contacts each, all changed at once through topics of ${PARTITIONS} partitions; a CRM of ${CRM_MS} ms. From the first call that changes something to the last.`,
      'Each number of workers has a store, topics and a CRM of its own, with budgets and partitions evenly spread before it is measured; the others rest meanwhile.',
      `All of it runs on one machine: workers, CRM, broker and store share ${availableParallelism()} processors. Where those are in use, another worker has nothing to work with.`,
      'The store’s server is a stand-in that speaks MongoDB’s protocol: what it takes of the processors is not what MongoDB would.',
    ],
  };
}

function overOne(measured: Measured, size: Size, round: number): number {
  const one = measured['1'][round]?.perSecond ?? Number.NaN;
  return (measured[size][round]?.perSecond ?? Number.NaN) / (Number(size) * one);
}

function goalOf(size: Size, measured: Measured): Goal {
  const median = (pick: (round: Round) => number): string =>
    spreadOf(measured[size].map(pick)).median.toFixed(2);
  const cores = GROUPS.map(
    (group) => `${NAMES[group]} ${median(({ processors }) => processors.cores[group])}`,
  );
  return {
    goal: `${workersText(size)} over ${size} times one`,
    atLeast: 0.85,
    values: measured[size].map((_, round) => overOne(measured, size, round)),
    bound: `of ${availableParallelism()} processors: ${cores.join(', ')}, nobody ${median(({ processors }) => processors.idle)}`,
  };
}

function processorRows(size: Size, rounds: readonly Round[]) {
  const row = (figure: string, pick: (round: Round) => number) => ({
    figure: `${workersText(size)}: ${figure}`,
    unit: '',
    values: rounds.map(pick),
  });
  return [
    ...GROUPS.map((group) =>
      row(`processors of the ${NAMES[group]}`, ({ processors }) => processors.cores[group]),
    ),
    row(
      'part of the time that a worker waits for a processor',
      ({ processors }) => processors.queued.workers,
    ),
    row('processors that nobody uses', ({ processors }) => processors.idle),
    ...(['workers', 'store'] as const).map((group) =>
      row(
        `ms of a processor a delivery, ${NAMES[group]}`,
        ({ processors, perSecond }) => (processors.cores[group] * 1_000) / perSecond,
      ),
    ),
  ];
}

const CHARTS: readonly Chart[] = [
  {
    name: 'deliveries',
    kind: 'bars',
    title: 'Deliveries in all',
    values: { text: 'a second' },
    series: {
      deliveries: Object.fromEntries(
        SIZES.map((size) => [workersText(size), `deliveries a second, ${workersText(size)}`]),
      ),
    },
  },
  {
    name: 'processors',
    kind: 'bars',
    title: 'What uses the processors',
    values: { text: 'processors' },
    series: Object.fromEntries(
      GROUPS.map((group) => [
        NAMES[group],
        Object.fromEntries(
          SIZES.map((size) => [workersText(size), `${workersText(size)}: processors of the ${NAMES[group]}`]),
        ),
      ]),
    ),
  },
];
