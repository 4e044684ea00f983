import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LinkId } from '../../../src/domain/link.ts';
import type { StateStore } from '../../../src/state-store/state-store.port.ts';
import {
  connection,
  contact,
  deadDelivery,
  deadLetter,
  replay,
  run,
  wantedMark,
} from '../../support/builders.ts';
import { realTier } from '../../support/real-tier/real-tier.ts';
import { openFreshStore, type FreshStore } from './mongo-fixtures.ts';

const SHAPES = [
  '{"$gt":""}',
  '$ne',
  '$where',
  '$$ROOT',
  '.*',
  '[$exists]=true',
  '__proto__',
  'a.$[].b',
  '\u0000',
];

let fresh: FreshStore;
let store: StateStore;

beforeEach(async () => {
  fresh = await openFreshStore(realTier().mongodbUrl);
  store = fresh.store;
});

afterEach(() => fresh.close());

describe('ids and texts that look like operators, paths or patterns', () => {
  it('name an owner, a connection or a run and nothing else', async () => {
    await store.connections.insert(connection());
    await store.runs.insert(run('run-1'));
    for (const shape of SHAPES) {
      expect(await store.connections.read(shape)).toBeNull();
      expect(await store.connections.findByOwner(shape, 'mri_vault')).toBeNull();
      expect(await store.connections.findByOwner('user-1', shape)).toBeNull();
      expect(await store.connections.listForUsers([shape])).toEqual([]);
      expect(await store.runs.read(shape)).toBeNull();
      expect(await store.runs.findOpen(shape)).toBeNull();
      expect((await store.runs.list('conn-1', shape, 9)).items).toEqual([]);
      const mine = connection({ connectionId: `id ${shape}`, owner: { type: 'user', id: shape } });
      expect(await store.connections.insert(mine)).toBe(true);
      expect(await store.connections.findByOwner(shape, 'mri_vault')).toEqual(mine);
    }
  });

  it('find nothing as a link, a CRM id, a text or a cursor', async () => {
    const ada = contact('c-1');
    await store.records.write([{ record: ada, expectedRevision: 0 }]);
    await store.links.markWanted([
      wantedMark(ada.key),
      wantedMark(ada.key, { scope: 'z.z', userId: 'user-2' }),
    ]);
    const scope = wantedMark(ada.key).scope;
    for (const shape of SHAPES) {
      expect((await store.links.read([shape as LinkId])).size).toBe(0);
      const of = { id: 'none' as LinkId, scope, kind: 'contact' } as const;
      const marks = { remoteIds: [shape], keyHashes: [shape] };
      expect(await store.links.findNeighbours(of, marks)).toEqual([]);
      expect(await store.links.countRun(shape)).toEqual([]);
      expect((await store.links.list({ scope, text: shape }, 0, null, 9)).items).toEqual([]);
      const page = await store.links.list({ scope }, 0, shape, 9);
      expect(page.items.every(({ link }) => link.id.startsWith(`${scope}/`))).toBe(true);
    }
  });

  it('find no dead letter and no replay', async () => {
    await store.deadLetters.put([deadLetter(), deadDelivery('deal/d-1')]);
    await store.replays.insert(replay('replay-1', { status: 'running' }));
    for (const shape of SHAPES) {
      expect(await store.deadLetters.read(shape)).toBeNull();
      for (const name of ['kind', 'code', 'provider', 'userId', 'connectionId', 'entity', 'entityId']) {
        const filter = { [name]: shape };
        expect([name, await store.deadLetters.count(filter)]).toEqual([name, 0]);
        expect([name, await store.deadLetters.groups(filter)]).toEqual([name, []]);
      }
      const named = { ids: [shape], statuses: [shape as 'open'] };
      expect((await store.deadLetters.list(named, null, 9)).items).toEqual([]);
      expect(await store.deadLetters.setStatus([shape], ['open'], 'discarded')).toBe(0);
      expect((await store.deadLetters.list({}, shape, 9)).items).toEqual([]);
      expect(await store.replays.read(shape)).toBeNull();
      expect((await store.replays.list(shape, 9)).items).toEqual([]);
    }
  });

  it('find no dead letter as objects that got past a type', async () => {
    await store.deadLetters.put([deadLetter(), deadDelivery('deal/d-1')]);
    for (const operator of [{ $gt: '' }, { $ne: 'x' }, { $exists: true }]) {
      for (const name of ['code', 'provider', 'userId', 'connectionId', 'entity', 'entityId']) {
        expect([name, await store.deadLetters.count({ [name]: operator })]).toEqual([name, 0]);
      }
      expect(await store.deadLetters.read(operator as never)).toBeNull();
      expect(await store.replays.read(operator as never)).toBeNull();
      expect(await store.budgets.read(operator as never)).toBeNull();
    }
  });

  it("name a worker, a shard's owner or a budget and nothing else", async () => {
    const { ownership, budgets } = store;
    const row = { beat: 0, draining: false, startedAt: 1, beatAt: 1, label: 'host 1', shardRule: 2 };
    await ownership.join({ ...row, workerId: 'w-1' });
    await ownership.take(null, { shard: 1, owner: 'w-1', epoch: 1 });
    await budgets.note('b-1', { pausedUntil: 5 });
    for (const shape of SHAPES) {
      expect(await ownership.beat(shape, true, 2)).toBe(false);
      expect(await ownership.fence(shape, 0)).toBe(false);
      await ownership.leave(shape);
      expect(await ownership.release({ shard: 1, owner: shape, epoch: 1 })).toBe(false);
      expect(await budgets.read(shape)).toBeNull();
      expect(await budgets.reserve(shape, shape, 2, 3)).toBe(2);
      expect(await budgets.reserve(shape, shape, 2, 3)).toBe(1);
      await ownership.join({ ...row, workerId: shape });
      expect(await ownership.beat(shape, true, 2)).toBe(true);
    }
    expect((await ownership.workers()).find((worker) => worker.workerId === 'w-1')).toMatchObject({
      beat: 0,
    });
    expect(await budgets.read('b-1')).toEqual({ pausedUntil: 5, openUntil: null });
  });

  it('as a cursor of another scope lead to no link of that scope', async () => {
    await store.links.markWanted([wantedMark('contact/c-1'), wantedMark('contact/c-1', { scope: 'z.z' })]);
    const { items } = await store.links.list({ scope: 'z.z' }, 0, 'a.a/contact/a', 9);
    expect(items.map(({ link }) => link.id)).toEqual(['z.z/contact/c-1']);
  });
});
