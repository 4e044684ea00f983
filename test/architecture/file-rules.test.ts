import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDERS = ['bin', 'dashboard', 'scripts', 'src', 'test'];
const NOT_OURS = /(^|\/)(node_modules|dist)\//;
const SOURCE = /\.(ts|tsx|js|cjs)$/;
/** `name.ts`, or `name.kind.test.ts`: words of lower case and digits, joined by dashes. */
const KEBAB_CASE = /^[a-z\d]+(-[a-z\d]+)*(\.[a-z\d]+(-[a-z\d]+)*)*$/;
const CATCH_ALL = /^(utils?|helpers?|common|misc|shared|index|types|constants)\.tsx?$/;
const SWITCHED_OFF =
  /\b(?:describe|it|test)(?:\.\w+)*\.(?:skip|only|todo|failing)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\(/;
/** Where no browser is installed its suites are left out and say so; in CI that is a failure. */
const MAY_LEAVE_OUT = 'test/support/browser.ts';
const LONGEST_FILE = 400;

interface Source {
  readonly path: string;
  readonly lines: readonly string[];
}

describe('the files of the repository', () => {
  let sources: readonly Source[];

  beforeAll(async () => {
    sources = await readSources();
  });

  const paths = (wrong: (source: Source) => boolean) => sources.filter(wrong).map(({ path }) => path);

  it('are found', () => {
    expect(sources.length).toBeGreaterThan(100);
  });

  it('have names in kebab case', () => {
    expect(paths(({ path }) => !KEBAB_CASE.test(basename(path)))).toEqual([]);
  });

  it('are named after what they export, so none is a barrel or a catch-all', () => {
    expect(paths(({ path }) => path.startsWith('src/') && CATCH_ALL.test(basename(path)))).toEqual([]);
  });

  it(`have at most ${LONGEST_FILE} lines`, () => {
    expect(paths(({ lines }) => lines.length > LONGEST_FILE)).toEqual([]);
  });

  it('switch no test off and single none out', () => {
    const found = sources
      .filter(({ path }) => path !== MAY_LEAVE_OUT)
      .flatMap(({ path, lines }) =>
        lines.flatMap((line, index) => (SWITCHED_OFF.test(line) ? [`${path}:${index + 1}`] : [])),
      );
    expect(found).toEqual([]);
  });

  it.each([
    ['it', 'skip'],
    ['test', 'only'],
    ['describe.each', 'skip'],
    ['it', 'todo'],
  ])('would be caught with %s and %s in them', (test, how) => {
    expect(SWITCHED_OFF.test(`${test}.${how}(`)).toBe(true);
  });

  it.each(['it(', 'describe.each(', 'process.exit(', 'profit(', 'only.skip('])('may hold %s', (text) => {
    expect(SWITCHED_OFF.test(text)).toBe(false);
  });
});

async function readSources(): Promise<readonly Source[]> {
  const found: Source[] = [];
  for (const folder of (await readdir(ROOT)).filter((name) => FOLDERS.includes(name))) {
    for (const path of await filesOf(folder)) {
      const text = await readFile(join(ROOT, path), 'utf8');
      found.push({ path, lines: text.replace(/\n$/, '').split('\n') });
    }
  }
  return found;
}

/** Paths from the root, with forward slashes. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => SOURCE.test(path) && !NOT_OURS.test(path));
}
