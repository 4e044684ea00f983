import { startPart, type Measured, type Part } from '../harness/part.ts';
import type { CrmContact, CrmOptions, CrmState } from '../parts/crm.ts';
import type { OpenQueueInput } from '../parts/job-queue.ts';
import type { Load, NaiveOptions, NaiveStyle } from '../parts/naive.ts';
import { contactFaults, startCrmStage } from './crm-stage.ts';
import type { CrmAccess } from '../support/forward.ts';
import type { JobQueueKind } from '../support/job-queues.ts';

/** What one pipeline did with its load, from the first event until the CRM was equal. */
export interface PeerRun {
  readonly perSecond: number;
  readonly callsAnEvent: number;
  /** Of the pipeline and of the server that it keeps its jobs in, µs. */
  readonly cpuAnEvent: number;
  readonly wrong: readonly string[];
}

/** A server that keeps a queue's jobs. */
export interface JobServer {
  readonly part: Part;
  readonly url: string;
}

/** So slow is the CRM, which has no limit, ms. */
export const CRM_MS = 20;
const API_KEY = 'bench-key';

interface Forwarded {
  readonly events: number;
  readonly failed: number;
}

/** Each begins with a new process and a new CRM. */
export function runNaive(style: NaiveStyle, load: Load): Promise<PeerRun> {
  return withCrm(style, load, async (access) => {
    const naive = await startPart('naive', { style, ...access } satisfies NaiveOptions);
    try {
      return { ...(await naive.ask<Forwarded>('run', load)), serverCpuMs: 0 };
    } finally {
      await naive.close();
    }
  });
}

export function runJobQueue(kind: JobQueueKind, { part, url }: JobServer, load: Load): Promise<PeerRun> {
  return withCrm(kind, load, async (access) => {
    const pipeline = await startPart('job-queue', null);
    try {
      await pipeline.ask('open-queue', { kind, server: url, ...access } satisfies OpenQueueInput);
      const { value: before } = await part.ask<number>('cpuMs');
      const measured = await pipeline.ask<Forwarded>('run', load);
      const { value: after } = await part.ask<number>('cpuMs');
      return { ...measured, serverCpuMs: after - before };
    } finally {
      await pipeline.close();
    }
  });
}

interface Pipeline extends Measured<Forwarded> {
  readonly serverCpuMs: number;
}

async function withCrm(
  name: string,
  { records, versions }: Load,
  work: (access: CrmAccess) => Promise<Pipeline>,
): Promise<PeerRun> {
  const options: CrmOptions = { apiKeys: [API_KEY], latencyMs: CRM_MS, rateLimit: null };
  const crm = await startPart('crm', options);
  try {
    const { value: url } = await crm.ask<string>('url');
    const { value, ms, cpuMs, serverCpuMs } = await work({ url, apiKey: API_KEY });
    const { value: state } = await crm.ask<CrmState>('state');
    const { value: held } = await crm.ask<CrmContact[]>('contacts');
    const faults = contactFaults(held, records, () => versions);
    if (value.failed > 0) faults.push(`${value.failed} jobs failed`);
    return {
      perSecond: (value.events / ms) * 1_000,
      callsAnEvent: state.calls / value.events,
      cpuAnEvent: ((cpuMs + serverCpuMs) / value.events) * 1_000,
      wrong: faults.map((fault) => `${name}: ${fault}`),
    };
  } finally {
    await crm.close();
  }
}

export async function runOurs({ records, versions }: Load): Promise<PeerRun> {
  const stage = await startCrmStage(
    { latencyMs: CRM_MS, rateLimit: null },
    { requestsPerSecond: 10_000, maxConcurrent: 32 },
  );
  try {
    const began = performance.now();
    const published = await stage.publish(0, records, [1, versions]);
    const settled = await stage.settled();
    const ms = performance.now() - began;
    const events = records * versions;
    return {
      perSecond: (events / ms) * 1_000,
      callsAnEvent: (await stage.state()).calls / events,
      cpuAnEvent: ((published.cpuMs + settled.cpuMs) / events) * 1_000,
      wrong: (await stage.faults(records, () => versions)).map((fault) => `ours: ${fault}`),
    };
  } finally {
    await stage.close();
  }
}
