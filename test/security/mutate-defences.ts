import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import type { Mutation } from './mutations.ts';
import { runJest } from './run-jest.ts';

/** `red`: a test failed without the defence, as it must. `survived`: none did. `broken`: nothing ran, which proves nothing. */
export interface MutationEnd {
  readonly mutation: Mutation;
  readonly end: 'red' | 'survived' | 'broken';
  /** Tests that failed. */
  readonly failed: number;
}

const ROOT = resolve(import.meta.dirname, '../..');
const COPIED = [
  'src',
  'test',
  'bin',
  'docs',
  'schemas',
  'scripts',
  'dashboard',
  'package.json',
  'jest.config.js',
];
const LEFT_OUT = /(^|\/)(node_modules|dist|coverage|\.data)(\/|$)/;

/** How many are tried at a time, where there are as many processors; each in a copy of its own. */
const LANES = Math.min(2, availableParallelism());

/** How often a mutation's text stands in its file; anything but 1 means that the list has to be looked after. */
export async function countOf({ file, search }: Mutation): Promise<number> {
  return (await readFile(join(ROOT, file), 'utf8')).split(search).length - 1;
}

/** Takes out one defence after the other, in a copy of the checkout, and tells how its tests ended. */
export async function mutateDefences(
  mutations: readonly Mutation[],
  onEnd: (end: MutationEnd) => void = () => undefined,
): Promise<readonly MutationEnd[]> {
  const ends = new Map<Mutation, MutationEnd>();
  const left = [...mutations];
  const lanes = Array.from({ length: Math.min(LANES, mutations.length) }, async () => {
    const copy = await copyCheckout();
    try {
      for (let mutation = left.shift(); mutation !== undefined; mutation = left.shift()) {
        const end = await runWithout(copy, mutation);
        onEnd(end);
        ends.set(mutation, end);
      }
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  });
  await Promise.all(lanes);
  return mutations.flatMap((mutation) => ends.get(mutation) ?? []);
}

async function copyCheckout(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'zena-mutants-'));
  const filter = (source: string) => !LEFT_OUT.test(relative(ROOT, source));
  for (const name of COPIED) await cp(join(ROOT, name), join(copy, name), { recursive: true, filter });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function runWithout(copy: string, mutation: Mutation): Promise<MutationEnd> {
  const path = join(copy, mutation.file);
  const original = await readFile(path, 'utf8');
  if (original.split(mutation.search).length !== 2) return { mutation, end: 'broken', failed: 0 };
  await writeFile(
    path,
    original.replace(mutation.search, () => mutation.replace),
  );
  try {
    const { tests, broken } = await runJest(copy, mutation.tests, mutation.only);
    const failed = tests.filter(({ passed }) => !passed).length;
    if (failed > 0) return { mutation, end: 'red', failed };
    return { mutation, end: tests.length === 0 || broken.length > 0 ? 'broken' : 'survived', failed };
  } finally {
    await writeFile(path, original);
  }
}
