import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartProfile } from './bench.ts';
import { addTimes, sharesOf, timeByOwner, type CpuProfile, type TimeByOwner } from './profile-shares.ts';

/** What is too short says nothing of where its time goes, s. */
const SHORTEST = 0.2;

/** What the processes of a bench wrote into the folder, those of commands of the same name together; by name. */
export function readProfiles(folder: string, shortestSeconds = SHORTEST): PartProfile[] {
  const byPart = new Map<string, TimeByOwner>();
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    // The rest of the name tells its profiles apart.
    const [part = ''] = file.split('~');
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
    byPart.set(part, addTimes([byPart.get(part) ?? new Map(), timeByOwner(profile)]));
  }
  return [...byPart]
    .map(([part, times]) => partProfile(part, times))
    .filter(({ busySeconds }) => busySeconds >= shortestSeconds)
    .toSorted((one, other) => one.part.localeCompare(other.part));
}

function partProfile(part: string, times: TimeByOwner): PartProfile {
  const micros = [...times.values()].reduce((sum, time) => sum + time, 0);
  return { part, busySeconds: micros / 1_000_000, shares: sharesOf(times) };
}
