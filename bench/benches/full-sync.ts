import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../harness/bench.ts';
import { CRM_USER, startCrmStage, type CrmStage } from '../support/crm-stage.ts';

const BUDGET = 200;
const CRM_MS = 20;
const LIMITS = { requestsPerSecond: BUDGET, maxConcurrent: 32 };

interface SyncTotals {
  readonly status: string;
  readonly contactsSynced: number;
}

interface Sync {
  readonly seconds: number;
  readonly calls: number;
  readonly writes: number;
  readonly peakMiB: number;
}

/** A full sync: the first, again with nothing changed, and after the mapping changed. */
export const fullSyncBench: Bench = {
  name: 'full-sync',
  title: 'Full sync: first, second, and after a change of the mapping',
  measures:
    'How long a full sync takes and what it sends: at first, again with nothing changed, and after the mapping changed.',
  async run({ quick, large, rounds, progress }) {
    const records = quick ? 400 : 10_000;
    const wrong: string[] = [];
    const small = await syncAll(records / 10, 1, wrong, progress);
    const all = await syncAll(records, rounds, wrong, progress);
    const largest = large ? await syncAll(records * 10, 1, wrong, progress) : all;
    const over = ({ seconds, calls }: Sync) => seconds / (calls / BUDGET);
    const seconds = (syncs: readonly Sync[]) => syncs.map((sync) => sync.seconds);
    return {
      rows: [
        { figure: `first, ${records} records`, values: seconds([all.first]), unit: ' s' },
        { figure: 'first: CRM calls a record', values: [all.first.calls / records], unit: '' },
        { figure: 'after a change of the mapping', values: seconds([all.remapped]), unit: ' s' },
        { figure: 'after it: CRM writes a record', values: [all.remapped.writes / records], unit: '' },
        {
          figure: 'peak memory of a second one',
          values: all.second.map(({ peakMiB }) => peakMiB),
          unit: ' MiB',
        },
      ],
      goals: [
        { goal: 'first: time over calls / budget', atMost: 1.05, values: [over(all.first)] },
        { goal: 'second: CRM writes', atMost: 0, values: all.second.map(({ writes }) => writes) },
        { goal: 'second: time', atMost: 5, values: seconds(all.second), unit: ' s' },
        {
          goal: `second: peak memory, ${large ? 100 : 10} times as many records`,
          atMost: 1.2,
          values: [peak(largest.second) / peak(small.second)],
        },
        {
          goal: 'after a change of the mapping: time over calls / budget',
          atMost: 1.05,
          values: [over(all.remapped)],
        },
      ],
      charts: [
        {
          ...{ name: 'time', kind: 'bars', title: 'Full sync', values: { text: 'seconds' } },
          series: {
            time: {
              first: `first, ${records} records`,
              'second, nothing changed': 'second: time',
              'after a change of the mapping': 'after a change of the mapping',
            },
          },
        },
      ],
      notes: [
        `${records} contacts, a CRM of ${CRM_MS} ms and ${BUDGET} requests a second. The first and the one after a change of the mapping are done once, since they last as long as the budget says; the second in ${rounds} rounds, in a process that began with it.`,
      ],
      wrong: [...new Set(wrong)],
    };
  },
};

function peak(syncs: readonly Sync[]): number {
  return Math.max(...syncs.map(({ peakMiB }) => peakMiB));
}

interface Syncs {
  readonly first: Sync;
  readonly second: readonly Sync[];
  readonly remapped: Sync;
}

async function syncAll(
  records: number,
  rounds: number,
  wrong: string[],
  progress: (text: string) => void,
): Promise<Syncs> {
  const folder = await mkdtemp(join(tmpdir(), 'zena-crm-bench-'));
  const env = { DATA_DIR: folder, ENCRYPTION_KEY: randomBytes(32).toString('hex') };
  const crmOptions = { latencyMs: CRM_MS, rateLimit: { requestsPerSecond: BUDGET, burst: BUDGET / 10 } };
  const begin = await startCrmStage(crmOptions, { ...LIMITS, env }, { connect: false });
  const again = (mappingVersion?: string) => {
    const mapping = mappingVersion === undefined ? {} : { mappingVersion };
    return startCrmStage(crmOptions, { ...LIMITS, env, ...mapping }, { connect: false, crm: begin.crm });
  };
  const inProcess = async (stage: CrmStage): Promise<Sync> => {
    try {
      return await syncOnce(stage, records, wrong);
    } finally {
      await stage.core.close();
    }
  };
  try {
    await begin.publish(0, records, [1, 1]);
    await begin.connect();
    const first = await inProcess(begin);
    progress(`first of ${records}: ${first.seconds.toFixed(1)} s`);
    const second: Sync[] = [];
    for (let round = 0; round < rounds; round += 1) second.push(await inProcess(await again()));
    const remapped = await inProcess(await again('bench-2'));
    return { first, second, remapped };
  } finally {
    await begin.crm.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function syncOnce(stage: CrmStage, records: number, wrong: string[]): Promise<Sync> {
  const before = await stage.state();
  const { value, ms, peakMiB } = await stage.core.ask<SyncTotals>('sync', CRM_USER);
  const after = await stage.state();
  if (value.status !== 'completed' || value.contactsSynced !== records)
    wrong.push(`a run ended as ${value.status} with ${value.contactsSynced} of ${records} contacts`);
  if (after.overLimit > 0) wrong.push(`${after.overLimit} requests over the limit`);
  wrong.push(...(await stage.faults(records, () => 1)));
  return {
    ...{ seconds: ms / 1_000, peakMiB },
    ...{ calls: after.calls - before.calls, writes: after.writes - before.writes },
  };
}
