import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BenchResult, Profiles } from './bench.ts';
import type { Machine } from './machine.ts';

/** What a run of the suite leaves: all that the document is made of. */
export interface SuiteResults {
  readonly machine: Machine;
  readonly benches: readonly BenchResult[];
}

/** The kept results, of which those of this run take the place of older ones of the same name; but for their profiles. */
export function mergeResults(kept: SuiteResults | null, fresh: SuiteResults): SuiteResults {
  const before = new Map(kept?.benches.map((result) => [result.name, result]));
  const benches = fresh.benches.map((result): BenchResult => {
    const profiles = before.get(result.name)?.profiles;
    before.delete(result.name);
    return profiles === undefined ? result : { ...result, profiles };
  });
  return { machine: fresh.machine, benches: [...before.values(), ...benches] };
}

/** The kept results with a bench's profiles; null where it has no results that they could stand beside. */
export function keepProfiles(
  kept: SuiteResults | null,
  name: string,
  profiles: Profiles,
): SuiteResults | null {
  if (kept?.benches.every((result) => result.name !== name) !== false) return null;
  const benches = kept.benches.map((result) => (result.name === name ? { ...result, profiles } : result));
  return { ...kept, benches };
}

/** Null where the file is not there. A figure that JSON has no number for (NaN, endless) is one that was not measured. */
export function readResults(path: string): SuiteResults | null {
  try {
    const text = readFileSync(path, 'utf8');
    return JSON.parse(text, (_, value: unknown) => (value === null ? Number.NaN : value)) as SuiteResults;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function writeResults(path: string, results: SuiteResults): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
}
