import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runSide } from '../../bench/against/run-side.ts';
import { machine, result } from './bench-results.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'zena-crm-side-'));
  mkdirSync(join(root, 'bench'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Stands in for a checkout's own bench: keeps the results and ends with the code. */
function checkout(benches: readonly unknown[], code: number): void {
  const kept = JSON.stringify({ machine, benches });
  writeFileSync(
    join(root, 'bench', 'run-bench.ts'),
    `import { writeFileSync } from 'node:fs';
    const args: string[] = process.argv.slice(2);
    console.error('08:15:00 ' + args.filter((arg) => !arg.startsWith('/')).join(' '));
    if (${benches.length} > 0) writeFileSync(args[args.indexOf('--out') + 1] ?? '', ${JSON.stringify(kept)});
    process.exitCode = ${code};`,
  );
}

const said: string[] = [];
const run = (signal = new AbortController().signal) =>
  runSide({ root, bench: 'decode', quick: true, progress: (text) => said.push(text), signal });

describe('a turn of a checkout', () => {
  it('is one round of its own bench, which is asked for its results only', async () => {
    checkout([result({ name: 'start' }), result()], 0);
    expect(await run()).toEqual(result());
    expect(said.splice(0)).toEqual(['decode --rounds 1 --out --quick']);
  });

  it('tells what was wrong as the bench found it', async () => {
    checkout([result({ wrong: ['1 is missing'] })], 1);
    expect((await run()).wrong).toEqual(['1 is missing']);
  });

  it('that failed otherwise is wrong, too', async () => {
    checkout([result()], 1);
    expect((await run()).wrong).toEqual(['it ended with 1']);
  });

  it('that leaves no results is refused with what it said', async () => {
    checkout([], 2);
    await expect(run()).rejects.toThrow(/it ended with 2 and left no results:\n08:15:00 decode --rounds 1/);
  });

  it('ends when it is interrupted', async () => {
    writeFileSync(
      join(root, 'bench', 'run-bench.ts'),
      'setInterval(() => {}, 1_000); console.error("runs");',
    );
    const interrupt = new AbortController();
    const turn = runSide({
      root,
      bench: 'decode',
      quick: true,
      progress: () => interrupt.abort(),
      signal: interrupt.signal,
    });
    await expect(turn).rejects.toThrow(/aborted/);
  });
});
