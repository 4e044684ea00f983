import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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
  const links = await core.store.links.list({ scope }, core.clock.now(), null, 1_000);
  const runs = await core.store.runs.list(connection.connectionId, null, 100);
  const timeline = await core.store.timeline.ofUser(connection.owner.id, null, 1_000);
  return { connection, links, runs, timeline, calls: [...core.crm.calls] };
}

const changed = (name: string): Change =>
  event({ entityId: 'c00000', version: 2, body: contactBody({ name, emails: ['00000@example.test'] }) });

describe('a preview of a full sync', () => {
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
});
