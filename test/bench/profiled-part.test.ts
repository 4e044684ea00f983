import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { profileParts, startPart } from '../../bench/harness/part.ts';
import { timeByOwner, type CpuProfile } from '../../bench/harness/profile-shares.ts';
import { readProfiles } from '../../bench/harness/read-profiles.ts';

/** Long enough for the profiler to see what ran, on any machine. */
const VALUES = 200_000;

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'zena-crm-profiles-')), 'decode');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

async function decodeBare(): Promise<void> {
  const part = await startPart('decode', { side: 'bare' });
  try {
    await part.ask('check');
    expect((await part.ask<number>('round', VALUES)).value).toBe(VALUES);
  } finally {
    await part.close();
  }
}

describe('a part', () => {
  it('is not profiled unless somebody asks', async () => {
    await decodeBare();
    expect(existsSync(folder)).toBe(false);
  });

  it('p2: writes what its measured commands did with the processor, and nothing of the others', async () => {
    profileParts(folder);
    await decodeBare();
    const files = readdirSync(folder);
    expect(files).toEqual([expect.stringMatching(/^avsc alone~\d+-1\.cpuprofile$/)]);
    const profile = JSON.parse(readFileSync(join(folder, files[0] ?? ''), 'utf8')) as CpuProfile;
    const ran = new Set(profile.nodes.map(({ callFrame: { functionName } }) => functionName));
    expect({ round: ran.has('round'), check: ran.has('check') }).toEqual({ round: true, check: false });
    // How much it is, is the machine's affair.
    expect(timeByOwner(profile).get('avsc')).toBeGreaterThan(0);
    const [{ part, shares } = { part: '', shares: [] }, ...others] = readProfiles(folder, 0);
    expect({ part, others }).toEqual({ part: 'avsc alone', others: [] });
    expect(shares.reduce((sum, [, share]) => sum + share, 0)).toBeCloseTo(1);
  });
});
