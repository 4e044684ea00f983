import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ENTITY_KINDS, type EntityKind } from '../../src/domain/entity.ts';
import type { RunResult } from '../../src/domain/link.ts';
import {
  doneOf,
  endedTotals,
  NONE_PASSED,
  RUN_OUTCOMES,
  runTotals,
  totalOf,
  type RunCount,
} from '../../src/domain/run.ts';

const none = { contact: 0, property: 0, deal: 0 };
const line = (kind: EntityKind, result: RunResult | null, count: number): RunCount => ({
  kind,
  result,
  count,
});

describe('the totals of a run', () => {
  it('count as synced what was created, updated or found equal, by kind', () => {
    const totals = runTotals(
      { unchanged: { contact: 10, property: 0, deal: 1 }, passed: { superseded: 2, skipped: 1 } },
      [
        line('contact', 'created', 1),
        line('contact', 'updated', 2),
        line('contact', 'unchanged', 3),
        line('contact', 'failed', 4),
        line('property', 'superseded', 5),
        line('deal', 'deleted', 6),
        line('deal', 'skipped', 7),
      ],
    );
    expect(totals).toEqual({
      contactsSynced: 16,
      propertiesSynced: 0,
      dealsSynced: 1,
      created: 1,
      updated: 2,
      unchanged: 14,
      failed: 4,
      retrying: 0,
      repaired: 0,
      drifted: 0,
      superseded: 7,
      deleted: 6,
      skipped: 8,
      outstanding: 0,
    });
  });

  it('have as outstanding what was not tried, and not what is tried again', () => {
    const totals = runTotals({ unchanged: none, passed: NONE_PASSED }, [
      line('contact', null, 3),
      line('deal', null, 1),
      line('contact', 'retrying', 2),
    ]);
    expect(totals).toMatchObject({ outstanding: 4, retrying: 2, contactsSynced: 0 });
  });

  it('of a run that ends have nothing outstanding: what could not be tried is tried again, or was cancelled', () => {
    const totals = runTotals({ unchanged: none, passed: NONE_PASSED }, [
      line('deal', null, 3),
      line('contact', 'retrying', 2),
    ]);
    expect(endedTotals(totals, 'completed')).toMatchObject({ outstanding: 0, retrying: 5 });
    expect(endedTotals(totals, 'cancelled')).toMatchObject({ outstanding: 0, retrying: 2 });
  });

  it('count every record once: the outcomes add up to the total, also while the run walks', () => {
    const results = [
      'created',
      'updated',
      'unchanged',
      'superseded',
      'deleted',
      'failed',
      'skipped',
    ] as const;
    const lines = fc.array(
      fc
        .tuple(
          fc.constantFrom(...ENTITY_KINDS),
          fc.constantFrom(null, 'retrying' as const, ...results),
          fc.nat(50),
        )
        .map(([kind, result, count]) => line(kind, result, count)),
    );
    const walked = fc.record({
      unchanged: fc.record({ contact: fc.nat(50), property: fc.nat(50), deal: fc.nat(50) }),
      passed: fc.record({ superseded: fc.nat(50), skipped: fc.nat(50) }),
      total: fc.nat(500),
      cursor: fc.constantFrom(null, { kind: 'deal' as const, after: 'd9' }),
      finishedAt: fc.constantFrom(null, 5),
    });
    fc.assert(
      fc.property(walked, lines, (run, counts) => {
        const totals = runTotals(run, counts);
        const equal = run.unchanged;
        const all =
          counts.reduce((sum, one) => sum + one.count, 0) +
          equal.contact +
          equal.property +
          equal.deal +
          run.passed.superseded +
          run.passed.skipped;
        const { created, updated, outstanding } = totals;
        const done = RUN_OUTCOMES.reduce((sum, outcome) => sum + totals[outcome], 0);
        expect(done).toBe(doneOf(totals));
        expect(done + outstanding).toBe(all);
        expect(totalOf(run, totals)).toBeGreaterThanOrEqual(done);
        const ended = endedTotals(totals, 'completed');
        expect(totalOf({ ...run, finishedAt: 5 }, ended)).toBe(doneOf(ended));
        expect(doneOf(ended)).toBe(all);
        expect(totals.contactsSynced + totals.propertiesSynced + totals.dealsSynced).toBe(
          created + updated + totals.unchanged,
        );
      }),
    );
  });
});
