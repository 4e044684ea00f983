import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BenchResult } from '../harness/bench.ts';
import { readResults } from '../harness/results.ts';

/** One turn of one side. */
export interface SideTurn {
  /** Of the checkout whose bench it is. */
  readonly root: string;
  readonly bench: string;
  readonly quick: boolean;
  progress(text: string): void;
  /** Ends the turn, which then rejects. */
  readonly signal: AbortSignal;
}

/** Of what it said, to tell why it found nothing. */
const LAST_LINES = 15;

/**
 * Runs one round of a bench by the checkout's own code in a process of its own, and reads what it keeps (`--out`): all that is
 * asked of a checkout, so older ones need to know of no comparison. Rejects where it leaves no results.
 */
export async function runSide({ root, bench, quick, progress, signal }: SideTurn): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'zena-crm-against-'));
  const out = join(folder, 'results.json');
  try {
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(root, 'bench', 'run-bench.ts'),
        bench,
        '--rounds',
        '1',
        '--out',
        out,
        ...(quick ? ['--quick'] : []),
      ],
      { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], signal },
    );
    const said: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      // It says the time by itself, as this one does.
      progress(line.replace(/^\d\d:\d\d:\d\d /, ''));
    });
    const [code] = (await once(child, 'close')) as [number | null];
    const result = readResults(out)?.benches.find(({ name }) => name === bench);
    if (result === undefined)
      throw new Error([`it ended with ${code} and left no results:`, ...said.slice(-LAST_LINES)].join('\n'));
    // It fails for other faults than those of its end state, too, of which its results say nothing.
    return code === 0 || result.wrong.length > 0 ? result : { ...result, wrong: [`it ended with ${code}`] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
