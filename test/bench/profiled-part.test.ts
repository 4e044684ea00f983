import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { profileParts, startPart } from '../../bench/harness/part.ts';
import { readProfiles } from '../../bench/harness/read-profiles.ts';

/** Longer than what is too short to say anything, on any machine. */
const VALUES = 500_000;

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

  it('writes what its measured commands did with the processor, and nothing of the others', async () => {
    profileParts(folder);
    await decodeBare();
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^avsc alone~\d+-1\.cpuprofile$/)]);
    const [{ part, shares } = { part: '', shares: [] }, ...others] = readProfiles(folder);
    expect({ part, others }).toEqual({ part: 'avsc alone', others: [] });
    expect(new Map(shares).get('avsc')).toBeGreaterThan(0.3);
    expect(shares.reduce((sum, [, share]) => sum + share, 0)).toBeCloseTo(1);
  });
});
