import { runTotals } from '../../../../src/domain/run.ts';
import { expect, it } from '@jest/globals';
import { ENDED_RUN_STATUSES } from '../../../../src/domain/run.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { run } from '../../../support/builders.ts';

export function runContract(store: () => StateStore): void {
  it('gives back every field', async () => {
    const full = run('run-1', {
      status: 'waiting',
      cursor: { kind: 'deal', after: 'a.b/$c' },
      walked: 7,
      unchanged: { contact: 1, property: 2, deal: 3 },
      passed: { superseded: 4, skipped: 5 },
      totals: runTotals(
        { unchanged: { contact: 1, property: 2, deal: 3 }, passed: { superseded: 4, skipped: 5 } },
        [],
      ),
      reason: 'CRM_UNREACHABLE',
    });
    expect(await store().runs.insert(full)).toBe(true);
    expect(await store().runs.read('run-1')).toEqual(full);
    expect(await store().runs.findOpen('conn-1')).toEqual(full);
    expect(await store().runs.read('absent')).toBeNull();
    expect(await store().runs.findOpen('conn-2')).toBeNull();
  });

  it.each(['running', 'waiting'] as const)('refuses a second run beside one that is %s', async (status) => {
    await store().runs.insert(run('run-1', { status }));
    expect(await store().runs.insert(run('run-2'))).toBe(false);
    expect(await store().runs.read('run-2')).toBeNull();
    expect(await store().runs.insert(run('run-3', { connectionId: 'conn-2' }))).toBe(true);
  });

  it.each(ENDED_RUN_STATUSES)('takes a new run after one that is %s', async (status) => {
    await store().runs.insert(run('run-1'));
    expect(
      await store().runs.replace(run('run-1', { status, finishedAt: 5, cursor: null, revision: 2 }), 1),
    ).toBe(true);
    expect(await store().runs.findOpen('conn-1')).toBeNull();
    expect(await store().runs.insert(run('run-2'))).toBe(true);
    expect((await store().runs.findOpen('conn-1'))?.runId).toBe('run-2');
  });

  it('lets one of many concurrent inserts for a connection win', async () => {
    const won = await Promise.all(
      Array.from({ length: 12 }, (_, index) => store().runs.insert(run(`run-${String(index)}`))),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await store().runs.findOpen('conn-1'))?.runId).toBe(`run-${String(won.indexOf(true))}`);
  });

  it('replaces only over the revision that was read', async () => {
    await store().runs.insert(run('run-1'));
    const walked = run('run-1', { walked: 100, revision: 2, cursor: { kind: 'property', after: 'p-9' } });
    expect(await store().runs.replace(walked, 1)).toBe(true);
    expect(await store().runs.replace(run('run-1', { walked: 50, revision: 2 }), 1)).toBe(false);
    expect(await store().runs.replace(run('absent', { revision: 2 }), 1)).toBe(false);
    expect(await store().runs.read('run-1')).toEqual(walked);
    expect(await store().runs.findOpen('conn-1')).toEqual(walked);
  });

  it('lists the runs that have not ended', async () => {
    for (const index of [1, 2, 3]) {
      const id = String(index);
      await store().runs.insert(run(`run-${id}`, { connectionId: `conn-${id}` }));
    }
    await store().runs.replace(run('run-2', { connectionId: 'conn-2', status: 'cancelled', revision: 2 }), 1);
    const open = await store().runs.listOpen(10);
    expect(open.map((each) => each.runId).sort()).toEqual(['run-1', 'run-3']);
    expect(await store().runs.listOpen(1)).toHaveLength(1);
  });

  it('lists a connection’s runs newest first and in pages', async () => {
    const created = [300, 100, 300, 200, 500];
    for (const [index, createdAt] of created.entries()) {
      const id = `run-${String(index)}`;
      await store().runs.insert(run(id, { createdAt, status: 'completed', finishedAt: createdAt }));
    }
    await store().runs.insert(run('elsewhere', { connectionId: 'conn-2' }));
    const listed: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<StateStore['runs']['list']>> = await store().runs.list(
        'conn-1',
        cursor,
        2,
      );
      expect(page.items.length).toBeLessThanOrEqual(2);
      listed.push(...page.items.map((each) => each.runId));
      cursor = page.nextCursor;
      // A run that begins meanwhile stands before the page that was read.
      await store().runs.insert(
        run(`later-${String(listed.length)}`, { createdAt: 900, status: 'completed' }),
      );
    } while (cursor !== null);
    expect(listed).toHaveLength(5);
    expect(new Set(listed).size).toBe(5);
    expect(listed.map((id) => created[Number(id.slice(4))])).toEqual([500, 300, 300, 200, 100]);
  });

  it('prunes runs that ended before a time, and none that has not ended', async () => {
    const ended = (id: string, finishedAt: number) =>
      run(id, { connectionId: `conn-${id}`, status: 'cancelled', finishedAt });
    await store().runs.insert(ended('old', 99));
    await store().runs.insert(ended('young', 100));
    await store().runs.insert(run('open'));
    expect(await store().runs.prune(100)).toBe(1);
    const left = await Promise.all(['old', 'young', 'open'].map((id) => store().runs.read(id)));
    expect(left.map((each) => each?.runId)).toEqual([undefined, 'young', 'open']);
  });
}
