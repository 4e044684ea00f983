import { ATTACKS, type Attack } from '../neighbour/attacks.ts';
import { faultsOf, MOST_RESIDENT_MIB } from '../stages/judge-encounter.ts';
import { startNeighbourStage, type Encounter } from '../stages/neighbour-stage.ts';
import { HEAP_MIB } from '../stages/watched-program.ts';
import type { Bench, BenchStage, Findings, Goal } from '../harness/bench.ts';

const MOST_STALL_MS = 100;
const MOST_RATIO = 2;
const CONNECTIONS = 20_000;

interface Times {
  readonly quietMs: number;
  readonly attackMs: number;
  readonly rounds: number;
}

/** One tenant does the worst that it may, kind by kind; another works as people do and is looked at. */
export const neighbourBench: Bench = {
  name: 'neighbour',
  title: 'A hostile neighbour does not stop the others',
  measures:
    'Whether a tenant that works as people do notices that another, or its CRM, does the worst that it may.',
  document: 'reliability',
  async run(stage) {
    const times = timesOf(stage);
    const connections = stage.quick ? 2_000 : CONNECTIONS;
    const office = await startNeighbourStage(connections, stage.quick);
    const met = new Map<Attack, Encounter[]>(ATTACKS.map((attack) => [attack, []]));
    try {
      for (let round = 0; round < times.rounds; round += 1) {
        for (const attack of ATTACKS) {
          const encounter = await office.meet(attack, times.quietMs, times.attackMs);
          met.get(attack)?.push(encounter);
          stage.progress(`round ${round + 1} of ${times.rounds}, ${attack.name}: ${summaryOf(encounter)}`);
        }
      }
    } finally {
      await office.close();
    }
    return findingsOf(met, times, connections);
  },
};

/** A part of a run by minutes is quiet, for comparison. */
function timesOf({ quick, rounds, minutes }: BenchStage): Times {
  if (minutes !== null) {
    const attackMs = (minutes * 60_000) / ATTACKS.length;
    return { quietMs: Math.min(10_000, attackMs), attackMs, rounds: 1 };
  }
  return quick
    ? { quietMs: 1_500, attackMs: 3_000, rounds: 1 }
    : { quietMs: 8_000, attackMs: 12_000, rounds };
}

function summaryOf({ quiet, beside, grownMiB, statuses, ended }: Encounter): string {
  const ms = (value: number) => value.toFixed(0);
  return [
    `change to CRM ${ms(quiet.deliveryMs)} → ${ms(beside.deliveryMs)} ms`,
    `GET ${ms(quiet.httpMs)} → ${ms(beside.httpMs)} ms`,
    `stall ${ms(quiet.longestStallMs)} → ${ms(beside.longestStallMs)} ms (own work ${ms(quiet.longestWorkMs)} → ${ms(beside.longestWorkMs)} ms)`,
    `${ms(beside.peakMiB)} MiB, ${ms(grownMiB)} MiB more on disk`,
    JSON.stringify(statuses),
    ...(ended === null ? [] : [`ENDED ${ended}`]),
  ].join('; ');
}

function findingsOf(
  met: ReadonlyMap<Attack, readonly Encounter[]>,
  { quietMs, attackMs, rounds }: Times,
  connections: number,
): Findings {
  const all = [...met];
  return {
    rows: all.flatMap(([{ name }, encounters]) => rowsOf(name, encounters)),
    goals: all.flatMap(([{ name }, encounters]) => goalsOf(name, encounters)),
    notes: [
      `The program of now with a heap of ${HEAP_MIB} MiB, embedded, with ${connections} connections that have nothing to do. The other tenant changes one of 20 linked contacts and looks at a page each 150 ms, whatever the answers take; ${quietMs / 1_000} s without and ${(attackMs / 1_000).toFixed(0)} s beside each attack, ${rounds} times. Both tenants, their CRMs and the program share the machine's cores, so a part of a ratio is the attacker's own work.`,
      ...all.map(([{ name, what }, encounters]) => `${name}: ${what}. Answered: ${answersOf(encounters)}.`),
    ],
    wrong: all.flatMap(([{ name }, encounters]) =>
      encounters.flatMap((encounter) => faultsOf(encounter).map((fault) => `${name}: ${fault}`)),
    ),
  };
}

function rowsOf(name: string, encounters: readonly Encounter[]): Findings['rows'] {
  const row = (what: string, pick: (encounter: Encounter) => number, unit = ' ms') => ({
    figure: `${name}: ${what}`,
    values: encounters.map(pick),
    unit,
  });
  return [
    row('change to CRM p99, quiet', ({ quiet }) => quiet.deliveryMs),
    row('change to CRM p99, beside', ({ beside }) => beside.deliveryMs),
    row('GET p99, quiet', ({ quiet }) => quiet.httpMs),
    row('GET p99, beside', ({ beside }) => beside.httpMs),
    row('longest stall, quiet', ({ quiet }) => quiet.longestStallMs),
    row('longest own work at once, beside, processor time', ({ beside }) => beside.longestWorkMs),
    row('more on disk', ({ grownMiB }) => grownMiB, ' MiB'),
  ];
}

function goalsOf(name: string, encounters: readonly Encounter[]): Goal[] {
  return [
    {
      goal: `${name}: change to CRM p99, beside over quiet`,
      atMost: MOST_RATIO,
      values: encounters.map(({ quiet, beside }) => beside.deliveryMs / quiet.deliveryMs),
    },
    {
      goal: `${name}: GET p99, beside over quiet`,
      atMost: MOST_RATIO,
      values: encounters.map(({ quiet, beside }) => beside.httpMs / quiet.httpMs),
    },
    {
      goal: `${name}: longest stall of the event loop`,
      atMost: MOST_STALL_MS,
      values: encounters.map(({ beside }) => beside.longestStallMs),
      unit: ' ms',
    },
    {
      goal: `${name}: peak memory (RSS)`,
      atMost: MOST_RESIDENT_MIB,
      values: encounters.map(({ beside }) => beside.peakMiB),
      unit: ' MiB',
    },
  ];
}

function answersOf(encounters: readonly Encounter[]): string {
  const sums = new Map<string, number>();
  for (const { statuses } of encounters) {
    for (const [status, count] of Object.entries(statuses)) sums.set(status, (sums.get(status) ?? 0) + count);
  }
  return [...sums].map(([status, count]) => `${status} ${count} times`).join(', ') || 'nothing';
}
