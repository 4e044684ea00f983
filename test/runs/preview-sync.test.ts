import { readScope } from '../contract/state-store/links/link-steps.ts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Change } from '../../src/domain/change-event.ts';
import { scopeOf } from '../../src/domain/connection.ts';
import type { SyncPreview } from '../../src/runs/run-service.port.ts';
import { contactBody } from '../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../support/core-harness.ts';
import { deleteEvent, event } from '../domain/change-arbitraries.ts';
import { contactChanges, smallOffice, takeUnconnected } from '../delivering/unsynced-office.ts';

let core: CoreHarness;
beforeEach(async () => {
  core = await createCoreHarness();
});
afterEach(() => core.close());

const preview = async (limit = 100): Promise<SyncPreview> =>
  core.runs.preview(await core.connection(), limit);

async function sync() {
  const { runId } = await core.runs.start(await core.connection());
  await core.converge(120_000);
  const progress = await core.runs.progress(runId);
  expect(progress?.run.status).toBe('completed');
  return progress?.totals;
}

/** Everything that a preview could have touched. */
async function everything() {
  const connection = await core.connection();
  const scope = scopeOf(connection);
  const links = await readScope(core.store.links, scope);
  const runs = await core.store.runs.list(connection.connectionId, null, 100);
  const timeline = await core.store.timeline.ofUser(connection.owner.id, null, 1_000);
  return { connection, links, runs, timeline, calls: [...core.crm.calls] };
}

const changed = (name: string): Change =>
  event({ entityId: 'c00000', version: 2, body: contactBody({ name, emails: ['00000@example.test'] }) });

describe('a preview of a full sync', () => {
  it('lets others come between one record and the next', async () => {
    await takeUnconnected(core, contactChanges(30));
    const breathe = jest.spyOn(core.store.session, 'breathe');
    await core.runs.preview(await core.connection(), 10);
    // It is mapped, thought through and told.
    expect(breathe.mock.calls.length).toBeGreaterThanOrEqual(3 * 30);
  });

  it('shows of what is large its beginning, and counts what the list has no room for', async () => {
    const notes = 'x'.repeat(20_000);
    const changes = Array.from({ length: 400 }, (_, at) =>
      event({
        entityId: `c${String(at)}`,
        body: contactBody({
          name: 'N'.repeat(9_000),
          emails: [`${String(at)}@example.test`],
          relationshipNotes: [notes],
        }),
      }),
    );
    for (let from = 0; from < changes.length; from += 50)
      await takeUnconnected(core, changes.slice(from, from + 50));
    const seen = await preview(1_000);
    expect(seen).toMatchObject({ total: 400, wouldCreateOrAdopt: 400, truncated: true });
    expect(JSON.stringify(seen).length).toBeLessThan(1_300_000);
    const shown = seen.items[0]?.changes.find(({ field }) => field === 'notes')?.to;
    expect(shown).toBe(`${'x'.repeat(4_095)}…`);
    expect(seen.items[0]?.title).toHaveLength(200);
  });

  it('tells everything that a first sync would create, field by field', async () => {
    await takeUnconnected(core, smallOffice());
    const seen = await preview();
    expect(seen).toMatchObject({
      total: 5,
      wouldCreateOrAdopt: 5,
      wouldUpdate: 0,
      unchanged: 0,
      truncated: false,
    });
    expect(seen.items[0]).toMatchObject({
      key: 'contact/c00000',
      title: 'Ada 00000',
      action: 'create_or_adopt',
    });
    expect(seen.items[0]?.changes).toContainEqual({ field: 'email', from: null, to: '00000@example.test' });
    const totals = await sync();
    expect(totals?.created).toBe(seen.wouldCreateOrAdopt);
  });

  it('equals what the sync then does', async () => {
    await takeUnconnected(core, smallOffice());
    await sync();
    await takeUnconnected(core, [
      changed('Grace Hopper'),
      deleteEvent({ kind: 'deal', entityId: 'd1', version: 2 }),
      ...contactChanges(5).slice(3),
    ]);
    const seen = await preview();
    expect(seen).toMatchObject({
      wouldCreateOrAdopt: 2,
      wouldUpdate: 1,
      wouldDelete: 1,
      unchanged: 3,
      skipped: 0,
    });
    expect(seen.items.find((item) => item.action === 'update')?.changes).toEqual([
      { field: 'firstName', from: 'Ada', to: 'Grace' },
      { field: 'lastName', from: '00000', to: 'Hopper' },
    ]);
    const totals = await sync();
    expect(totals).toMatchObject({ created: 2, updated: 1, deleted: 1, unchanged: 3 });
    expect(await preview()).toMatchObject({
      wouldCreateOrAdopt: 0,
      wouldUpdate: 0,
      wouldDelete: 0,
      items: [],
    });
  });

  it('writes nothing and calls nobody', async () => {
    await takeUnconnected(core, smallOffice());
    await sync();
    await takeUnconnected(core, [changed('Grace'), ...contactChanges(250).slice(3)]);
    const before = await everything();
    await preview();
    await core.clock.advance(5_000);
    expect(await everything()).toEqual(before);
  });

  it('joins no run, and keeps to the limit of what it lists but not of what it counts', async () => {
    await takeUnconnected(core, contactChanges(450));
    const seen = await preview(10);
    expect(seen.items).toHaveLength(10);
    expect(seen).toMatchObject({ truncated: true, total: 450, wouldCreateOrAdopt: 450 });
    expect(await core.store.runs.findOpen('conn-1')).toBeNull();
    expect((await preview(450)).truncated).toBe(false);
  });

  it('says what it would leave alone, and why', async () => {
    await takeUnconnected(core, smallOffice());
    await sync();
    const { syncConfig } = await core.connection();
    await core.patchConnection({ syncConfig: { ...syncConfig, syncDeals: false, deletions: 'never' } });
    await takeUnconnected(core, [deleteEvent({ entityId: 'c00002', version: 2 })]);
    const seen = await preview();
    expect(
      seen.items.filter((item) => item.action === 'skip').map(({ key, reason }) => [key, reason]),
    ).toEqual([
      ['contact/c00002', 'kept_in_crm'],
      ['deal/d1', 'not_synced'],
    ]);
    expect(seen).toMatchObject({ skipped: 2, unchanged: 3 });
  });

  describe('of contacts that share an e-mail', () => {
    const shared = (entityId: string, name: string, over: Parameters<typeof event>[0] = {}): Change =>
      event({ entityId, body: contactBody({ name, emails: ['shared@example.test'] }), ...over });

    it('s4: says that only the newest writes, which is what a sync then does', async () => {
      await takeUnconnected(core, [
        shared('c1', 'Older', { occurredAt: 1_000 }),
        shared('c2', 'Newest', { occurredAt: 3_000 }),
        shared('c3', 'Middle', { occurredAt: 2_000 }),
      ]);
      const seen = await preview();
      expect(seen).toMatchObject({ total: 3, wouldCreateOrAdopt: 1, superseded: 2, wouldUpdate: 0 });
      expect(seen.items.map(({ key, action, looks }) => [key, action, looks])).toEqual([
        ['contact/c1', 'skip', false],
        ['contact/c2', 'create_or_adopt', true],
        ['contact/c3', 'skip', false],
      ]);
      expect(await sync()).toMatchObject({ created: 1, superseded: 2, updated: 0, contactsSynced: 1 });
      expect(core.crm.of('contact').map(({ fields }) => fields['firstName'])).toEqual(['Newest']);
    });

    it('says nothing would be done where nothing is to be done', async () => {
      await takeUnconnected(core, [
        shared('c1', 'Older', { occurredAt: 1_000 }),
        shared('c2', 'Newest', { occurredAt: 3_000 }),
      ]);
      await sync();
      const calls = core.crm.calls.length;
      expect(await preview()).toMatchObject({ unchanged: 1, superseded: 1, wouldUpdate: 0 });
      expect(await sync()).toMatchObject({ unchanged: 1, superseded: 1, updated: 0 });
      expect(core.crm.calls).toHaveLength(calls);
    });

    it('looks at one whose CRM record another is only thought to take', async () => {
      const of = (entityId: string, key: string, occurredAt: number): Change =>
        event({
          entityId,
          occurredAt,
          version: occurredAt,
          body: contactBody({ name: `${entityId} At ${key}`, emails: [`${key}@example.test`] }),
        });
      await takeUnconnected(core, [of('a0', 'k0', 1_000), of('a3', 'k0', 2_000), of('a2', 'k1', 1_500)]);
      await sync();
      // Somebody who shared it spoke there and left, and we were disconnected before it was this one's turn.
      const link = await core.link('contact', 'a2');
      if (link?.copy == null || link.remote === null) throw new Error('not linked');
      core.crm.edit(link.remote.id, { firstName: 'Left' });
      const held = { ...link.copy.held, firstName: 'Left' };
      await core.store.links.passOurs(link.id, { ...link.copy, held });
      await core.store.links.clearShadows([link.id]);
      // It looks as if a0 leaves its own for the one of a2; but a3, which is marked first, leaves that to a0.
      await takeUnconnected(core, [of('a0', 'k1', 8_000), of('a1', 'k2', 5_000), of('a3', 'k2', 9_000)]);
      await sync();
      expect(core.crm.records.get(link.remote.id)?.fields['firstName']).toBe('a2');
    });

    it('sees the newest also pages away, before or behind what is linked', async () => {
      const office = contactChanges(450);
      const twinOf = (id: string, name: string, of: string): Change =>
        event({
          entityId: id,
          occurredAt: 9_000_000_000_000,
          body: contactBody({ name, emails: [`${of}@example.test`] }),
        });
      await takeUnconnected(core, office);
      await sync();
      // One page after, and two pages before, whom they share with.
      await takeUnconnected(core, [
        twinOf('c00300x', 'After', '00010'),
        twinOf('c00010x', 'Before', '00420'),
      ]);
      const seen = await preview();
      expect(seen).toMatchObject({
        total: 452,
        wouldCreateOrAdopt: 2,
        superseded: 2,
        unchanged: 448,
        wouldUpdate: 0,
      });
      expect(await sync()).toMatchObject({ updated: 2, superseded: 2, unchanged: 448, contactsSynced: 450 });
      expect(core.crm.of('contact')).toHaveLength(450);
    });
  });

  it('gives references the CRM ids that they will have', async () => {
    await takeUnconnected(core, smallOffice());
    await sync();
    await takeUnconnected(core, [deleteEvent({ entityId: 'c00000', version: 2 })]);
    const seen = await preview();
    expect(seen).toMatchObject({ wouldDelete: 1, wouldUpdate: 1, unchanged: 3 });
    expect(await sync()).toMatchObject({ deleted: 1, updated: 1, unchanged: 3 });
  });
});
