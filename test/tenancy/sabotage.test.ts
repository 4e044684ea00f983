import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as real from '../../src/domain/may-see.ts';
import type { ZenaRecord } from '../../src/domain/record.ts';
import type { TenantAct } from './tenant-acts.ts';

const MODULE = '../../src/domain/may-see.ts';
const asIs = (_principal: unknown, record: ZenaRecord): ZenaRecord => record;
const orNull = <R>(_principal: unknown, record: R | null | undefined): R | null => record ?? null;

/** The way of the first finding: what was changed while the connection was paused is another's when it goes on. */
const MOVED: readonly TenantAct[] = [
  { do: 'change', at: 0, user: 0, say: 'new' },
  { do: 'change', at: 1, user: 0, say: 'shared' },
  { do: 'change', at: 2, user: 0, say: 'shared' },
  { do: 'pass', ms: 3_000 },
  { do: 'pause', user: 0 },
  { do: 'change', at: 0, user: 0, say: 'new' },
  { do: 'change', at: 0, user: 1, say: 'new' },
  { do: 'change', at: 2, user: 1, say: 'new' },
  { do: 'resume', user: 0 },
  { do: 'pass', ms: 3_000 },
];

/** What the program would be if one of the three ways of asking answered what it is given. */
const PLANTS: Readonly<Record<string, Partial<typeof real>>> = {
  'that everybody may see everything': { maySee: () => true, asSeenBy: asIs, ownOnly: orNull },
  'what is shown without asking': { ownOnly: orNull },
};

async function play(plant: Partial<typeof real>): Promise<readonly string[]> {
  jest.unstable_mockModule(MODULE, () => ({ ...real, ...plant }));
  const { runHistory } = await import('./run-history.ts');
  return (await runHistory(MOVED)).leaks;
}

describe('the judge of the tenancy simulation', () => {
  beforeEach(() => {
    jest.resetModules();
  });

  it.each(Object.entries(PLANTS))('finds %s', async (_name, plant) => {
    const leaks = await play(plant);
    expect(leaks.join('\n')).toMatch(/under ann/);
  });

  it('finds nothing where nothing is planted', async () => {
    expect(await play({})).toEqual([]);
  });
});
