import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Binary, type Db, type Document } from 'mongodb';
import type { DeadLetterFilter } from '../../../src/domain/replay.ts';
import type { MongoStateStore } from '../../../src/state-store/mongo/open-mongo-store.ts';
import { idOf, preparedLink, readLink } from '../../contract/state-store/links/link-steps.ts';
import {
  fillWithOldTexts,
  keysFound,
  OLD_SEARCHES,
  titlesFound,
} from '../../contract/state-store/links/old-search.ts';
import { recordTitle } from '../../../src/domain/record.ts';
import { contactBody, deadLetter, deadMark, propertyBody, record } from '../../support/builders.ts';
import { realTier } from '../../support/real-tier/real-tier.ts';
import { openFreshStore, type FreshStore } from './mongo-fixtures.ts';

type Stored = Document & { readonly _id: string };

let fresh: FreshStore;
let store: MongoStateStore;
let database: Db;

beforeEach(async () => {
  fresh = await openFreshStore(realTier().mongodbUrl);
  store = fresh.store;
  database = store.client.db();
});

afterEach(() => fresh.close());

describe('a dead letter from before the index knew deliveries', () => {
  const insertOld = async (id: string, topic: string, failedAt: number): Promise<void> => {
    const bytes = { key: new Binary(new Uint8Array([99])), value: new Binary(new Uint8Array([0, 7])) };
    const place = { topic, partition: 2, offset: '9' };
    await database
      .collection<Stored>('dead_letters')
      .insertOne({ _id: id, ...place, ...bytes, code: 'UNREADABLE', detail: 'no event', failedAt });
  };

  beforeEach(async () => {
    await insertOld('old-1', 'zena.contact.changes', 1_000);
    await insertOld('old-2', 'zena.property.changes', 2_000);
    await insertOld('old-3', 'zena.deal.changes', 3_000);
    await store.deadLetters.put([deadLetter({ id: 'new-1', code: 'UNREADABLE', failedAt: 4_000 })]);
  });

  const idsOf = async (filter: DeadLetterFilter): Promise<string[]> =>
    (await store.deadLetters.list(filter, null, 9)).items.map((letter) => letter.id);

  it('is read as one of an event that waits', async () => {
    expect(await store.deadLetters.read('old-2')).toEqual({
      id: 'old-2',
      kind: 'decode',
      status: 'open',
      code: 'UNREADABLE',
      detail: 'no event',
      fields: [],
      firstFailedAt: 2_000,
      failedAt: 2_000,
      attempts: 1,
      replays: 0,
      source: { topic: 'zena.property.changes', partition: 2, offset: '9' },
      key: new Uint8Array([99]),
      value: new Uint8Array([0, 7]),
      entity: 'property',
      entityId: null,
      delivery: null,
    });
  });

  it('is found by what it is read as', async () => {
    expect(await idsOf({ kind: 'decode', statuses: ['open'] })).toEqual(['new-1', 'old-3', 'old-2', 'old-1']);
    expect(await idsOf({ entity: 'deal' })).toEqual(['old-3']);
    expect(await idsOf({ entity: 'property' })).toEqual(['old-2']);
    expect(await idsOf({ entity: 'contact' })).toEqual(['new-1', 'old-1']);
    expect(await idsOf({ kind: 'deliver' })).toEqual([]);
    expect(await idsOf({ statuses: ['parked', 'resolved'] })).toEqual([]);
    expect(await store.deadLetters.groups({})).toEqual([
      { kind: 'decode', code: 'UNREADABLE', provider: null, count: 4, oldest: 1_000, newest: 4_000 },
    ]);
  });

  it('takes a status, another replay and an end like any other', async () => {
    expect(await store.deadLetters.setStatus(['old-1'], ['open'], 'discarded')).toBe(1);
    expect(await idsOf({ statuses: ['discarded'] })).toEqual(['old-1']);
    const old = await store.deadLetters.read('old-2');
    if (old === null) throw new Error('the letter is gone');
    const replayed = { ...old, replays: 1, code: 'INVALID_EVENT' };
    expect(await store.deadLetters.replace(replayed, { replays: 1, status: 'open' })).toBe(false);
    expect(await store.deadLetters.replace(replayed, { replays: 0, status: 'open' })).toBe(true);
    expect(await store.deadLetters.read('old-2')).toEqual(replayed);
    expect(await store.deadLetters.prune(3_000)).toBe(2);
  });
});

describe('a link that went dead before its letter had a name', () => {
  beforeEach(async () => {
    await preparedLink(store.links, 'contact/c-1', { dead: deadMark({ at: 700 }) });
    const names = ['id', 'mapping', 'connectionEpoch', 'firstAt', 'replays'];
    const $unset = Object.fromEntries(names.map((name) => [`dead.${name}`, '' as const]));
    await database.collection<Stored>('links').updateOne({ _id: idOf('contact/c-1') }, { $unset });
  });

  it('names it after itself and has not been replayed', async () => {
    const { dead } = await readLink(store.links, idOf('contact/c-1'));
    const named = { id: idOf('contact/c-1'), mapping: '', connectionEpoch: 0, firstAt: 700, replays: 0 };
    expect(dead).toEqual(deadMark({ at: 700, ...named }));
  });

  it('can be woken for a replay', async () => {
    expect(await store.links.wakeDead([idOf('contact/c-1')], 5_000, 5)).toBe(1);
    expect(await readLink(store.links, idOf('contact/c-1'))).toMatchObject({ nextAt: 5_000, lane: 'replay' });
  });
});

describe('a link from before its CRM record was known', () => {
  it('has nothing of it, and takes what is learned', async () => {
    const link = await preparedLink(store.links, 'contact/c-1', {
      remote: { id: 'r-1', version: null, origin: 'created' },
    });
    const stored = await database.collection<Stored>('links').findOne({ _id: link.id });
    expect(Object.keys(stored ?? {})).not.toContain('copy');
    expect(link).toMatchObject({ copy: null, touchedAt: null, kinWroteAt: null, sought: null });
    await store.links.noteTouched([link.id], 9);
    expect((await readLink(store.links, link.id)).touchedAt).toBe(9);
  });
});

describe('a worker of a program that names no rule of sharing the shards', () => {
  it('knows the first one', async () => {
    const row = { beat: 3, draining: false, startedAt: 1_000, beatAt: 2_000, label: 'host 1' };
    await database.collection<Stored>('workers').insertOne({ _id: 'w-1', ...row });
    expect(await store.ownership.workers()).toEqual([{ workerId: 'w-1', ...row, shardRule: 1 }]);
  });
});

describe('what an earlier version stored for searching', () => {
  beforeEach(async () => {
    await fillWithOldTexts(store, async (key, search) => {
      await database
        .collection<Stored>('records')
        .updateOne({ _id: key }, { $set: { search }, $unset: { title: '' } });
    });
  });

  it.each(OLD_SEARCHES)('is found by %s', async (text, keys) => {
    expect(await keysFound(store, text)).toEqual(keys);
  });

  it('is listed by its name, which is read from its content', async () => {
    const [name, address] = [contactBody(), propertyBody()].map((body) => recordTitle(record('x', body)));
    expect(await titlesFound(store)).toEqual([name, name, name, address]);
  });
});
