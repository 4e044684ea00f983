import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createChangesAlone } from '../../src/ingest/changes-alone.ts';

describe('Changes of one user', () => {
  it('came by themselves where one act of a person makes as many', () => {
    const alone = createChangesAlone();
    expect(alone.count('u1', 1, 0)).toBe(true);
    expect(alone.count('u1', 20, 0)).toBe(true);
  });

  it('are an import where more come at once, which says nothing of the next', () => {
    const alone = createChangesAlone();
    for (let batch = 0; batch < 10; batch += 1) expect(alone.count('u1', 500, 0)).toBe(false);
    expect(alone.count('u1', 1, 0)).toBe(true);
  });

  it('are an import where one comes after the other without an end, until that ended', () => {
    const alone = createChangesAlone();
    const taken = Array.from({ length: 1_000 }, (_, at) => alone.count('u1', 1, at * 5));
    expect(taken.slice(0, 60)).not.toContain(false);
    expect(taken.filter(Boolean).length).toBeLessThan(70);
    expect(alone.count('u1', 1, 5_000 + 1_500)).toBe(true);
    expect(alone.count('u1', 20, 5_000 + 60_000)).toBe(true);
  });

  it('are of nobody else', () => {
    const alone = createChangesAlone();
    for (let at = 0; at < 200; at += 1) alone.count('u1', 1, 0);
    expect(alone.count('u1', 1, 0)).toBe(false);
    expect(alone.count('u2', 1, 0)).toBe(true);
  });

  it('never count as a person’s for longer than a person could make them, whatever the clock does', () => {
    const batch = fc.record({
      changes: fc.integer({ min: 1, max: 40 }),
      ms: fc.integer({ min: -500, max: 2_000 }),
    });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 300 }), (batches) => {
        const alone = createChangesAlone();
        let now = 1_000_000;
        let passed = 0;
        let counted = 0;
        for (const { changes, ms } of batches) {
          now += ms;
          passed += Math.max(0, ms);
          if (alone.count('u1', changes, now)) counted += changes;
          expect(counted).toBeLessThanOrEqual(60 + passed / 1_000 + 1e-6);
        }
      }),
    );
  });
});
