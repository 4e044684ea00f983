import { alternate } from '../harness/alternate.ts';
import type { Bench } from '../harness/bench.ts';
import { startPart } from '../harness/part.ts';
import type { CrmContact, CrmOptions, CrmState } from '../parts/crm.ts';
import type { NaiveInput, NaiveStyle } from '../parts/naive.ts';
import { contactFaults, startCrmStage } from '../support/crm-stage.ts';

const CRM_MS = 20;
const API_KEY = 'bench-key';
/** The slower a pipeline, the fewer changes of each record it is given; its figures are rates. */
const VERSIONS = { serial: 1, partitions: 4, keys: 20, ours: 20 } as const;
const NAMES: Readonly<Record<NaiveStyle, string>> = {
  serial: 'search and write for each event, in order',
  partitions: 'the same on each of six partitions',
  keys: 'the same, 32 in flight across keys',
};

interface Run {
  readonly perSecond: number;
  readonly callsAnEvent: number;
  readonly wrong: readonly string[];
}

/** Beside the pipelines that one writes first, at a CRM without a limit. */
export const peersBench: Bench = {
  name: 'peers',
  title: 'Peers: beside pipelines that forward each event',
  async run({ quick, rounds, progress }) {
    const records = quick ? 60 : 500;
    const runs = await alternate<NaiveStyle | 'ours', Run>(
      rounds,
      {
        serial: () => runNaive('serial', records),
        partitions: () => runNaive('partitions', records),
        keys: () => runNaive('keys', records),
        ours: () => runOurs(records),
      },
      // Each begins with a new process and a new CRM.
      { warmUp: false, onRound: (round) => progress(`round ${round + 1} of ${rounds}`) },
    );
    const rates = (name: NaiveStyle | 'ours') => runs[name].map(({ perSecond }) => perSecond);
    const calls = (name: NaiveStyle | 'ours') => runs[name].map(({ callsAnEvent }) => callsAnEvent);
    const styles = Object.entries(NAMES) as [NaiveStyle, string][];
    const quotient = (above: number[], below: number[]) =>
      above.map((value, round) => value / (below[round] ?? Number.NaN));
    return {
      rows: [
        { figure: 'ours: events', values: rates('ours'), unit: '/s' },
        { figure: 'ours: CRM calls an event', values: calls('ours'), unit: '' },
        ...styles.flatMap(([style, name]) => [
          { figure: `${name}: events`, values: rates(style), unit: '/s' },
          { figure: `${name}: CRM calls an event`, values: calls(style), unit: '' },
        ]),
      ],
      goals: styles.flatMap(([style, name]) => [
        { goal: `events a second over: ${name}`, atLeast: 1, values: quotient(rates('ours'), rates(style)) },
        {
          goal: `CRM calls an event over: ${name}`,
          atMost: 1,
          values: quotient(calls('ours'), calls(style)),
        },
      ]),
      notes: [
        `${records} contacts, a CRM of ${CRM_MS} ms without a limit, 32 calls at once for ours; changes of each: ${Object.values(VERSIONS).join(', ')}. Until the CRM is equal.`,
        'The naive ones keep nothing, take no event twice, and retry nothing; no job-queue pipeline is measured, since its server is not at hand here.',
      ],
      wrong: [
        ...new Set(
          Object.values(runs)
            .flat()
            .flatMap((run) => run.wrong),
        ),
      ],
    };
  },
};

async function runNaive(style: NaiveStyle, records: number): Promise<Run> {
  const options: CrmOptions = { apiKeys: [API_KEY], latencyMs: CRM_MS, rateLimit: null };
  const [crm, naive] = [await startPart('crm', options), await startPart('naive', null)];
  try {
    const { value: url } = await crm.ask<string>('url');
    const input: NaiveInput = { url, apiKey: API_KEY, style, records, versions: VERSIONS[style] };
    const { value, ms } = await naive.ask<{ events: number }>('run', input);
    const { value: state } = await crm.ask<CrmState>('state');
    const { value: held } = await crm.ask<CrmContact[]>('contacts');
    return {
      perSecond: (value.events / ms) * 1_000,
      callsAnEvent: state.calls / value.events,
      wrong: contactFaults(held, records, () => VERSIONS[style]).map((fault) => `${style}: ${fault}`),
    };
  } finally {
    await Promise.all([crm.close(), naive.close()]);
  }
}

async function runOurs(records: number): Promise<Run> {
  const stage = await startCrmStage(
    { latencyMs: CRM_MS, rateLimit: null },
    { requestsPerSecond: 10_000, maxConcurrent: 32 },
  );
  try {
    const began = performance.now();
    await stage.publish(0, records, [1, VERSIONS.ours]);
    await stage.settled();
    const seconds = (performance.now() - began) / 1_000;
    const events = records * VERSIONS.ours;
    return {
      perSecond: events / seconds,
      callsAnEvent: (await stage.state()).calls / events,
      wrong: await stage.faults(records, () => VERSIONS.ours),
    };
  } finally {
    await stage.close();
  }
}
