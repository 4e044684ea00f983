import { setTimeout as sleep } from 'node:timers/promises';
import { openStage, type ChaosStage, type StageOptions } from './stage/chaos-stage.ts';
import type { RecoveryWatch } from './recovery-watch.ts';
import { percentile, seconds, table } from './report.ts';
import { underLoad, type LoadOptions } from './under-load.ts';

export interface WorkerKillOptions extends StageOptions, Omit<LoadOptions, 'progress' | 'settleMs'> {
  readonly kills: number;
}

export interface WorkerKillResult {
  /** From the kill until a change that was made after it stood in every CRM, while the killed one stayed away; null: not in time. */
  readonly moved: readonly (number | null)[];
  readonly lost: readonly string[];
  readonly duplicates: readonly string[];
  readonly staleOverwrites: readonly string[];
  readonly creates: number;
}

/** The consumer group's session timeout, and what a take-over may need beyond it. */
export const MOVED_WITHIN_MS = 10_000 + 15_000;
const GIVE_UP_MS = 120_000;
const SETTLE_MS = 12_000;

/** Kills one worker after another under load, and measures how long its connections stand still. */
export async function runWorkerKill(
  options: WorkerKillOptions,
): Promise<{ result: WorkerKillResult; stage: ChaosStage }> {
  const stage = await openStage(options);
  try {
    return { result: await measured(stage, options), stage };
  } catch (error) {
    await stage.close(true);
    throw new Error(`The run broke off; its logs are in ${stage.logFolder}.`, { cause: error });
  }
}

async function measured(stage: ChaosStage, options: WorkerKillOptions): Promise<WorkerKillResult> {
  const { kills, say } = options;
  const moved: (number | null)[] = [];
  const progress = (): number => moved.length / kills;
  const { lost, findings } = await underLoad(
    stage,
    { ...options, progress, settleMs: SETTLE_MS },
    async ({ watch }) => {
      if ((await watch.recovered(Date.now(), GIVE_UP_MS)) === null) {
        throw new Error('The first changes did not reach the CRMs.');
      }
      while (moved.length < kills) {
        const ms = await killOne(stage, watch, moved.length);
        moved.push(ms);
        say(`kill ${moved.length}: ${ms === null ? 'did not move on' : `moved on after ${ms} ms`}`);
      }
    },
  );
  const { duplicates, staleOverwrites, creates } = findings;
  return { moved, lost, duplicates, staleOverwrites, creates };
}

async function killOne({ workers }: ChaosStage, watch: RecoveryWatch, index: number): Promise<number | null> {
  const at = Date.now();
  const { startAgain } = await workers.killUntil(index);
  const ms = await watch.recovered(at, GIVE_UP_MS);
  await startAgain();
  // The one that came back takes its share again before the next one dies.
  await watch.recovered(Date.now(), GIVE_UP_MS);
  await sleep(3_000);
  return ms;
}

/** What is not as promised; empty when all is. */
export function brokenKillPromises({ moved, ...rest }: WorkerKillResult): string[] {
  const late = moved.filter((ms) => ms === null || ms > MOVED_WITHIN_MS);
  return [
    ...(late.length === 0 ? [] : [`${late.length} kills took longer than ${seconds(MOVED_WITHIN_MS)}`]),
    ...rest.lost.map((each) => `lost: ${each}`),
    ...rest.duplicates.map((each) => `duplicate: ${each}`),
    ...rest.staleOverwrites.map((each) => `stale overwrite: ${each}`),
  ];
}

/** The table of the kills, as Markdown. */
export function killReportOf(result: WorkerKillResult, command: string): string {
  const times = result.moved.filter((ms) => ms !== null);
  const broken = brokenKillPromises(result);
  return [
    `\`${command}\``,
    '',
    ...table(
      ['figure', 'value'],
      [
        ['kills (SIGKILL, under load)', String(result.moved.length)],
        [
          'each: until a later change stood in every CRM',
          result.moved.map((ms) => (ms === null ? 'never' : seconds(ms))).join(', '),
        ],
        ['p50, p95, max', [0.5, 0.95, 1].map((share) => seconds(percentile(times, share))).join(', ')],
        ['allowed: session timeout + 15 s', seconds(MOVED_WITHIN_MS)],
        ['events lost', String(result.lost.length)],
        ['CRM creates', String(result.creates)],
        ['duplicates created', String(result.duplicates.length)],
        ['stale overwrites', String(result.staleOverwrites.length)],
      ],
    ),
    '',
    broken.length === 0 ? 'Every promise held.' : `Broken promises:\n\n- ${broken.join('\n- ')}`,
    '',
  ].join('\n');
}
