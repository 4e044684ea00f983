import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { MUTATIONS } from './mutations.ts';
import { securityReport } from './security-report.ts';

const [mutation] = MUTATIONS;
if (mutation === undefined) throw new Error('there are no mutations');
const test = { file: 'test/security/a.test.ts', blocks: ['a class'], name: 'an attack', passed: true };

it('the document says how many attacks held, which got through, and which defence nobody misses', () => {
  const failed = { ...test, passed: false };
  const text = securityReport(
    [test, failed, test],
    ['test/b.test.ts'],
    [{ mutation, end: 'survived', failed: 0 }],
  );
  expect(text).toContain('3 cases, 2 held, 1 did not; not run: test/b.test.ts.');
  expect(text).toContain('| a class | 3 | 1 GOT THROUGH |');
  expect(text).toContain(`| \`${mutation.file}\` | NOT MISSED |`);
});

it('the document as it is committed knows every defence, and none that is not missed', () => {
  const text = readFileSync('docs/security.md', 'utf8');
  for (const { defence } of MUTATIONS) expect(text).toContain(`| ${defence} |`);
  expect(text).not.toMatch(/GOT THROUGH|NOT MISSED|NOT RUN/);
});
