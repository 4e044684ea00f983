import { systemClock } from '../../../src/runtime/clock.ts';
import type { MeasureOptions } from '../measure-options.ts';
import type { Report } from '../report.ts';
import { openBulkStage, type BulkStage } from './bulk-stage.ts';
import type { HoldPoint } from './wire-gate.ts';

interface KillPoint extends HoldPoint {
  readonly name: string;
}

const JOB = /\/jobs\/ingest\/\w+$/;

/** Where the program is killed, in turn: each time with another job. */
const KILL_POINTS: readonly KillPoint[] = [
  {
    name: 'before the job is made',
    held: 'arrives',
    isIt: (method, path) => method === 'POST' && path.endsWith('/jobs/ingest'),
  },
  {
    name: 'the job is open, and no rows are there',
    held: 'arrives',
    isIt: (method, path) => method === 'PUT' && path.endsWith('/batches'),
  },
  {
    name: 'the rows are there, and nobody heard of it',
    held: 'answered',
    isIt: (method, path) => method === 'PUT' && path.endsWith('/batches'),
  },
  {
    name: 'the org works at it',
    held: 'answered',
    isIt: (method, path) => method === 'GET' && JOB.test(path),
    says: (answer) => answer.includes('InProgress') || answer.includes('UploadComplete'),
  },
  {
    name: 'half of the results is read',
    held: 'half_told',
    isIt: (method, path) => method === 'GET' && path.endsWith('/successfulResults'),
  },
];

/** The memory that the program had by this part of what it did is what its peak is compared with. */
const EARLY = 0.2;
const LOOK_MS = 500;
/** As long as a claim lasts, and a look at a job is apart, and some. */
const LONGEST_WAY_TO_A_POINT_MS = 300_000;
/** Of the last process, per record. */
const LONGEST_MS_A_RECORD = 100;
const LEAST_MS = 300_000;

export interface BulkRun {
  readonly records: number;
  readonly kills: readonly KillPoint[];
  /** How long the org works at a job; a look at one is ten seconds after it was handed in. */
  readonly bulkMs: number;
  readonly progress: (line: string) => void;
}

export interface BulkFigures {
  readonly wrong: readonly string[];
  readonly seconds: number;
  readonly jobs: number;
  readonly linkedByLast: number;
  readonly earlyMiB: number;
  readonly peakMiB: number;
}

export const shortBulkRun = (progress: (line: string) => void): BulkRun => ({
  records: 5_000,
  kills: KILL_POINTS.filter(({ held }) => held === 'answered'),
  bulkMs: 12_000,
  progress,
});

/** `npm run reliability -- bulk`: a first full sync by jobs, killed at five points, judged by what the org holds. */
export async function measureBulk({ records }: MeasureOptions): Promise<Report> {
  const all = records ?? 100_000;
  const run: BulkRun = {
    records: all,
    kills: KILL_POINTS,
    bulkMs: 12_000,
    progress: (line) => console.error(line),
  };
  const figures = await runBulk(run);
  return {
    title: 'Many records by bulk jobs, and the program killed on the way',
    rows: [
      { figure: 'from the begin of the sync until all were linked', values: [figures.seconds], unit: ' s' },
      { figure: 'jobs', values: [figures.jobs], unit: '' },
      {
        figure: 'memory of the last process by a fifth of its records',
        values: [figures.earlyMiB],
        unit: ' MiB',
      },
      { figure: 'its peak', values: [figures.peakMiB], unit: ' MiB' },
      { figure: 'peak over that', values: [figures.peakMiB / figures.earlyMiB], unit: '' },
    ],
    notes: [
      `${String(all)} contacts, a first full sync into a Salesforce where none is there, in another process, which works at each job for ${String(run.bulkMs / 1_000)} s.`,
      `SIGKILL at ${String(run.kills.length)} points: ${run.kills.map(({ name }) => name).join('; ')}.`,
      `The last process did ${String(figures.linkedByLast)} records. Lost and doubled are told by the org’s own records: 0 or the run fails.`,
    ],
    wrong: figures.wrong,
  };
}

export async function runBulk({ records, kills, bulkMs, progress }: BulkRun): Promise<BulkFigures> {
  const stage = await openBulkStage(bulkMs);
  const wrong: string[] = [];
  try {
    await stage.publish(records);
    progress(`${String(records)} changes are stored`);
    await stage.connect();
    const began = performance.now();
    await stage.beginSync();
    for (const point of kills) {
      const isReached = await stage.killAt(point, LONGEST_WAY_TO_A_POINT_MS);
      progress(
        `${isReached ? 'killed' : 'NOT REACHED'}: ${point.name}; ${JSON.stringify(await stage.counts())}`,
      );
      if (!isReached) wrong.push(`no kill: ${point.name} was never reached`);
    }
    // A run that two processes died with is ended at the third start: then a person begins another, else it joins the one that is open.
    await stage.beginSync();
    const memory = await untilLinked(stage, records, progress);
    const seconds = (performance.now() - began) / 1_000;
    const { contacts, lost, doubled, wrong: others, jobs } = await stage.judge(records);
    progress(`the org holds ${String(contacts)} contacts`);
    if (contacts !== records) wrong.push(`the org holds ${String(contacts)} contacts`);
    const named = { lost, doubled, wrong: others };
    for (const [what, ids] of Object.entries(named))
      if (ids.length > 0) wrong.push(`${String(ids.length)} ${what}: ${ids.slice(0, 5).join(', ')}`);
    return { wrong: [...wrong, ...memory.wrong], seconds, jobs, ...memory.figures };
  } finally {
    await stage.close();
  }
}

type Memory = Pick<BulkFigures, 'linkedByLast' | 'earlyMiB' | 'peakMiB'>;

async function untilLinked(
  stage: BulkStage,
  records: number,
  progress: (line: string) => void,
): Promise<{ readonly wrong: readonly string[]; readonly figures: Memory }> {
  const first = (await stage.counts()).linked;
  const until = performance.now() + Math.max(LEAST_MS, (records - first) * LONGEST_MS_A_RECORD);
  let [earlyMiB, peakMiB, told] = [0, 0, first];
  for (;;) {
    const counts = await stage.counts();
    const mib = stage.memoryMiB();
    if (counts.linked - first <= EARLY * (records - first)) earlyMiB = Math.max(earlyMiB, mib);
    peakMiB = Math.max(peakMiB, mib);
    if (counts.linked !== told) progress(`${JSON.stringify(counts)}, ${mib.toFixed(0)} MiB`);
    told = counts.linked;
    const figures = { linkedByLast: counts.linked - first, earlyMiB, peakMiB };
    if (counts.failed > 0) return { wrong: [`${String(counts.failed)} were given up`], figures };
    if (counts.linked === records) return { wrong: [], figures };
    if (performance.now() > until) return { wrong: [`not done: ${JSON.stringify(counts)}`], figures };
    await systemClock.sleep(LOOK_MS);
  }
}
