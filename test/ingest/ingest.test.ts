import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DeadLetterTopicUnavailable } from '../../src/change-feed/dead-letter-topic.port.ts';
import { scopeOf } from '../../src/domain/connection.ts';
import type { ZenaRecord } from '../../src/domain/record.ts';
import type { RecordWrite } from '../../src/state-store/record-store.port.ts';
import { StoreUnavailable } from '../../src/state-store/state-store.port.ts';
import { contact, contactBody, propertyBody, USER } from '../support/builders.ts';
import { deleteEvent, event, logPlace, nullValue } from '../domain/change-arbitraries.ts';
import { createIngestHarness, letter, type IngestHarness } from './ingest-harness.ts';

let ingest: IngestHarness;
beforeEach(async () => {
  ingest = await createIngestHarness();
});
afterEach(() => ingest.close());

const stored = async (): Promise<ZenaRecord | null> =>
  (await ingest.store.records.read(['contact/c1'])).get('contact/c1') ?? null;
const named = (name: string) => contactBody({ name });
const times = (method: string): number => ingest.calls.filter((called) => called === method).length;

/** So far before others a change has its turn that came by itself. */
const HEAD_START_MS = 86_400_000;

describe('a batch', () => {
  it('is stored in the order letters, records, connections, links', async () => {
    await ingest.connect(USER);
    await ingest.take([event()], { letters: [letter(1)] });
    expect(ingest.calls).toEqual([
      'deadLetters.put',
      'deadLetterTopic.publish',
      'records.readPart',
      'records.write',
      'connections.listForUsers',
      'links.markWanted',
    ]);
  });

  it('sets changes that come by themselves before those of an import, for each user apart', async () => {
    const [office, person] = [await ingest.connect('office'), await ingest.connect('person')];
    const imported = Array.from({ length: 21 }, (_, at) => event({ userId: 'office', entityId: `i${at}` }));
    await ingest.take([...imported, event({ userId: 'person', entityId: 'c1' })]);
    expect(await ingest.link(office, 'contact/i0')).toMatchObject({ nextAt: 5_000, dirtySince: 5_000 });
    expect(await ingest.link(person, 'contact/c1')).toMatchObject({
      nextAt: 5_000 - HEAD_START_MS,
      dirtySince: 5_000,
    });
    ingest.now = 6_000;
    await ingest.take([event({ userId: 'office', entityId: 'i20', version: 2 })]);
    expect(await ingest.link(office, 'contact/i20')).toMatchObject({
      nextAt: 6_000 - HEAD_START_MS,
      dirtySince: 5_000,
    });
  });

  it('makes a link due at the revision that is stored, on the live lane', async () => {
    const mine = await ingest.connect(USER);
    await ingest.take([event({ version: 7 })]);
    expect(await ingest.link(mine, 'contact/c1')).toMatchObject({
      wanted: 1,
      nextAt: 5_000 - HEAD_START_MS,
      lane: 'live',
      dirtySince: 5_000,
      connectionId: mine.connectionId,
      userId: USER,
    });
    const { connectionId, budgetKey } = mine;
    expect(ingest.marked).toEqual([[{ scope: scopeOf(mine), connectionId, budgetKey }]]);
  });

  it('that changes what a record refers to changes by what it is found', async () => {
    const property = (version: number, vendors: string[]) =>
      event({ kind: 'property', entityId: 'p1', version, body: propertyBody({ vendors }) });
    const referrers = () => ingest.store.records.referrers(USER, 'contact/c1', null, 10);
    await ingest.take([property(1, ['c0'])]);
    await ingest.take([property(2, ['c1']), property(3, ['c0', 'c1'])]);
    expect(await referrers()).toEqual(['property/p1']);
    await ingest.take([property(4, ['c0', 'c2'])]);
    expect(await referrers()).toEqual([]);
  });

  it('with several versions of one key writes once, the newest, and judges each', async () => {
    const mine = await ingest.connect(USER);
    const verdicts = await ingest.take([
      event({ version: 1, body: named('One') }),
      event({ version: 3, body: named('Three') }),
      event({ version: 2, body: named('Two') }),
      event({ version: 3, body: named('Three') }),
      event({ kind: 'property', entityId: 'p1', version: 1, body: propertyBody() }),
    ]);
    expect(verdicts).toEqual(['accepted', 'accepted', 'stale', 'repeated', 'accepted']);
    expect(times('records.write')).toBe(1);
    expect(await stored()).toMatchObject({ version: 3, revision: 2, body: named('Three') });
    expect(await ingest.link(mine, 'contact/c1')).toMatchObject({ wanted: 2 });
    expect(ingest.verdicts).toEqual(
      verdicts.map((verdict, index) => ({ kind: index === 4 ? 'property' : 'contact', verdict })),
    );
  });

  it('that changes nothing writes no record, and makes nothing due that is not', async () => {
    const mine = await ingest.connect(USER);
    await ingest.take([event({ version: 2 })]);
    await ingest.store.links.dropWork(scopeOf(mine));
    const before = await ingest.link(mine, 'contact/c1');
    expect(before).toMatchObject({ nextAt: null });
    ingest.calls.length = 0;
    ingest.now = 9_000;
    expect(await ingest.take([event({ version: 2 }), event({ version: 1 })])).toEqual(['repeated', 'stale']);
    expect(times('records.write')).toBe(0);
    expect(await ingest.link(mine, 'contact/c1')).toEqual(before);
  });

  it('that is empty, or of unknown null values only, touches nothing', async () => {
    expect(await ingest.take([])).toEqual([]);
    expect(await ingest.take([nullValue(logPlace(3))])).toEqual(['tombstone_unknown']);
    expect(times('records.write') + times('links.markWanted')).toBe(0);
    expect(await stored()).toBeNull();
    expect(ingest.verdicts).toEqual([{ kind: 'contact', verdict: 'tombstone_unknown' }]);
  });

  it('with an update and its null value ends deleted, and the other way round alive', async () => {
    await ingest.take([event({ version: 1 }, logPlace(1)), nullValue(logPlace(2))]);
    expect(await stored()).toMatchObject({ deleted: true, version: 1, revision: 2 });
    await ingest.take([nullValue(logPlace(3)), event({ version: 2 }, logPlace(4))]);
    expect(await stored()).toMatchObject({ deleted: false, version: 2 });
  });

  it('that comes a hundred times is taken in once', async () => {
    const mine = await ingest.connect(USER);
    for (let i = 0; i < 100; i += 1) await ingest.take([event({ version: 2 }), deleteEvent({ version: 1 })]);
    expect(await stored()).toMatchObject({ version: 2, revision: 1 });
    expect(await ingest.link(mine, 'contact/c1')).toMatchObject({ wanted: 1, marks: 0 });
  });
});

describe('a process that dies between records and links', () => {
  it('has its marks made by whoever gets the batch again, though no record changes then', async () => {
    const mine = await ingest.connect(USER);
    let died = false;
    ingest.interfere = (method) => {
      if (method !== 'links.markWanted' || died) return;
      died = true;
      throw new StoreUnavailable('gone');
    };
    const batch = [event({ version: 2 }), event({ version: 1 })];
    await expect(ingest.take(batch)).rejects.toThrow(StoreUnavailable);
    expect(await stored()).toMatchObject({ version: 2 });
    expect(await ingest.link(mine, 'contact/c1')).toBeNull();
    expect(ingest.marked).toEqual([]);
    expect(await ingest.take(batch)).toEqual(['repeated', 'stale']);
    expect(await ingest.link(mine, 'contact/c1')).toMatchObject({ wanted: 1, nextAt: 5_000 - HEAD_START_MS });
  });

  it('has them made at the stored revision also when a later change overtook it', async () => {
    const mine = await ingest.connect(USER);
    await ingest.take([event({ version: 1 })]);
    let died = false;
    ingest.interfere = (method) => {
      if (method === 'links.markWanted' && !died) {
        died = true;
        throw new StoreUnavailable('gone');
      }
    };
    await expect(ingest.take([event({ version: 2 })])).rejects.toThrow('gone');
    await ingest.take([event({ version: 1 })]);
    expect(await ingest.link(mine, 'contact/c1')).toMatchObject({ wanted: 2 });
  });
});

describe('records that somebody else writes at the same time', () => {
  it('are read again and decided anew', async () => {
    let conflicts = 0;
    ingest.interfere = async (method, [writes]) => {
      if (method !== 'records.write' || conflicts === 3) return;
      conflicts += 1;
      const [write] = writes as readonly RecordWrite[];
      const other = contact('c1', { version: conflicts, revision: (write?.expectedRevision ?? 0) + 1 });
      await ingest.store.records.write([{ record: other, expectedRevision: write?.expectedRevision ?? 0 }]);
    };
    const mine = await ingest.connect(USER);
    expect(await ingest.take([event({ version: 9, body: named('Nine') })])).toEqual(['accepted']);
    expect(await stored()).toMatchObject({ version: 9, revision: 4, body: named('Nine') });
    expect(await ingest.link(mine, 'contact/c1')).toMatchObject({ wanted: 4 });
  });

  it('win where theirs is newer, and their revision is what the links want', async () => {
    let once = false;
    ingest.interfere = async (method) => {
      if (method !== 'records.write' || once) return;
      once = true;
      await ingest.store.records.write([
        { record: contact('c1', { version: 12, revision: 1 }), expectedRevision: 0 },
      ]);
    };
    const mine = await ingest.connect(USER);
    expect(await ingest.take([event({ version: 9 })])).toEqual(['stale']);
    expect(await stored()).toMatchObject({ version: 12, revision: 1 });
    expect(await ingest.link(mine, 'contact/c1')).toMatchObject({ wanted: 1 });
  });

  it('without an end stop the batch, which comes again, and mark nothing', async () => {
    let revision = 0;
    ingest.interfere = async (method) => {
      if (method !== 'records.write') return;
      const other = contact('c1', { version: 1, revision: revision + 1 });
      await ingest.store.records.write([{ record: other, expectedRevision: revision }]);
      revision += 1;
    };
    await ingest.connect(USER);
    await expect(ingest.take([event({ version: 9 })])).rejects.toThrow(StoreUnavailable);
    expect(times('links.markWanted')).toBe(0);
  });

  it('do not hold up the other keys of the batch', async () => {
    let once = false;
    ingest.interfere = async (method) => {
      if (method !== 'records.write' || once) return;
      once = true;
      const other = contact('c1', { version: 1, revision: 1 });
      await ingest.store.records.write([{ record: other, expectedRevision: 0 }]);
    };
    const written: number[] = [];
    const before = ingest.interfere;
    ingest.interfere = async (method, args) => {
      if (method === 'records.write') written.push((args[0] as readonly RecordWrite[]).length);
      await before(method, args);
    };
    await ingest.take([event({ version: 2 }), event({ entityId: 'c2', version: 1 })]);
    expect(written).toEqual([2, 1]);
  });
});

describe('a batch whose ownership is lost', () => {
  it('marks nothing more once it knows, and leaves that to the next owner', async () => {
    const mine = await ingest.connect(USER);
    await ingest.take([event()], { abandoned: () => true });
    expect(times('links.markWanted')).toBe(0);
    expect(ingest.marked).toEqual([]);
    expect(ingest.verdicts).toEqual([]);
    await ingest.take([event()]);
    expect(await ingest.link(mine, 'contact/c1')).toMatchObject({ wanted: 1 });
  });

  it('ends where the heartbeat says so', async () => {
    await ingest.connect(USER);
    const heartbeat = () => Promise.reject(new Error('rebalanced'));
    await expect(ingest.take([event()], { heartbeat })).rejects.toThrow('rebalanced');
    expect(times('links.markWanted')).toBe(0);
  });
});

describe('letters', () => {
  it('are kept once each, however often they come', async () => {
    for (let i = 0; i < 3; i += 1) await ingest.take([], { letters: [letter(1), letter(2)] });
    expect(await ingest.store.deadLetters.count({})).toBe(2);
    expect(ingest.letters.slice(0, 2)).toEqual(['INVALID_EVENT', 'INVALID_EVENT']);
  });

  it('do not keep the events beside them from being taken in', async () => {
    await ingest.take([event()], { letters: [letter(1)] });
    expect(await stored()).not.toBeNull();
  });
});

describe('the topic of dead letters', () => {
  const away = () => {
    ingest.interfere = (method) => {
      if (method === 'deadLetterTopic.publish') throw new DeadLetterTopicUnavailable('no broker');
    };
  };

  it('has every letter of a batch, without a record, before the batch is done', async () => {
    await ingest.take([], { letters: [letter(1), letter(2)] });
    expect(ingest.told).toEqual([letter(1), letter(2)].map((each) => ({ letter: each, record: null })));
  });

  it('that can not be written ends the batch before anything else of it is done', async () => {
    await ingest.connect(USER);
    away();
    const taking = ingest.take([event()], { letters: [letter(1)] });
    await expect(taking).rejects.toMatchObject({ code: 'DEAD_LETTER_TOPIC_UNAVAILABLE' });
    expect(ingest.calls).toEqual(['deadLetters.put', 'deadLetterTopic.publish']);
    expect([await stored(), ingest.letters, ingest.verdicts]).toEqual([null, [], []]);
  });

  it('has the letters of a batch that came again, and the index has each once', async () => {
    away();
    await ingest.take([], { letters: [letter(1)] }).catch(() => undefined);
    ingest.interfere = () => undefined;
    await ingest.take([event()], { letters: [letter(1)] });
    expect(ingest.told.map((each) => each.letter.id)).toEqual([letter(1).id]);
    expect(await ingest.store.deadLetters.count({})).toBe(1);
    expect(ingest.letters).toEqual(['INVALID_EVENT']);
    expect(await stored()).not.toBeNull();
  });

  it('is not written for a batch that another owner has by then', async () => {
    let lost = false;
    const heartbeat = async () => {
      lost = true;
    };
    await ingest.take([event()], { letters: [letter(1)], heartbeat, abandoned: () => lost });
    expect(ingest.calls).toEqual(['deadLetters.put']);
  });

  it('hears nothing of a batch without letters', async () => {
    away();
    await ingest.take([event()]);
    expect(await stored()).not.toBeNull();
  });
});

describe('the links of a change', () => {
  it('are those of the connections of its own user', async () => {
    const [a1, a2] = [await ingest.connect('user-a'), await ingest.connect('user-a')];
    const b = await ingest.connect('user-b');
    await ingest.take([
      event({ entityId: 'a', userId: 'user-a' }),
      event({ entityId: 'b', userId: 'user-b' }),
      event({ entityId: 'n', userId: 'user-without' }),
    ]);
    const has = async (of: typeof b) =>
      (await Promise.all(['a', 'b', 'n'].map((id) => ingest.link(of, `contact/${id}`)))).map(
        (link) => link !== null,
      );
    expect(await has(a1)).toEqual([true, false, false]);
    expect(await has(a2)).toEqual([true, false, false]);
    expect(await has(b)).toEqual([false, true, false]);
    expect(times('connections.listForUsers')).toBe(1);
    expect(new Set(ingest.marked[0]).size).toBe(3);
  });

  it('are none where its user has no connection, and the record is kept all the same', async () => {
    await ingest.take([event()]);
    expect(await stored()).toMatchObject({ version: 1 });
    expect(times('links.markWanted')).toBe(0);
    expect(ingest.marked).toEqual([]);
  });

  it('are none of a connection that is disconnected, and those of one that waits', async () => {
    const gone = await ingest.connect(USER, { status: 'disconnected' });
    const paused = await ingest.connect(USER, { status: 'paused' });
    const refused = await ingest.connect(USER, { status: 'needs_reauth' });
    await ingest.take([event()]);
    expect(await ingest.link(gone, 'contact/c1')).toBeNull();
    expect(await ingest.link(paused, 'contact/c1')).toMatchObject({ wanted: 1 });
    expect(await ingest.link(refused, 'contact/c1')).toMatchObject({ wanted: 1 });
  });

  it('are made for kinds that are switched off too: what to do with them is not decided here', async () => {
    const config = { syncContacts: false, syncProperties: true, syncDeals: true } as const;
    const mine = await ingest.connect(USER, {
      syncConfig: { ...config, syncDirection: 'push', deletions: 'created', timeZone: 'UTC' },
    });
    await ingest.take([event()]);
    expect(await ingest.link(mine, 'contact/c1')).toMatchObject({ wanted: 1 });
  });

  it('follow the record to its new user, and leave the old user’s as they are', async () => {
    const [a, b] = [await ingest.connect('user-a'), await ingest.connect('user-b')];
    await ingest.take([event({ version: 1, userId: 'user-a' })]);
    const before = await ingest.link(a, 'contact/c1');
    ingest.now = 9_000;
    await ingest.take([event({ version: 2, userId: 'user-b' })]);
    expect(await ingest.link(b, 'contact/c1')).toMatchObject({ wanted: 2, userId: 'user-b' });
    // Its former owner's is only asked to look once more.
    expect(await ingest.link(a, 'contact/c1')).toEqual({
      ...before,
      marks: (before?.marks ?? 0) + 1,
      nextAt: before?.nextAt ?? ingest.now,
    });
  });

  it('keep the time of the oldest change that is not delivered', async () => {
    const mine = await ingest.connect(USER);
    await ingest.take([event({ version: 1 })]);
    ingest.now = 9_000;
    await ingest.take([event({ version: 2 })]);
    expect(await ingest.link(mine, 'contact/c1')).toMatchObject({
      wanted: 2,
      dirtySince: 5_000,
      nextAt: 5_000 - HEAD_START_MS,
    });
  });
});
