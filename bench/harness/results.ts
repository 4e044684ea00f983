import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BenchResult } from './bench.ts';
import type { Machine } from './machine.ts';

/** What a run of the suite leaves: all that the document is made of. */
export interface SuiteResults {
  readonly machine: Machine;
  readonly benches: readonly BenchResult[];
}

/** The kept results, of which those of this run take the place of older ones of the same name. */
export function mergeResults(kept: SuiteResults | null, fresh: SuiteResults): SuiteResults {
  const names = new Set(fresh.benches.map(({ name }) => name));
  const others = kept?.benches.filter(({ name }) => !names.has(name)) ?? [];
  return { machine: fresh.machine, benches: [...others, ...fresh.benches] };
}

/** Null where the file is not there. */
export function readResults(path: string): SuiteResults | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as SuiteResults;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function writeResults(path: string, results: SuiteResults): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
}
