import { parseArgs } from 'node:util';
import type { Bench } from './harness/bench.ts';

/** A folder for each bench. */
export const PROFILES = '.data/bench/profiles';
const RESULTS = '.data/bench/results.json';
const QUICK_RESULTS = '.data/bench/quick-results.json';
const [ROUNDS, QUICK_ROUNDS] = [5, 2];
/** Each turn starts everything anew. */
const [TURNS, QUICK_TURNS] = [3, 1];

/** What `npm run bench` is asked to do. */
export interface BenchOptions {
  readonly chosen: readonly Bench[];
  readonly quick: boolean;
  readonly rounds: number;
  /** Null where it isn't told. */
  readonly minutes: number | null;
  readonly profile: boolean;
  readonly write: boolean;
  /** The commit to compare with. */
  readonly against: string | null;
  readonly out: string;
}

/** Null where they can't be followed. */
export function readBenchOptions(args: readonly string[], benches: readonly Bench[]): BenchOptions | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      minutes: { type: 'string' },
      against: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const { quick, profile, write, against = null } = values;
  const rounds = Number(values.rounds ?? defaultRounds(quick, profile, against !== null));
  const minutes = values.minutes === undefined ? null : Number(values.minutes);
  if (minutes !== null && !(minutes > 0)) return null;
  const isPlain = !profile && !write && values.out === undefined;
  const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name));
  if (values.help || unknown.length > 0 || !(Number.isInteger(rounds) && rounds > 0)) return null;
  if (against !== null && !isPlain) return null;
  return {
    chosen: benches.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
    quick,
    rounds,
    minutes,
    profile,
    write,
    against,
    out: values.out ?? (quick ? QUICK_RESULTS : RESULTS),
  };
}

function defaultRounds(quick: boolean, profile: boolean, isAgainst: boolean): number {
  if (isAgainst) return quick ? QUICK_TURNS : TURNS;
  if (profile) return 1;
  return quick ? QUICK_ROUNDS : ROUNDS;
}

/** All that `--help` says. */
export function benchUsage(benches: readonly Bench[]): string {
  return `Usage: npm run bench -- [name…] [--quick] [--rounds N] [--minutes N] [--out FILE]
       npm run bench -- [name…] --profile [--quick]
       npm run bench -- [name…] --against COMMIT [--quick] [--rounds N]
       npm run bench -- --write [--out FILE]
  --quick   small amounts, to see that it works
  --rounds  how often each side is measured
  --minutes how long the attacks of neighbour go on in all
  --out     the file that results are kept in
  --profile one round, whose figures are not kept: only what its parts did with the processor; the profiles stay
            in ${PROFILES}
  --against measures this checkout and a tree of the commit in turns, and shows both with their ratio and whether each
            goal is met; the figures are not kept. It fails where something can't be measured or an end state is wrong
  --write   only writes docs/performance.md with its pictures, and the section of docs/reliability.md, from the kept results
Benches: ${benches.map(({ name }) => name).join(', ')}`;
}
