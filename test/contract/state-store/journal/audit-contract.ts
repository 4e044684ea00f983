import { expect, it } from '@jest/globals';
import type { AuditEntry } from '../../../../src/domain/audit-entry.ts';
import type { AuditFilter, AuditLog } from '../../../../src/state-store/audit-log.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { auditEntry } from '../../../support/builders.ts';
import { AWKWARD_IDS } from '../awkward-ids.ts';
import { walkPages } from '../walk-pages.ts';

const idsOf = (entries: readonly AuditEntry[]): string[] => entries.map(({ entryId }) => entryId);

export function auditContract(store: () => StateStore): void {
  const audit = (): AuditLog => store().audit;
  const append = async (...entries: readonly AuditEntry[]): Promise<void> => {
    for (const entry of entries) await audit().append(entry);
  };
  const found = async (filter: AuditFilter): Promise<string[]> =>
    idsOf((await audit().list(filter, null, 100)).items);

  it('gives back every field', async () => {
    const full = auditEntry('a-1', {
      scopes: ['ops:read', 'ops:write'],
      provider: 'mri_vault',
      resource: { kind: 'connection', id: '$conn.1' },
      before: { syncDeals: true, status: 'active', none: null },
      after: { syncDeals: false, status: 'paused', none: 3 },
      count: 7,
      outcome: 'CONFLICT',
      reason: 'paused',
    });
    const bare = auditEntry('a-2', { at: 1 });
    await append(full, bare);
    expect((await audit().list({}, null, 10)).items).toEqual([full, bare]);
  });

  it('lists the latest first and in pages', async () => {
    const times = [300, 100, 300, 200, 500, 300];
    await append(...times.map((at, index) => auditEntry(`a-${String(index)}`, { at })));
    for (const limit of [1, 2, 4, 6]) {
      const walked = await walkPages((cursor, most) => audit().list({}, cursor, most), limit);
      expect(idsOf(walked)).toEqual(['a-4', 'a-0', 'a-2', 'a-5', 'a-3', 'a-1']);
    }
    const ofPages = await walkPages((cursor, most) => audit().list({ from: 300 }, cursor, most), 2);
    expect(idsOf(ofPages)).toEqual(['a-4', 'a-0', 'a-2', 'a-5']);
    expect(await audit().list({}, 'no place', 10)).toEqual({ items: [], nextCursor: null });
  });

  it('finds by who, what, which and when, and by all of it', async () => {
    const resource = { kind: 'run', id: 'run-1' } as const;
    await append(
      auditEntry('a-1', { at: 100, userId: 'user-1', act: 'sync', resource }),
      auditEntry('a-2', { at: 200, userId: 'user-2', act: 'sync' }),
      auditEntry('a-3', { at: 300, userId: 'user-1', act: 'cancel_run', resource }),
    );
    expect(await found({ userId: 'user-1' })).toEqual(['a-3', 'a-1']);
    expect(await found({ act: 'sync' })).toEqual(['a-2', 'a-1']);
    expect(await found({ resourceId: 'run-1' })).toEqual(['a-3', 'a-1']);
    expect(await found({ from: 200 })).toEqual(['a-3', 'a-2']);
    expect(await found({ to: 200 })).toEqual(['a-1']);
    expect(await found({ from: 100, to: 101, userId: 'user-1', act: 'sync', resourceId: 'run-1' })).toEqual([
      'a-1',
    ]);
    expect(await found({ userId: 'nobody' })).toEqual([]);
  });

  it('keeps users and resources of awkward ids apart', async () => {
    await append(...AWKWARD_IDS.map((id) => auditEntry(id, { userId: id, resource: { kind: 'user', id } })));
    for (const id of AWKWARD_IDS) {
      expect(await found({ userId: id })).toEqual([id]);
      expect(await found({ resourceId: id })).toEqual([id]);
    }
  });

  it('drops what is older than a time, and no more', async () => {
    await append(auditEntry('old', { at: 999 }), auditEntry('new', { at: 1_000 }));
    expect(await audit().prune(1_000)).toBe(1);
    expect(await audit().prune(1_000)).toBe(0);
    expect(await found({})).toEqual(['new']);
  });
}
