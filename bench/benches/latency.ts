import { percentile } from '../../test/reliability/statistics.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Bench } from '../harness/bench.ts';
import type { Arrival } from '../parts/crm.ts';
import { CRM_USER, startCrmStage, type CrmStage } from '../support/crm-stage.ts';

const BUDGET = 50;
const CRM_MS = 20;
/** Contacts that are changed one at a time, linked beforehand. */
const LIVE = 20;
const EVERY_MS = 100;

interface Round {
  readonly idle: readonly number[];
  readonly busy: readonly number[];
}

/** From a change to the CRM having the call: with nothing else to do, and during a full sync. */
export const latencyBench: Bench = {
  name: 'latency',
  title: 'Latency: one change to the CRM, idle and during a full sync',
  async run({ quick, rounds, progress }) {
    const changes = quick ? 20 : 200;
    // As many as keep the sync going for as long as the changes last.
    const records = Math.ceil(((changes * EVERY_MS) / 1_000) * BUDGET);
    const all: Round[] = [];
    const wrong: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      all.push(await measureRound(changes, records, wrong));
      progress(`round ${round + 1} of ${rounds}`);
    }
    const at = (pick: (round: Round) => readonly number[], part: number) =>
      all.map((round) => percentile(pick(round), part));
    const idle = (part: number) => at((round) => round.idle, part);
    const busy = (part: number) => at((round) => round.busy, part);
    return {
      rows: [
        { figure: 'during a full sync, p50', values: busy(0.5), unit: ' ms' },
        { figure: 'during a full sync, p99', values: busy(0.99), unit: ' ms' },
      ],
      goals: [
        { goal: 'idle, p50, beside the CRM’s own latency', atMost: 15, values: idle(0.5), unit: ' ms' },
        { goal: 'idle, p99, beside the CRM’s own latency', atMost: 60, values: idle(0.99), unit: ' ms' },
        {
          goal: 'p99, during a full sync over idle',
          atMost: 3,
          values: busy(0.99).map((value, round) => value / (idle(0.99)[round] ?? Number.NaN)),
          bound: `a call has to wait for the next slot of the budget, up to ${(1_000 / BUDGET).toFixed(0)} ms, and one place of ${16}`,
        },
      ],
      charts: [
        {
          ...{ name: 'time', kind: 'bars', title: 'From a change to the CRM', values: { text: 'ms' } },
          series: {
            p50: {
              idle: 'idle, p50, beside the CRM’s own latency',
              'during a full sync': 'during a full sync, p50',
            },
            p99: {
              idle: 'idle, p99, beside the CRM’s own latency',
              'during a full sync': 'during a full sync, p99',
            },
          },
        },
      ],
      notes: [
        `${changes} changes of ${LIVE} linked contacts, one each ${EVERY_MS} ms, from the publishing call to the arrival at the CRM; its own latency of ${CRM_MS} ms comes after that.`,
        `Busy: a full sync of ${records} records that the CRM doesn't have is under way; a CRM of ${BUDGET} requests a second.`,
      ],
      wrong: [...new Set(wrong)],
    };
  },
  measures:
    'How long a single change takes from the publishing call to the CRM, with nothing else to do and beside other work.',
};

async function measureRound(changes: number, records: number, wrong: string[]): Promise<Round> {
  const stage = await startCrmStage(
    { latencyMs: CRM_MS, rateLimit: null },
    { requestsPerSecond: BUDGET, maxConcurrent: 16 },
  );
  try {
    await stage.publish(0, LIVE, [1, 1]);
    await stage.settled();
    await changeOneByOne(stage, changes, 2);
    const idle = await changeOneByOne(stage, changes, 2 + changes);
    await beginSync(stage, records);
    const busy = await changeOneByOne(stage, changes, 2 + 2 * changes);
    await stage.settled();
    const last = lastVersions(changes, 2 + 2 * changes);
    wrong.push(...(await stage.faults(LIVE + records, (entity) => last.get(entity) ?? 1)));
    return { idle, busy };
  } finally {
    await stage.close();
  }
}

/** Records that came while nothing was delivered: a full sync has them to do, on its own lane. */
async function beginSync(stage: CrmStage, records: number): Promise<void> {
  await stage.core.ask('pause', CRM_USER);
  await stage.publish(LIVE, LIVE + records, [1, 1]);
  await stage.core.ask('defer', CRM_USER);
  await stage.core.ask('resume', CRM_USER);
  await stage.core.ask('begin-sync', CRM_USER);
}

/** The change at `index` is of contact `index % LIVE`, at version `first + index`. */
async function changeOneByOne(stage: CrmStage, changes: number, first: number): Promise<number[]> {
  await stage.crm.ask('arrivals');
  const sent = new Map<string, number[]>();
  for (let index = 0; index < changes; index += 1) {
    const contact = index % LIVE;
    const { value } = await stage.publish(contact, contact + 1, [first + index, first + index]);
    const email = `ada.lovelace.${contact}@example.test`;
    sent.set(email, [...(sent.get(email) ?? []), value.at]);
    await systemClock.sleep(EVERY_MS);
  }
  await systemClock.sleep(1_000);
  const { value: arrivals } = await stage.crm.ask<Arrival[]>('arrivals');
  const came = Map.groupBy(arrivals, ({ email }) => email);
  return [...sent].flatMap(([email, times]) =>
    // Two changes of a contact are far enough apart to be two calls; one that never came counts as endless.
    times.map(
      (at) => (came.get(email)?.find((arrival) => arrival.at >= at)?.at ?? Number.POSITIVE_INFINITY) - at,
    ),
  );
}

function lastVersions(changes: number, first: number): Map<number, number> {
  return new Map(
    Array.from({ length: changes }, (_, index): [number, number] => [index % LIVE, first + index]),
  );
}
