import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { benchAgainst } from '../../bench/against/bench-against.ts';

const RUN_BENCH = fileURLToPath(new URL('../../bench/run-bench.ts', import.meta.url));
const bench = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', RUN_BENCH, ...args]);

describe('npm run bench -- <name> --against <commit>', () => {
  it('measures a tree of the commit beside this checkout, each by its own bench', async () => {
    const { stdout, stderr } = await bench('decode', '--against', 'HEAD', '--quick');
    expect(stdout).toMatch(/\| ours \| [\d,.]+\/s \| [\d,.]+\/s \| [\d.]+ \|/);
    expect(stdout).toMatch(
      /\| events a second, ours over avsc alone \| ≥ 0.80 \| [\d.]+ \| (met|missed) \| [\d.]+ \| (met|missed) \| [\d.]+ \|/,
    );
    expect(stdout).toContain('`npm run bench -- decode --against HEAD`, 1 turn a side');
    expect(stdout).toContain('The end states are right.');
    expect(stderr).not.toContain('WRONG');
  }, 120_000);

  it('says what to do about a commit that the clone does not have', async () => {
    const told: string[] = [];
    const tell = (text: string) => told.push(text);
    const options = { benches: [], quick: true, rounds: 1, progress: tell, tell };
    const faults = await benchAgainst('no-such-commit', options);
    expect(faults).toEqual([expect.stringMatching(/^This clone .* the commit no-such-commit/)]);
    expect(told).toEqual([]);
  });
});
