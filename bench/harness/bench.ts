import type { FigureRow } from '../../test/reliability/report.ts';
import type { Chart } from '../charts/chart.ts';
import type { BenchServers } from './bench-servers.ts';

export type BenchDocument = 'performance' | 'reliability';

/** One thing that is measured; it lives in a file of its own under `bench/benches`. */
export interface Bench {
  readonly name: string;
  readonly title: string;
  /** What is measured, in one sentence. */
  readonly measures?: string;
  /** Where its section stands: the document of performance unless told. */
  readonly document?: BenchDocument;
  run(stage: BenchStage): Promise<Findings>;
}

/** What a bench is given. */
export interface BenchStage {
  /** Small amounts and few rounds, to see that it works: its figures say nothing. */
  readonly quick: boolean;
  /** How often each side is measured, in turns. */
  readonly rounds: number;
  /** How long to go on in all, for benches that can; null: as long as their rounds take. */
  readonly minutes: number | null;
  readonly servers: BenchServers;
  progress(text: string): void;
}

/** What a bench found. It never judges times: it fails only where the end state is wrong. */
export interface Findings {
  readonly rows: readonly FigureRow[];
  readonly goals: readonly Goal[];
  /** What was varied, and what the figures mean. */
  readonly notes: readonly string[];
  /** What of the end state is not as it has to be; empty when all is well. */
  readonly wrong: readonly string[];
  /** The pictures of the document, in its order. */
  readonly charts?: readonly Chart[];
}

/** A figure that is to be on one side of a limit; its median is compared. */
export interface Goal {
  readonly goal: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** One number of each round. */
  readonly values: readonly number[];
  readonly unit?: string;
  /** What keeps the figure from being better, as far as a profile or a count has shown. */
  readonly bound?: string;
}

export interface BenchResult extends Findings, Pick<Bench, 'name' | 'title' | 'measures'> {
  readonly quick: boolean;
  readonly rounds: number;
  /** RFC 3339. */
  readonly at: string;
  readonly tookSeconds: number;
  /** Of a run of its own (`--profile`), since profiling takes time, too. */
  readonly profiles?: Profiles;
}

/** What the parts of a bench did with the processor while they were measured. */
export interface Profiles {
  /** RFC 3339. */
  readonly at: string;
  readonly parts: readonly PartProfile[];
}

export interface PartProfile {
  readonly part: string;
  /** In which the part's thread of JavaScript did something. */
  readonly busySeconds: number;
  /** Whose code ran, and for what part of that time; the largest first. */
  readonly shares: readonly (readonly [owner: string, share: number])[];
}
