import { setTimeout as sleep } from 'node:timers/promises';
import { ENTITY_KINDS } from '../../src/domain/entity.ts';
import type { ChaosResult, Recovery } from './chaos-result.ts';
import { openStage, type ChaosStage, type StageOptions } from './stage/chaos-stage.ts';
import type { LogModel } from './model/crm-model.ts';
import type { ChaosStep, FaultKind } from './fault-schedule.ts';
import { injectFault } from './inject-fault.ts';
import { judgeLetters } from './judge-letters.ts';
import { readTopics } from './model/read-topic.ts';
import { countSecrets } from './secret-forms.ts';
import { READ_WITHIN_MS, underLoad, type LoadOptions, type LoadParts } from './under-load.ts';

export interface ChaosOptions extends StageOptions, Omit<LoadOptions, 'progress'> {
  readonly steps: Iterable<ChaosStep>;
  /** The time in which the office's records come into being. */
  readonly forMs: number;
  /** Whether no step begins after that time. */
  readonly cutOff: boolean;
  /** Whether each step begins only after the recovery from the one before, which makes its time known. */
  readonly recoverBetween: boolean;
}

export interface ChaosRun {
  readonly result: ChaosResult;
  readonly logFolder: string;
  /** Ends what is left of the run; its logs stay if they are wanted. */
  close(keepLogs: boolean): Promise<void>;
}

const RECOVERY_WITHIN_MS = 120_000;

/** Runs the steps against real processes under load, waits until the CRMs equal the log, and measures. */
export async function runChaos(options: ChaosOptions): Promise<ChaosRun> {
  const { say } = options;
  say(`seed ${options.seed}: starting servers, ${options.crms} CRMs and ${options.workers} workers`);
  const stage = await openStage(options);
  try {
    const result = await measured(stage, options);
    return { result, logFolder: stage.logFolder, close: stage.close };
  } catch (error) {
    await stage.close(true);
    throw new Error(`The run broke off; its logs are in ${stage.logFolder}.`, { cause: error });
  }
}

async function measured(stage: ChaosStage, options: ChaosOptions): Promise<ChaosResult> {
  const { seed, workers, forMs } = options;
  const complaints: string[] = [];
  const began = performance.now();
  const progress = (): number => (performance.now() - began) / forMs;
  const { acted, model, load, acknowledged, findings, ...convergence } = await underLoad(
    stage,
    { ...options, progress },
    (parts) => takeSteps({ stage, ...parts, options, complaints }),
  );
  const { creates, writes, removes, ...wrong } = findings;
  const { events, tombstones, last, poisons } = model;
  return {
    seed,
    workers,
    crms: stage.crms.length,
    connections: stage.userIds.length,
    ...acted,
    ...convergence,
    ...wrong,
    complaints,
    load: load.counts,
    log: { acknowledged, events, tombstones, records: last.size, poisons: poisons.length },
    writes: { creates, writes, removes },
    ...(await lastLooks(stage, model)),
  };
}

/** What is looked at once everything is quiet. */
async function lastLooks(stage: ChaosStage, model: LogModel) {
  const { servers, service, deadLetterTopic, workers, figures, secrets } = stage;
  const letters = await readTopics(servers.brokers, [deadLetterTopic], READ_WITHIN_MS);
  return {
    letters: judgeLetters(letters, await service.deadLetters(), model),
    ambiguous: await ambiguousCreates(stage, model),
    peakRssBytes: figures.peakRssBytes(),
    lastRssBytes: Math.max(0, ...workers.living().map(figures.lastRssBytes)),
    repairedLinks: figures.total('crm_sync_repaired_links_total'),
    strayRemotes: figures.total('crm_sync_stray_remotes_total'),
    workerSurprises: workers.surprises(),
    overLimit: await overLimit(stage),
    secretHits: await countSecrets(workers.logFiles(), secrets),
  };
}

interface Stepping extends LoadParts {
  readonly stage: ChaosStage;
  readonly options: ChaosOptions;
  readonly complaints: string[];
}

async function takeSteps({ stage, load, producer, watch, options, complaints }: Stepping) {
  const { steps, forMs, cutOff, say, recoverBetween } = options;
  const faults: Partial<Record<FaultKind, number>> = {};
  const recoveries: Recovery[] = [];
  const began = performance.now();
  const time = (): string => `${((performance.now() - began) / 1_000).toFixed(1).padStart(7)} s`;
  const warm = await watch.recovered(Date.now(), RECOVERY_WITHIN_MS);
  if (warm === null) throw new Error('The first changes did not reach the CRMs.');
  const recover = async (kinds: Recovery['kinds']): Promise<void> => {
    const ms = await watch.recovered(Date.now(), RECOVERY_WITHIN_MS);
    recoveries.push({ kinds, ms });
    say(`${time()}  ${ms === null ? 'did not recover' : `recovered after ${ms} ms`}`);
  };
  for (const step of steps) {
    if (cutOff && performance.now() - began > forMs) break;
    const kinds = step.faults.map(({ kind }) => kind);
    const what = step.faults.map(({ kind, forMs: lasts }) => (lasts > 0 ? `${kind} ${lasts} ms` : kind));
    say(`${time()}  ${what.join(' + ')}`);
    const alone = step.faults.length === 1;
    // An orderly end that something else disturbs may have to be a forced one.
    const complain = (text: string) =>
      void (alone ? complaints.push(`${text} (${kinds.join()})`) : say(text));
    await Promise.all(step.faults.map((fault) => injectFault(fault, { ...stage, load, producer, complain })));
    for (const kind of kinds) faults[kind] = (faults[kind] ?? 0) + 1;
    if (recoverBetween) await recover(kinds);
    await sleep(step.restMs);
  }
  if (!recoverBetween) await recover(['all-at-the-end']);
  return { faults, recoveries, ranForMs: performance.now() - began };
}

async function overLimit({ crms }: ChaosStage): Promise<number> {
  const counts = await Promise.all(crms.map((crm) => crm.overLimit()));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Of every create that nobody knew the end of: what its record's timeline says next. */
async function ambiguousCreates({ service }: ChaosStage, model: LogModel): Promise<Record<string, number>> {
  const ends: Record<string, number> = {};
  for (const kind of ENTITY_KINDS) {
    for (const event of model.records.filter((each) => each.kind === kind)) {
      const codes = (await service.timeline(event)).reverse();
      codes.forEach((code, index) => {
        if (code !== 'create_uncertain') return;
        const next = codes.slice(index + 1).find((each) => SETTLING.has(each)) ?? 'open';
        ends[next] = (ends[next] ?? 0) + 1;
      });
    }
  }
  return ends;
}

const SETTLING: ReadonlySet<string> = new Set([
  'created',
  'adopted',
  'dead',
  'deleted',
  'unlinked',
  'create_uncertain',
]);
