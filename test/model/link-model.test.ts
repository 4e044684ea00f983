import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

/** Half a minute of a processor that has nothing else to do. */
const PATIENCE_MS = 600_000;

interface Explored {
  readonly without: string | null;
  readonly ends: number;
  readonly doubled: number;
  readonly lost: number;
}

describe.each([
  ['a link whose record takes several requests', 'link-model.mjs'],
  ['a link whose create goes with a job', 'job-model.mjs'],
])('the model of %s', (_, file) => {
  it(
    'ends well in every interleaving, and badly without any one of its rules',
    async () => {
      const run = promisify(execFile);
      const { stdout } = await run(process.execPath, [`test/model/${file}`]);
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Explored);
      const [all, ...others] = lines;
      expect(all).toMatchObject({ without: null, doubled: 0, lost: 0 });
      expect(all?.ends).toBeGreaterThan(100);
      expect(others.length).toBeGreaterThan(5);
      expect(others.filter(({ doubled, lost }) => doubled + lost === 0)).toEqual([]);
    },
    PATIENCE_MS,
  );
});
