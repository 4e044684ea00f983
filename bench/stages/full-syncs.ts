import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchCalls, type CallTimes } from './call-times.ts';
import { CRM_USER, startCrmStage, type CrmStage } from './crm-stage.ts';

/** Requests a second: as many as lets 10,000 records be synced in a bench, and few enough for two cores to keep to. */
export const BUDGET = 500;
export const CRM_MS = 20;
const LIMITS = { requestsPerSecond: BUDGET, maxConcurrent: 32 };
const CRM = { latencyMs: CRM_MS, rateLimit: { requestsPerSecond: BUDGET, burst: BUDGET / 10 } };
/** Of one publishing: few enough to be held in memory at a time. */
const A_PART = 1_000;

export interface Sync {
  readonly seconds: number;
  readonly calls: number;
  readonly writes: number;
  /** The most memory that its process held. */
  readonly peakMiB: number;
  readonly times: CallTimes;
}

interface SyncTotals {
  readonly status: string;
  readonly contactsSynced: number;
  /** Epoch ms with fractions. */
  readonly began: number;
  readonly ended: number;
}

/** What a sync has to say, and what the CRM has to hold after it. */
export interface Expected {
  readonly records: number;
  readonly held: number;
  /** What is not so is added here. */
  readonly wrong: string[];
}

/** An embedded store and a CRM, which outlive the processes that sync between them. */
export interface SyncWorld {
  /** The process that fills the store; it ends with its first sync, or with `endFilling`. */
  readonly filling: CrmStage;
  /** A full sync in the process that filled the store. */
  syncFirst(expected: Expected): Promise<Sync>;
  endFilling(): Promise<void>;
  /** A full sync in a process that begins with it. */
  sync(expected: Expected, mappingVersion?: string): Promise<Sync>;
  close(): Promise<void>;
}

export async function openSyncWorld(): Promise<SyncWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'zena-crm-bench-'));
  const env = { DATA_DIR: folder, ENCRYPTION_KEY: randomBytes(32).toString('hex') };
  const filling = await startCrmStage(CRM, { ...LIMITS, env }, { connect: false });
  const { crm, core } = filling;
  return {
    filling,
    syncFirst: (expected) => syncIn(filling, expected),
    endFilling: () => core.close(),
    async sync(expected, mappingVersion) {
      const mapping = mappingVersion === undefined ? {} : { mappingVersion };
      const stage = await startCrmStage(CRM, { ...LIMITS, env, ...mapping }, { connect: false, crm });
      return await syncIn(stage, expected);
    },
    async close() {
      await core.close();
      await crm.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function fill({ publish }: CrmStage, records: number): Promise<void> {
  for (let from = 0; from < records; from += A_PART)
    await publish(from, Math.min(records, from + A_PART), [1, 1]);
}

/** The same, and each record linked as if a CRM had taken it: a full sync finds nothing to do. */
export async function fillDelivered(stage: CrmStage, records: number, wrong: string[]): Promise<void> {
  await stage.connect();
  await stage.core.ask('pause', CRM_USER);
  await fill(stage, records);
  const { value: linked } = await stage.core.ask<number>('link-all', CRM_USER);
  if (linked !== records) wrong.push(`${linked} links were made for ${records} records`);
  await stage.core.ask('resume', CRM_USER);
}

/** Its process ends with it. */
async function syncIn(stage: CrmStage, { records, held, wrong }: Expected): Promise<Sync> {
  try {
    const before = await stage.state();
    const timesOf = await watchCalls(stage.crm);
    const { value, ms, peakMiB } = await stage.core.ask<SyncTotals>('sync', CRM_USER);
    const after = await stage.state();
    if (value.status !== 'completed' || value.contactsSynced !== records)
      wrong.push(`a run ended as ${value.status} with ${value.contactsSynced} of ${records} contacts`);
    if (after.overLimit > before.overLimit)
      wrong.push(`${after.overLimit - before.overLimit} requests over the limit`);
    wrong.push(...(await stage.faults(held, () => 1)));
    return {
      seconds: ms / 1_000,
      peakMiB,
      times: await timesOf(value.began, value.ended),
      calls: after.calls - before.calls,
      writes: after.writes - before.writes,
    };
  } finally {
    await stage.core.close();
  }
}
