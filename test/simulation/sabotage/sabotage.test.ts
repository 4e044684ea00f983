import { describe, expect, it } from '@jest/globals';
import type { Sabotage } from '../world.ts';
import { firstFound } from './first-found.ts';
import { blindCreate, commitBeforeStore, noClaimFence, replayOfOldPayloads } from './processes.ts';

const ANYHOW = /./;

describe('the simulation finds', () => {
  it.each<[string, () => Sabotage, number, RegExp]>([
    ['a commit before the store has it', () => commitBeforeStore, 4, /not as the log ends|work did not end/],
    [
      'a blind create after a time-out',
      () => blindCreate,
      34,
      /left over|stray|differs|intent|work did not end/,
    ],
    [
      'claims and leases that fence nobody off',
      () => noClaimFence,
      1,
      /calls for|stale overwrite|left over|stray|work did not end/,
    ],
    [
      'a replay of the old payload',
      replayOfOldPayloads,
      159,
      /stale overwrite|differs|not in the CRM|letter/,
    ],
  ])(
    '%s',
    async (_name, sabotage, seed, how) => {
      expect(await firstFound({ sabotage, seed, how: ANYHOW })).toMatch(how);
    },
    120_000,
  );
});
