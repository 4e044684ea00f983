import { fileURLToPath } from 'node:url';
import { checkOutCommit } from '../../test/support/commit-tree.ts';
import { alternate } from '../harness/alternate.ts';
import type { Bench } from '../harness/bench.ts';
import { compareResults, type Compared, type Turns } from './compare-results.ts';
import { comparisonText } from './comparison-text.ts';
import { runSide } from './run-side.ts';

export interface AgainstOptions {
  readonly benches: readonly Bench[];
  readonly quick: boolean;
  /** Turns of each side. */
  readonly rounds: number;
  progress(text: string): void;
  /** Told of each bench as soon as it is measured, in Markdown. */
  tell(text: string): void;
}

const HERE = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Measures this checkout and the tree of a commit in turns, one side at a time, each by its own bench. Answers what could not be
 * measured and what of an end state was wrong; missed goals are no faults.
 */
export async function benchAgainst(commit: string, options: AgainstOptions): Promise<readonly string[]> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  const tree = await checkOutCommit(commit).catch(messageOf);
  if (typeof tree === 'string') return [tree];
  // So that the tree is taken away again.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const faults: string[] = [];
  try {
    for (const bench of options.benches) {
      const roots = { before: tree.path, now: HERE };
      faults.push(...(await compareOne(bench, commit, roots, options, interrupted.signal)));
      if (interrupted.signal.aborted) break;
    }
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await tree.remove();
  }
  return faults;
}

async function compareOne(
  { name, title }: Bench,
  commit: string,
  roots: Readonly<Record<Compared, string>>,
  { quick, rounds, progress, tell }: AgainstOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const began = performance.now();
  const turnOf = (side: Compared) => async (round: number) => {
    const say = (text: string): void => progress(`${side}, turn ${round + 1} of ${rounds}: ${text}`);
    try {
      return await runSide({ root: roots[side], bench: name, quick, progress: say, signal });
    } catch (error) {
      throw new Error(`${side}: ${messageOf(error)}`, { cause: error });
    }
  };
  let turns: Turns;
  try {
    // Each turn is a process of its own, which warms up by itself.
    turns = await alternate(rounds, { before: turnOf('before'), now: turnOf('now') }, { warmUp: false });
  } catch (error) {
    return [`${name} could not be measured: ${messageOf(error)}`];
  }
  const comparison = compareResults(turns);
  const tookSeconds = (performance.now() - began) / 1_000;
  tell(comparisonText({ name, title, commit, rounds, quick, tookSeconds }, comparison));
  return comparison.wrong.map((fault) => `${name}: ${fault}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
