import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { histories, type TenantAct } from './tenant-acts.ts';
import { runHistory } from './run-history.ts';

/** `npm run tenancy` plays as many as one likes. */
const SHORT_RUNS = 12;

/** Those that must have been asked; another route is asked as it comes. */
const SHOWING = [
  '/api/events',
  '/api/events resumed',
  '/api/integrations/crm/user',
  '/api/integrations/crm/:provider/records',
  '/api/integrations/crm/:provider/records/:entity/:entityId',
  '/api/integrations/crm/:provider/runs/:runId',
  '/api/integrations/crm/:provider/runs/:runId/events',
  '/api/ops/audit',
  '/api/ops/dead-letters',
];

describe('users whose records move, are shared, are erased and come back', () => {
  it('are shown what is theirs, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.boolean(), async (acts, share) => {
        const { leaks } = await runHistory(acts, { share });
        expect(leaks).toEqual([]);
      }),
      { numRuns: SHORT_RUNS, seed: 16, endOnFailure: true },
    );
  });

  it('are looked at from everywhere: each route that shows something did so, and words that belong there were seen', async () => {
    const acts: TenantAct[] = [
      ...[0, 1, 2, 3, 4].map((at) => ({ do: 'change' as const, at, user: 0, say: 'shared' as const })),
      { do: 'pass', ms: 3_000 },
      { do: 'sync', user: 0 },
      { do: 'look' },
    ];
    const { leaks, reached, looked, seen } = await runHistory(acts);
    expect(leaks).toEqual([]);
    expect([...reached]).toEqual(expect.arrayContaining(SHOWING));
    expect(looked).toBeGreaterThan(100);
    // How many depends on how far the deliveries are by then; none would mean that nothing was looked at.
    expect(seen).toBeGreaterThan(25);
  });
});
