import { expect, it } from '@jest/globals';
import { disconnected, scopeOf, type Connection } from '../../../../src/domain/connection.ts';
import { splitRecordKey, type RecordKey } from '../../../../src/domain/entity.ts';
import { linkId } from '../../../../src/domain/link.ts';
import {
  ERASED_KINDS,
  NOTHING_ERASED,
  type ErasureCounts,
} from '../../../../src/state-store/erasure-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import {
  connection,
  contact,
  contactBody,
  dealBody,
  deadDelivery,
  deadLetter,
  record,
  replay,
  run,
  timelineEntry,
  tombstone,
  wantedMark,
} from '../../../support/builders.ts';

/** Users and connections whose ids are beginnings of each other, and look like the ends of ranges. */
const USERS = ['u', 'u1', 'u1.x', 'u1/', 'u%', 'u_'] as const;
const NOW = 50_000;

/** One of each: two records (a tombstone too), a link, an entry, a run, letters, replays, a connection. */
async function furnish(store: StateStore, userId: string): Promise<Connection> {
  const owned = connection({ connectionId: `c-${userId}`, owner: { type: 'user', id: userId } });
  const scope = scopeOf(owned);
  const key: RecordKey = `contact/of-${userId}`;
  const place = { userId, connectionId: owned.connectionId };
  await store.connections.insert(owned);
  const records = [
    contact(`of-${userId}`, { userId }),
    record(`deal-of-${userId}`, dealBody({ contacts: [`of-${userId}`] }), { userId }),
    tombstone(contact(`gone-of-${userId}`, { userId })),
  ];
  await store.records.write(records.map((one) => ({ record: one, expectedRevision: 0 })));
  await store.links.markWanted([wantedMark(key, { scope, ...place })]);
  await store.looks.write(scope, 'contact', { from: 1, to: 2 });
  await store.accounts.join(scope, `${owned.connectionId}.000000000000`);
  await store.timeline.append([timelineEntry(linkId(scope, key), 0, place)]);
  await store.runs.insert(run(`run-${userId}`, { ...place, scope, status: 'completed', finishedAt: 1 }));
  const delivery = {
    linkId: linkId(scope, key),
    scope,
    ...place,
    provider: 'mri_vault',
    revision: 1,
    mapping: 'm',
  };
  await store.deadLetters.put([
    deadDelivery(key, { id: `deliver-${userId}`, delivery }),
    deadLetter({ id: `decode-${userId}`, entity: 'contact', entityId: `gone-of-${userId}` }),
    // Nobody's: its record was never read. It has the id of one of another kind.
    deadLetter({ id: `unknown-${userId}`, entity: 'property', entityId: `of-${userId}` }),
  ]);
  await store.replays.insert(replay(`by-user-${userId}`, { filter: { userId } }));
  await store.replays.insert(
    replay(`by-connection-${userId}`, { filter: { connectionId: owned.connectionId } }),
  );
  await store.replays.insert(
    replay(`by-record-${userId}`, { filter: { entity: 'contact', entityId: `of-${userId}` } }),
  );
  return owned;
}

/** All that a user has, as the other ports show it. */
async function seen(store: StateStore, userId: string) {
  const scope = scopeOf(connection({ connectionId: `c-${userId}` }));
  const key: RecordKey = `contact/of-${userId}`;
  const replays = ['by-user', 'by-connection', 'by-record'].map((name) =>
    store.replays.read(`${name}-${userId}`),
  );
  return {
    connections: await store.connections.listByOwner(userId),
    records: [
      ...(await store.records.read([key, `deal/deal-of-${userId}`, `contact/gone-of-${userId}`])).values(),
    ],
    referrers: await store.records.referrers(userId, key, null, 10),
    links: [...(await store.links.read([linkId(scope, key)])).values()],
    kin: await store.accounts.kinOf(scope),
    look: await store.looks.read(scope, 'contact'),
    timeline: await store.timeline.ofUser(userId, null, 10),
    run: await store.runs.read(`run-${userId}`),
    letters: [
      await store.deadLetters.read(`deliver-${userId}`),
      await store.deadLetters.read(`decode-${userId}`),
    ],
    replays: await Promise.all(replays),
  };
}

const ONE_USER: ErasureCounts = {
  ...NOTHING_ERASED,
  links: 1,
  timelineEntries: 1,
  runs: 1,
  deadLetters: 2,
  replays: 3,
  records: 3,
  connections: 1,
};

const none = (counts: ErasureCounts): boolean => ERASED_KINDS.every((kind) => counts[kind] === 0);

/** Removes until nothing more goes; answers the sum and how often it was asked. */
async function removeAll(
  store: StateStore,
  userId: string,
  { limit = 100, now = NOW, restedSince = NOW }: { limit?: number; now?: number; restedSince?: number } = {},
): Promise<{ sum: ErasureCounts; calls: number }> {
  const sum = { ...NOTHING_ERASED };
  for (let calls = 1; calls < 1_000; calls += 1) {
    const removed = await store.erasure.remove({ userId, now, restedSince, limit });
    if (none(removed)) return { sum, calls };
    for (const kind of ERASED_KINDS) sum[kind] += removed[kind];
  }
  throw new Error('removing never ends');
}

async function disconnect(store: StateStore, owned: Connection, at = NOW): Promise<void> {
  await store.connections.replace(
    { ...disconnected(owned, at), revision: owned.revision + 1 },
    owned.revision,
  );
}

export function erasureContract(store: () => StateStore): void {
  it('counts all that stands for a user, and nothing for one who was never heard of', async () => {
    for (const userId of USERS) await furnish(store(), userId);
    for (const userId of USERS) expect(await store().erasure.count(userId)).toEqual(ONE_USER);
    expect(await store().erasure.count('nobody')).toEqual(NOTHING_ERASED);
    expect(await store().erasure.countUnknownLetters()).toBe(USERS.length);
  });

  it.each(USERS)('removes all of %s and nothing of those whose ids are like it', async (userId) => {
    const owned = new Map<string, Connection>();
    for (const each of USERS) owned.set(each, await furnish(store(), each));
    const others = USERS.filter((each) => each !== userId);
    const before = await Promise.all(others.map((each) => seen(store(), each)));
    await disconnect(store(), owned.get(userId) as Connection);
    expect((await removeAll(store(), userId)).sum).toEqual(ONE_USER);
    expect(await seen(store(), userId)).toEqual({
      connections: [],
      records: [],
      referrers: [],
      links: [],
      kin: [],
      look: null,
      timeline: [],
      run: null,
      letters: [null, null],
      replays: [null, null, null],
    });
    expect(await store().erasure.count(userId)).toEqual(NOTHING_ERASED);
    expect(await Promise.all(others.map((each) => seen(store(), each)))).toEqual(before);
    expect(await store().deadLetters.read(`unknown-${userId}`)).not.toBeNull();
  });

  it('removes a large user piece by piece, and goes on where a crash left it', async () => {
    const ids = Array.from({ length: 23 }, (_, index) => `r-${String(index)}`);
    const owned = await furnish(store(), 'u');
    const scope = scopeOf(owned);
    const place = { userId: 'u', connectionId: owned.connectionId };
    await store().records.write(
      ids.map((id) => ({ record: contact(id, { userId: 'u' }), expectedRevision: 0 })),
    );
    await store().links.markWanted(ids.map((id) => wantedMark(`contact/${id}`, { scope, ...place })));
    await store().timeline.append(ids.map((id) => timelineEntry(linkId(scope, `contact/${id}`), 0, place)));
    await disconnect(store(), owned);
    const first = await store().erasure.remove({ userId: 'u', now: NOW, restedSince: NOW, limit: 5 });
    expect(first).toEqual({ ...NOTHING_ERASED, links: 5 });
    const { sum, calls } = await removeAll(store(), 'u', { limit: 5 });
    expect(sum).toEqual({ ...ONE_USER, links: 19, timelineEntries: 24, records: 26 });
    expect(calls).toBeGreaterThan(14);
    expect(await store().erasure.count('u')).toEqual(NOTHING_ERASED);
  });

  it('leaves a link alone while a delivery holds it, and the connection until nothing of it is left', async () => {
    const owned = await furnish(store(), 'u');
    const claim = { token: 't', epoch: 1, until: NOW + 100 };
    const wanted = { scope: scopeOf(owned), lane: 'live', now: NOW, limit: 1, claim } as const;
    expect(await store().links.claim(wanted)).toHaveLength(1);
    await disconnect(store(), owned);
    await removeAll(store(), 'u');
    expect(await store().erasure.count('u')).toEqual({ ...NOTHING_ERASED, links: 1, connections: 1 });
    expect((await removeAll(store(), 'u', { now: NOW + 100 })).sum).toEqual({
      ...NOTHING_ERASED,
      links: 1,
      connections: 1,
    });
  });

  it('keeps a connection that stands, or that was disconnected too short a time ago', async () => {
    const owned = await furnish(store(), 'u');
    const rest = { ...NOTHING_ERASED, connections: 1 };
    await removeAll(store(), 'u');
    expect(await store().erasure.count('u')).toEqual(rest);
    await disconnect(store(), owned, NOW);
    await removeAll(store(), 'u', { restedSince: NOW - 1 });
    expect(await store().erasure.count('u')).toEqual(rest);
    expect(await store().looks.read(scopeOf(owned), 'contact')).toEqual({ from: 1, to: 2 });
    await removeAll(store(), 'u', { restedSince: NOW });
    expect(await store().erasure.count('u')).toEqual(NOTHING_ERASED);
  });

  it('takes the user’s name out of records that moved to others, which stay as they are', async () => {
    const moved = contact('moved', { userId: 'other', revision: 2, formerUserIds: ['u1', 'u', 'third'] });
    const once = contact('once', { userId: 'other', formerUserIds: ['u'] });
    const like = contact('like', {
      userId: 'other',
      formerUserIds: ['u1'],
      body: contactBody({ relationshipNotes: ['"formerUserIds":["u"]'] }),
    });
    await store().records.write([moved, once, like].map((one) => ({ record: one, expectedRevision: 0 })));
    expect(await store().erasure.count('u')).toEqual({ ...NOTHING_ERASED, formerOwners: 2 });
    expect((await removeAll(store(), 'u', { limit: 1 })).sum).toEqual({ ...NOTHING_ERASED, formerOwners: 2 });
    const after = await store().records.read([moved.key, once.key, like.key]);
    expect(after.get(moved.key)).toEqual({ ...moved, formerUserIds: ['u1', 'third'] });
    expect(after.get(once.key)).toEqual({ ...once, formerUserIds: [] });
    expect(after.get(like.key)).toEqual(like);
    expect(await store().records.write([{ record: { ...moved, revision: 3 }, expectedRevision: 2 }])).toEqual(
      [],
    );
  });

  it('removes records while they are being written: what is written after counts anew', async () => {
    await furnish(store(), 'u');
    const key: RecordKey = 'contact/of-u';
    const [erased, refused] = await Promise.all([
      removeAll(store(), 'u', { limit: 1 }),
      Promise.all(
        [1, 2, 3].map((revision) =>
          store().records.write([
            {
              record: contact(splitRecordKey(key).entityId, { userId: 'u', revision: revision + 1 }),
              expectedRevision: revision,
            },
          ]),
        ),
      ),
    ]);
    expect(erased.sum.records).toBe(3);
    expect(refused.length).toBe(3);
    expect(await store().records.count('u')).toBe(0);
    await store().records.write([{ record: contact('of-u', { userId: 'u' }), expectedRevision: 0 }]);
    expect((await store().erasure.count('u')).records).toBe(1);
  });

  it('says what became of the bytes', async () => {
    const owned = await furnish(store(), 'u');
    await disconnect(store(), owned);
    for (const what of ['credentials', 'everything'] as const)
      expect(['overwritten', 'removed']).toContain(await store().shred(what));
    expect(await store().connections.read(owned.connectionId)).toMatchObject({
      sealed: null,
      status: 'disconnected',
    });
    expect((await store().erasure.count('u')).records).toBe(3);
  });
}
