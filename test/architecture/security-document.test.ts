import { expect, it } from '@jest/globals';
import { access, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

it('every threat in SECURITY.md names a defence and tests that exist', async () => {
  const document = await readFile(resolve(ROOT, 'SECURITY.md'), 'utf8');
  const [, table = ''] =
    /\n\| threat \| defence \| test \|\n\| [-| ]+\|\n((?:\|.*\n)+)/.exec(document.replace(/ {2,}/g, ' ')) ??
    [];
  const rows = table
    .trim()
    .split('\n')
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  expect(rows.length).toBeGreaterThanOrEqual(20);
  for (const [threat = '', defence = '', tests = ''] of rows) {
    const named = Array.from(tests.matchAll(/`(test\/[^`]+)`/g), ([, path]) => path ?? '');
    expect({ threat, named: named.length > 0, defended: defence.length > 0 }).toEqual({
      threat,
      named: true,
      defended: true,
    });
    for (const path of named) await expect(access(resolve(ROOT, path))).resolves.toBeUndefined();
  }
});
