import { describe, expect, it } from '@jest/globals';
import { createPendingConnects } from '../../src/integrations/pending/pending-connects.ts';
import type { PendingConnect } from '../../src/integrations/pending/pending-connects.port.ts';

const begun = (userId: string): PendingConnect => ({ userId }) as PendingConnect;

function open() {
  let now = 0;
  let made = 0;
  const pending = createPendingConnects(
    { monotonic: () => now },
    { uuid: () => `00000000-0000-4000-8000-${String((made += 1)).padStart(12, '0')}` },
  );
  return { pending, pass: (ms: number) => (now += ms) };
}

describe('connects begun on a CRM’s own page', () => {
  it('come back once, to the browser that began them', () => {
    const { pending } = open();
    const state = pending.begin('session-1', begun('anna'));
    expect(pending.take('session-2', state)).toBeNull();
    expect(pending.take('session-1', state)).toEqual(begun('anna'));
    expect(pending.take('session-1', state)).toBeNull();
  });

  it('end after ten minutes', () => {
    const { pending, pass } = open();
    const state = pending.begin('session-1', begun('anna'));
    pass(600_000);
    expect(pending.take('session-1', state)).toBeNull();
  });

  it('are at most five of a user, the oldest goes, and nobody pushes out those of others', () => {
    const { pending } = open();
    const theirs = pending.begin('session-2', begun('bob'));
    const states = Array.from({ length: 6 }, () => pending.begin('session-1', begun('anna')));
    expect(states.map((state) => pending.take('session-1', state) !== null)).toEqual([
      false,
      ...Array.from({ length: 5 }, () => true),
    ]);
    expect(pending.take('session-2', theirs)).toEqual(begun('bob'));
  });
});
