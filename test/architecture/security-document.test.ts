import { readdirSync, readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiHarness, startApi } from '../http/api-harness.ts';
import { BUDGETS_OF_PORTS, BUDGETS_OF_ROUTES, OF_EVERY_REQUEST } from './budget-coverage.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SOURCES = join(ROOT, 'src');
const DOCUMENT = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8').replaceAll(/ {2,}/g, ' ');

/** The cells of the table that begins with these headings. */
function tableOf(...headings: readonly string[]): string[][] {
  const head = `| ${headings.join(' | ')} |`;
  const [, rows = ''] = DOCUMENT.split(`\n${head}\n`);
  const [, table = ''] = /^\|[-| ]+\|\n((?:\|.*\n)+)/.exec(rows) ?? [];
  return table
    .trim()
    .split('\n')
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const testsIn = (cell: string): string[] =>
  Array.from(cell.matchAll(/`(test\/[^`]+)`/g), ([, path]) => path ?? '');

it('every threat in SECURITY.md names a defence and tests that exist', async () => {
  const rows = tableOf('threat', 'defence', 'test');
  expect(rows.length).toBeGreaterThanOrEqual(20);
  for (const [threat = '', defence = '', tests = ''] of rows) {
    const named = testsIn(tests);
    expect({ threat, named: named.length > 0, defended: defence.length > 0 }).toEqual({
      threat,
      named: true,
      defended: true,
    });
    for (const path of named) await expect(access(resolve(ROOT, path))).resolves.toBeUndefined();
  }
});

describe('the budgets of SECURITY.md', () => {
  const rows = tableOf('budget', 'limit', 'setting', 'what happens at it', 'test');
  const budgets = rows.map(([budget = '']) => budget.replaceAll("'", '’'));
  let api: ApiHarness;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('each say a limit, what happens at it, and a test that exists, or plainly that there is none', async () => {
    expect(rows.length).toBeGreaterThanOrEqual(30);
    for (const [budget = '', limit = '', , end = '', tests = ''] of rows) {
      const isNone = /^none\b/.test(limit);
      const said = {
        budget,
        limited: limit.length > 1,
        end: end.length > 0,
        tested: testsIn(tests).length > 0,
      };
      expect(said).toEqual({ budget, limited: true, end: true, tested: !isNone || said.tested });
      for (const path of testsIn(tests)) await expect(access(resolve(ROOT, path))).resolves.toBeUndefined();
    }
    expect(new Set(budgets).size).toBe(budgets.length);
  });

  it('cover every route that there is, and none that there is not', () => {
    const routes = api.app.declaredRoutes
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, url }) => `${method} ${url}`);
    expect(routes.filter((route) => !(route in BUDGETS_OF_ROUTES))).toEqual([]);
    expect(Object.keys(BUDGETS_OF_ROUTES).filter((route) => !routes.includes(route))).toEqual([]);
  });

  it('cover every port that there is, and none that there is not', () => {
    const ports = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.port.ts'))
      .map((file) => relative(ROOT, join(SOURCES, file)).replaceAll('\\', '/'));
    expect(ports.toSorted()).toEqual(Object.keys(BUDGETS_OF_PORTS).toSorted());
  });

  it('stand in the document each, and each bounds something', () => {
    const used = new Set([
      ...OF_EVERY_REQUEST,
      ...Object.values(BUDGETS_OF_ROUTES).flat(),
      ...Object.values(BUDGETS_OF_PORTS).flat(),
    ]);
    expect([...used].filter((budget) => !budgets.includes(budget))).toEqual([]);
    expect(budgets.filter((budget) => !used.has(budget))).toEqual([]);
    const empty = { ...BUDGETS_OF_ROUTES, ...BUDGETS_OF_PORTS };
    expect(Object.entries(empty).filter(([, some]) => some.length === 0)).toEqual([]);
  });
});
