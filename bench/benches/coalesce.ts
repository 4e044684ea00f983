import type { Bench, Goal } from '../harness/bench.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { PersonsEdit } from '../parts/crm.ts';
import { watchCalls, type CallTimes } from '../stages/call-times.ts';
import { CRM_USER, startCrmStage, type CrmStage, type Edited } from '../stages/crm-stage.ts';
import { epochNow } from '../support/epoch-now.ts';

const BUDGET = 50;
const CRM_MS = 20;
/** What people changed is looked for again after a minute. */
const LOOKED_FOR_AGAIN_MS = 61_000;
const EDIT: PersonsEdit = { oneOf: 100, line: 'Met at the open home, prefers the morning' };

interface Phase {
  /** Writes and searches. */
  readonly callsARecord: number;
  readonly readsARecord: number;
  readonly seconds: number;
  /** The time over what the calls take at the budget. */
  readonly overBudget: number;
  readonly times: CallTimes;
}

/** Many changes of few records: what the CRM sees of them. */
export const coalesceBench: Bench = {
  name: 'coalesce',
  title: 'Coalescing: 20 changes of each record, a CRM of 20 ms and 50 requests a second',
  measures:
    'How many calls the CRM sees of many changes of few records, how many reads it costs to keep what people change there, and how long until it is equal.',
  async run({ quick, rounds, progress }) {
    const records = quick ? 100 : 500;
    // These rounds go one after another.
    const streamed = quick ? 100 : 300;
    const phases: Phases<Phase[]> = { unlinked: [], linked: [], streaming: [], edited: [] };
    const wrong: string[] = [];
    const open = (): Promise<CrmStage> =>
      startCrmStage(
        { latencyMs: CRM_MS, rateLimit: { requestsPerSecond: BUDGET, burst: 16 } },
        { requestsPerSecond: BUDGET, maxConcurrent: 16 },
      );
    const stages = await Promise.all(Array.from({ length: rounds }, open));
    try {
      phases.unlinked.push(...(await held(stages, records, [1, 20])));
      phases.linked.push(...(await held(stages, records, [21, 40])));
      progress('while held, all rounds');
      for (const [round, stage] of stages.entries()) {
        phases.streaming.push(await measured(stage, streamed, () => stage.publish(0, streamed, [41, 60])));
        wrong.push(...(await stage.faults(records, (entity) => (entity < streamed ? 60 : 40))));
        progress(`while delivering, round ${round + 1} of ${rounds}`);
      }
      await systemClock.sleep(LOOKED_FOR_AGAIN_MS);
      const edited = await Promise.all(stages.map(edit));
      phases.edited.push(...(await held(stages, records, [61, 80])));
      for (const [round, stage] of stages.entries()) {
        wrong.push(...(await stage.faults(records, () => 80, edited[round])));
        const { overLimit } = await stage.state();
        if (overLimit > 0) wrong.push(`${overLimit} requests over the limit`);
      }
      progress('while somebody edits, all rounds');
    } finally {
      await Promise.all(stages.map((stage) => stage.close()));
    }
    return {
      rows: [
        ...rowsOf('20 changes each while held, linked', phases.linked),
        ...rowsOf('20 changes each while held, not linked', phases.unlinked),
        ...rowsOf(STREAMING, phases.streaming),
        ...rowsOf('20 changes each while held, linked, one of a hundred edited in the CRM', phases.edited),
        {
          figure: `${STREAMING}: until the first call`,
          values: phases.streaming.map(({ times }) => times.untilFirstMs),
          unit: ' ms',
        },
        {
          figure: `${STREAMING}: calls of the first second over the budget`,
          values: phases.streaming.map(({ times }) => times.firstSecond / BUDGET),
          unit: '',
        },
      ],
      goals: goalsOf(phases),
      charts: [
        {
          name: 'calls',
          kind: 'bars',
          title: 'CRM calls of 20 changes of a record',
          values: { text: 'calls a record' },
          series: { calls: CALLS },
        },
      ],
      notes: [
        `${records * 20} events over ${records} contacts a phase, ${streamed * 20} over ${streamed} while delivering. Held: the connection is paused meanwhile, as in an outage, so each record is dirty once. The rounds of these phases go on at the same time once all events are taken in, each with a CRM and a process of its own.`,
        'While delivering, a record that changes again after it was written is dirty again, so its calls have no goal.',
        'Calls are writes and searches. Reads are those of records by their ids and of what was changed in the CRM since the last look, page by page; for the last phase a minute passes first, so that it has to look.',
      ],
      wrong: [...new Set(wrong)],
    };
  },
};

const STREAMING = '20 changes each while delivering, linked';

const CALLS = Object.fromEntries(
  ['while held, linked', 'while held, not linked', 'while delivering, linked'].map((name) => [
    name,
    `20 changes each ${name}: CRM calls a record`,
  ]),
);

interface Phases<T> {
  readonly unlinked: T;
  readonly linked: T;
  readonly streaming: T;
  readonly edited: T;
}

async function edit({ crm }: CrmStage): Promise<Edited> {
  const { value: emails } = await crm.ask<string[]>('edit', EDIT);
  return { emails: new Set(emails), line: EDIT.line };
}

/** So little goes on while the limit is waited for that the rounds may go on at the same time, once all events are taken in. */
async function held(
  stages: readonly CrmStage[],
  records: number,
  versions: readonly [number, number],
): Promise<Phase[]> {
  for (const { core, publish } of stages) {
    await core.ask('pause', CRM_USER);
    await publish(0, records, versions);
  }
  return await Promise.all(
    stages.map((stage) => measured(stage, records, () => stage.core.ask('resume', CRM_USER))),
  );
}

async function measured(stage: CrmStage, records: number, begin: () => Promise<unknown>): Promise<Phase> {
  const before = await stage.state();
  const timesOf = await watchCalls(stage.crm);
  const began = epochNow();
  await begin();
  await stage.settled();
  const ended = epochNow();
  const times = await timesOf(began, ended);
  const after = await stage.state();
  const calls = after.calls - before.calls;
  const reads = after.reads - before.reads;
  const seconds = (ended - began) / 1_000;
  return {
    callsARecord: (calls - reads) / records,
    readsARecord: reads / records,
    seconds,
    overBudget: seconds / (calls / BUDGET),
    times,
  };
}

function rowsOf(name: string, phases: readonly Phase[]) {
  return [
    { figure: `${name}: CRM calls a record`, values: phases.map((phase) => phase.callsARecord), unit: '' },
    { figure: `${name}: reads a record`, values: phases.map((phase) => phase.readsARecord), unit: '' },
    { figure: `${name}: until the CRM is equal`, values: phases.map((phase) => phase.seconds), unit: ' s' },
  ];
}

function goalsOf(phases: Phases<readonly Phase[]>): Goal[] {
  const { linked, unlinked, streaming, edited } = phases;
  const calls = (of: readonly Phase[]) => of.map(({ callsARecord }) => callsARecord);
  const reads = (of: readonly Phase[]) => of.map(({ readsARecord }) => readsARecord);
  const over = (of: readonly Phase[]) => of.map(({ overBudget }) => overBudget);
  const spacing = 'calls are spaced for 97% of the limit, which alone is 1.03';
  const bound = `${spacing}; the rest are turns that come late, since the rounds and their CRMs share the machine’s processors`;
  return [
    { goal: 'calls a dirty record, linked', atMost: 1.02, values: calls(linked) },
    { goal: 'calls a dirty record, with search', atMost: 2.02, values: calls(unlinked) },
    { goal: 'reads a dirty record, one of a hundred edited in the CRM', atMost: 0.05, values: reads(edited) },
    { goal: 'calls a dirty record, linked, one of a hundred edited', atMost: 1.02, values: calls(edited) },
    { goal: 'time over calls / budget, linked', atMost: 1.05, values: over(linked), bound },
    { goal: 'time over calls / budget, with search', atMost: 1.05, values: over(unlinked), bound },
    {
      goal: 'time over calls / budget, while delivering',
      atMost: 1.05,
      values: over(streaming),
      bound: `${spacing}; the rest is until the first call, since a batch of events is taken in as a whole before any of them is delivered, and turns that come late meanwhile, as the rows show`,
    },
  ];
}
