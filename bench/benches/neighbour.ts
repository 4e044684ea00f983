import { ATTACKS, type Attack } from '../neighbour/attacks.ts';
import { faultsOf, MOST_RESIDENT_MIB } from '../stages/judge-encounter.ts';
import { startNeighbourStage, type Encounter, type EncounterTimes } from '../stages/neighbour-stage.ts';
import { HEAP_MIB } from '../stages/watched-program.ts';
import type { Statuses } from '../parts/hostile.ts';
import type { Bench, BenchStage, Findings, Goal } from '../harness/bench.ts';

const MOST_STALL_MS = 100;
const MOST_RATIO = 2;
const CONNECTIONS = 20_000;

interface Times extends EncounterTimes {
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
          const encounter = await office.meet(attack, times);
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

const MOST_CONTROL_MS = 30_000;

/** The minutes are those of the attacks; quiet and control stretches, for comparison, come on top. */
function timesOf({ quick, rounds, minutes }: BenchStage): Times {
  if (minutes !== null) {
    const attackMs = (minutes * 60_000) / ATTACKS.length;
    const controlMs = Math.min(MOST_CONTROL_MS, attackMs);
    return { quietMs: Math.min(10_000, attackMs), attackMs, controlMs, rounds: 1 };
  }
  return quick
    ? { quietMs: 1_500, attackMs: 3_000, controlMs: 1_500, rounds: 1 }
    : { quietMs: 8_000, attackMs: 12_000, controlMs: 12_000, rounds };
}

function summaryOf(encounter: Encounter): string {
  const { quiet, control, beside, grownMiB, statuses, controlled, ended } = encounter;
  const ms = (value: number) => value.toFixed(0);
  const three = (pick: (stretch: Encounter['quiet']) => number) =>
    `${ms(pick(quiet))} quiet, ${ms(pick(control))} control, ${ms(pick(beside))} ms beside`;
  return [
    `change to CRM ${three(({ deliveryMs }) => deliveryMs)}`,
    `GET ${three(({ httpMs }) => httpMs)}`,
    `stall ${three(({ longestStallMs }) => longestStallMs)}`,
    `own work ${three(({ longestWorkMs }) => longestWorkMs)}`,
    `${ms(beside.peakMiB)} MiB, ${ms(grownMiB)} MiB more on disk`,
    `${JSON.stringify(statuses)}, control ${JSON.stringify(controlled)}`,
    ...(ended === null ? [] : [`ENDED ${ended}`]),
  ].join('; ');
}

function findingsOf(
  met: ReadonlyMap<Attack, readonly Encounter[]>,
  { quietMs, attackMs, controlMs, rounds }: Times,
  connections: number,
): Findings {
  const all = [...met];
  return {
    rows: all.flatMap(([{ name }, encounters]) => rowsOf(name, encounters)),
    goals: all.flatMap(([{ name }, encounters]) => goalsOf(name, encounters)),
    notes: [
      `The program of now with a heap of ${HEAP_MIB} MiB, embedded, with ${connections} connections that have nothing to do. The other tenant changes one of 20 linked contacts and looks at a page each 150 ms, whatever the answers take; ${seconds(quietMs)} without and ${seconds(attackMs)} beside each attack, ${rounds} times.`,
      `Both tenants, their CRMs and the program share the machine's cores. So each attack has a control of ${seconds(controlMs)}: the same attacker strikes a process that does nothing, which answers as often, by the same statuses and with as many bytes as the program did, and calls the attacker's CRM as often; the other tenant works with the program as ever, on a machine as busy. What that costs is the machine's part; the ratio of beside and control is the program's.`,
      ...all.map(
        ([{ name, what }, encounters]) =>
          `${name}: ${what}. Answered: ${answersOf(encounters.map(({ statuses }) => statuses))}; in the control: ${answersOf(encounters.map(({ controlled }) => controlled))}.`,
      ),
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
    row('change to CRM p99, control', ({ control }) => control.deliveryMs),
    row('change to CRM p99, beside', ({ beside }) => beside.deliveryMs),
    row('GET p99, quiet', ({ quiet }) => quiet.httpMs),
    row('GET p99, control', ({ control }) => control.httpMs),
    row('GET p99, beside', ({ beside }) => beside.httpMs),
    row('longest stall, quiet', ({ quiet }) => quiet.longestStallMs),
    row('longest stall, control', ({ control }) => control.longestStallMs),
    row('longest own work at once, beside, processor time', ({ beside }) => beside.longestWorkMs),
    row('more on disk', ({ grownMiB }) => grownMiB, ' MiB'),
  ];
}

function goalsOf(name: string, encounters: readonly Encounter[]): Goal[] {
  return [
    {
      goal: `${name}: change to CRM p99, beside over control`,
      atMost: MOST_RATIO,
      values: encounters.map(({ control, beside }) => beside.deliveryMs / control.deliveryMs),
    },
    {
      goal: `${name}: GET p99, beside over control`,
      atMost: MOST_RATIO,
      values: encounters.map(({ control, beside }) => beside.httpMs / control.httpMs),
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

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

function answersOf(all: readonly Statuses[]): string {
  const sums = new Map<string, number>();
  for (const statuses of all) {
    for (const [status, count] of Object.entries(statuses)) sums.set(status, (sums.get(status) ?? 0) + count);
  }
  return [...sums].map(([status, count]) => `${status} ${count} times`).join(', ') || 'nothing';
}
