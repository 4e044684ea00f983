import { percentile } from '../../test/reliability/statistics.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { quotients } from '../harness/alternate.ts';
import type { Bench, BenchStage, Findings } from '../harness/bench.ts';
import { prepareBacklog, prepareSync, restFaults, type Waiting } from '../stages/backlog.ts';
import { CRM_USER } from '../stages/crm-stage.ts';
import { EVERY_MS, LIVE, startLiveStage, type Changed, type LiveStage } from '../stages/live-changes.ts';

const BUDGET = 50;
const PLACES = 16;
const CRM_MS = 20;
/** From the resuming to the first change: what was on its way when it was paused has ended, and the other work goes on. */
const UNDER_WAY_MS = 1_000;
const OTHER_KEYS = ['waiting-key-0', 'waiting-key-1'];

/** What goes on beside the single changes. */
interface Case {
  readonly live: LiveStage;
  /** Users whose connections are paused while another case is measured. */
  readonly users: readonly string[];
  readonly waiting: readonly Waiting[];
}

type Cases = Readonly<Record<'idle' | 'sync' | 'backlog', Case>>;

/** From a change to the CRM having the call: with nothing else to do, during a full sync, and under a backlog. */
export const latencyBench: Bench = {
  name: 'latency',
  title: 'Latency: one change to the CRM, idle, during a full sync and under a backlog',
  measures:
    'How long a single change takes from the publishing call to the CRM, with nothing else to do and beside other work.',
  async run({ quick, rounds, progress }) {
    const amounts = {
      changes: quick ? 30 : 60,
      synced: quick ? 1_000 : 10_000,
      due: quick ? 4_000 : 100_000,
    };
    const stages: LiveStage[] = [];
    const measured: Record<keyof Cases, Changed[]> = { idle: [], sync: [], backlog: [] };
    try {
      const cases = await openCases(amounts, stages, progress);
      for (let round = 0; round < rounds; round += 1) {
        for (const name of inTurns(Object.keys(cases) as (keyof Cases)[], round))
          measured[name].push(await measure(cases[name], amounts.changes));
        progress(`round ${round + 1} of ${rounds}`);
      }
      return { ...figuresOf(measured), notes: notesOf(amounts), wrong: await faultsOf(cases, measured) };
    } finally {
      for (const stage of stages) await stage.close();
    }
  },
};

interface Amounts {
  readonly changes: number;
  readonly synced: number;
  readonly due: number;
}

async function openCases(
  { synced, due }: Amounts,
  stages: LiveStage[],
  progress: BenchStage['progress'],
): Promise<Cases> {
  const open = async (apiKeys: readonly string[] = []): Promise<LiveStage> => {
    const limits = { requestsPerSecond: BUDGET, maxConcurrent: PLACES };
    const stage = await startLiveStage({ latencyMs: CRM_MS, rateLimit: null }, limits, apiKeys);
    stages.push(stage);
    return stage;
  };
  const [idle, sync, backlog] = [await open(), await open(), await open(OTHER_KEYS)];
  const warm = [idle, sync, backlog];
  for (const live of warm) await live.change(LIVE);
  const [walked, backed] = await Promise.all([
    prepareSync(sync, synced),
    prepareBacklog(backlog, due, OTHER_KEYS),
  ]);
  const waiting = { sync: [walked], backlog: backed };
  progress(`${synced} records to be synced and a backlog of ${due} are there`);
  return {
    idle: { live: idle, users: [], waiting: [] },
    sync: { live: sync, users: [CRM_USER], waiting: waiting.sync },
    backlog: { live: backlog, users: waiting.backlog.map(({ userId }) => userId), waiting: waiting.backlog },
  };
}

/** The last first in every other round, so that a load of the machine that grows or falls favours none. */
function inTurns<T>(names: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? names : names.toReversed();
}

async function measure({ live, users }: Case, changes: number): Promise<Changed> {
  for (const user of users) await live.core.ask('resume', user);
  if (users.length > 0) await systemClock.sleep(UNDER_WAY_MS);
  const changed = await live.change(changes);
  for (const user of users) await live.core.ask('pause', user);
  return changed;
}

async function faultsOf(
  cases: Cases,
  measured: Readonly<Record<keyof Cases, readonly Changed[]>>,
): Promise<string[]> {
  const { idle, sync, backlog } = cases;
  const quiet = [...measured.sync, ...measured.backlog].filter(({ others }) => others === 0);
  return [
    ...(await Promise.all(Object.values(cases).map(({ live }) => live.liveFaults()))).flat(),
    ...(await restFaults(idle.live, [{ userId: CRM_USER, from: LIVE, to: LIVE }], true)),
    ...(await restFaults(sync.live, sync.waiting, false)),
    ...(await restFaults(backlog.live, backlog.waiting, true)),
    ...(quiet.length === 0 ? [] : [`in ${quiet.length} rounds nothing else went on beside the changes`]),
  ];
}

function figuresOf(
  measured: Readonly<Record<keyof Cases, readonly Changed[]>>,
): Pick<Findings, 'rows' | 'goals' | 'charts'> {
  const at = (name: keyof Cases, part: number) =>
    measured[name].map(({ latencies }) => percentile(latencies, part));
  const rowsOf = (name: keyof Cases, words: string) => [
    { figure: `${words}, p50`, values: at(name, 0.5), unit: ' ms' },
    { figure: `${words}, p99`, values: at(name, 0.99), unit: ' ms' },
    {
      figure: `${words}: other calls meanwhile`,
      values: measured[name].map(({ others }) => others),
      unit: '',
    },
  ];
  const overIdle = (name: 'sync' | 'backlog', words: string) => ({
    goal: `p99, ${words} over idle`,
    atMost: 3,
    values: quotients(at(name, 0.99), at('idle', 0.99)),
    bound: SLOT,
  });
  return {
    rows: [...rowsOf('sync', 'during a full sync'), ...rowsOf('backlog', 'under a backlog')],
    goals: [
      { goal: 'idle, p50, beside the CRM’s own latency', atMost: 15, values: at('idle', 0.5), unit: ' ms' },
      { goal: 'idle, p99, beside the CRM’s own latency', atMost: 60, values: at('idle', 0.99), unit: ' ms' },
      overIdle('sync', 'during a full sync'),
      overIdle('backlog', 'under a backlog'),
    ],
    charts: [
      {
        name: 'time',
        kind: 'bars',
        title: 'From a change to the CRM',
        values: { text: 'ms' },
        series: {
          p50: {
            idle: 'idle, p50, beside the CRM’s own latency',
            'during a full sync': 'during a full sync, p50',
            'under a backlog': 'under a backlog, p50',
          },
          p99: {
            idle: 'idle, p99, beside the CRM’s own latency',
            'during a full sync': 'during a full sync, p99',
            'under a backlog': 'under a backlog, p99',
          },
        },
      },
    ],
  };
}

const SLOT = `a call waits for the next slot of its budget, up to ${(1_000 / BUDGET).toFixed(0)} ms, which it need not where nothing else is due; and shares one process with all other calls`;

function notesOf({ changes, synced, due }: Amounts): string[] {
  return [
    `${changes} changes of ${LIVE} linked contacts, one each ${EVERY_MS} ms, from the publishing call to the arrival at the CRM; its own latency of ${CRM_MS} ms comes after that. A CRM of ${BUDGET} requests a second. Each case has a core and a CRM of its own, and rests while another is measured.`,
    `Full sync: of ${synced} records that the CRM doesn't have, under way from the first round to the last and not finished then.`,
    `Backlog: ${due} due records. Half are of the connection whose contacts are changed and wait for another try, as after refusals; the others are changes of ${OTHER_KEYS.length} other connections with budgets of their own, as an outage leaves them. Filled once through the publisher, delivered in part; at the end each record is either in the CRM, once, or still due.`,
    'Changes of one connection go oldest first among themselves, but those of an import after the ones that came by themselves. So one that comes after an outage of its own CRM waits for what people changed before it, as long as the budget says.',
  ];
}
