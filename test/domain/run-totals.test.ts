import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ENTITY_KINDS, type EntityKind } from '../../src/domain/entity.ts';
import type { RunResult } from '../../src/domain/link.ts';
import { runTotals, type RunCount } from '../../src/domain/run.ts';

const none = { contact: 0, property: 0, deal: 0 };
const line = (kind: EntityKind, result: RunResult | null, count: number): RunCount => ({
  kind,
  result,
  count,
});

describe('the totals of a run', () => {
  it('count as synced what was created, updated or found equal, by kind', () => {
    const totals = runTotals({ unchanged: { contact: 10, property: 0, deal: 1 } }, [
      line('contact', 'created', 1),
      line('contact', 'updated', 2),
      line('contact', 'unchanged', 3),
      line('contact', 'failed', 4),
      line('property', 'superseded', 5),
      line('deal', 'deleted', 6),
      line('deal', 'skipped', 7),
    ]);
    expect(totals).toEqual({
      contactsSynced: 16,
      propertiesSynced: 0,
      dealsSynced: 1,
      created: 1,
      updated: 2,
      unchanged: 14,
      failed: 4,
      retrying: 0,
      superseded: 5,
      deleted: 6,
      skipped: 7,
      outstanding: 0,
    });
  });

  it('have as outstanding what is not settled and what is tried again', () => {
    const totals = runTotals({ unchanged: none }, [
      line('contact', null, 3),
      line('deal', null, 1),
      line('contact', 'retrying', 2),
    ]);
    expect(totals).toMatchObject({ outstanding: 6, retrying: 2, contactsSynced: 0 });
  });

  it('count every link once', () => {
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
    const unchanged = fc.record({ contact: fc.nat(50), property: fc.nat(50), deal: fc.nat(50) });
    fc.assert(
      fc.property(unchanged, lines, (equal, counts) => {
        const totals = runTotals({ unchanged: equal }, counts);
        const all =
          counts.reduce((sum, one) => sum + one.count, 0) + equal.contact + equal.property + equal.deal;
        const { created, updated, failed, superseded, deleted, skipped, outstanding } = totals;
        const settled = created + updated + totals.unchanged + failed + superseded + deleted + skipped;
        expect(settled + outstanding).toBe(all);
        expect(totals.contactsSynced + totals.propertiesSynced + totals.dealsSynced).toBe(
          created + updated + totals.unchanged,
        );
      }),
    );
  });
});
