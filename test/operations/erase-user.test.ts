import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scopeOf, type Connection } from '../../src/domain/connection.ts';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import type { RecordKey } from '../../src/domain/entity.ts';
import { linkId } from '../../src/domain/link.ts';
import { type Erasure, eraseUser } from '../../src/operations/erase-user.ts';
import type { OperationPorts } from '../../src/operations/operation.port.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { NOTHING_ERASED } from '../../src/state-store/erasure-store.port.ts';
import { createIngestHarness, type IngestHarness } from '../ingest/ingest-harness.ts';
import { contact, contactBody, deadLetter, replay, run, timelineEntry } from '../support/builders.ts';

const DAY = 86_400_000;
let world: IngestHarness;
let clock: VirtualClock;
let changed: string[];
let cancelled: string[];

beforeEach(async () => {
  world = await createIngestHarness();
  clock = createVirtualClock();
  world.now = clock.now();
  changed = [];
  cancelled = [];
});
afterEach(() => world.close());

function ports(over: Partial<OperationPorts> = {}): OperationPorts {
  const { store } = world;
  return {
    store,
    clock,
    retention: { timelineMs: 90 * DAY, deadLettersMs: 14 * DAY },
    healthOf: ({ health }) => health,
    feed: 'embedded',
    runs: {
      async cancel(runId) {
        cancelled.push(runId);
        const stood = await store.runs.read(runId);
        if (stood === null) return null;
        const ended = { ...stood, status: 'cancelled' as const, finishedAt: 1, revision: stood.revision + 1 };
        await store.runs.replace(ended, stood.revision);
        return ended;
      },
    },
    replays: {
      cancel: (replayId: string) => Promise.resolve(cancelled.push(replayId)),
    } as unknown as OperationPorts['replays'],
    reconciler: { connectionChanged: (id) => void changed.push(id) },
    keys: {} as OperationPorts['keys'],
    ...over,
  };
}

/** Erases while time passes; `during` runs once its first wait has begun. */
async function erase(userId: string, during?: () => Promise<unknown>, over?: Partial<OperationPorts>) {
  const ended: Erasure[] = [];
  const erasing = eraseUser(ports(over), { userId, dryRun: false }).then((erasure) => {
    ended.push(erasure);
  });
  let waited = false;
  for (let steps = 0; ended.length === 0 && steps < 10_000; steps += 1) {
    const stepped = await clock.step();
    if (stepped && !waited) {
      waited = true;
      await during?.();
    }
  }
  await erasing;
  const [erasure] = ended;
  if (erasure === undefined) throw new Error('it never ended');
  return erasure;
}

function event(entityId: string, userId: string, version = 1): ChangeEvent {
  return {
    kind: 'contact',
    entityId,
    userId,
    version,
    eventId: `e-${entityId}`,
    accountId: null,
    occurredAt: 1_000,
    operation: 'UPSERT',
    origin: 'zena',
    causationId: null,
    body: contactBody(),
  };
}
const take = (...events: ChangeEvent[]) =>
  world.take(events.map((one) => ({ type: 'event' as const, event: one, place: null })));

/** A connected user with two records, and a timeline. */
async function furnish(userId: string): Promise<Connection> {
  const owned = await world.connect(userId);
  await take(event(`a-${userId}`, userId), event(`b-${userId}`, userId));
  const key: RecordKey = `contact/a-${userId}`;
  const place = { userId, connectionId: owned.connectionId };
  await world.store.timeline.append([timelineEntry(linkId(scopeOf(owned), key), 0, place)]);
  return owned;
}

describe('erasing a user', () => {
  it('counts first and changes nothing in a dry run', async () => {
    const owned = await furnish('ava');
    const { removed, remaining, complete, bytes } = await eraseUser(ports(), { userId: 'ava', dryRun: true });
    expect({ removed, complete, bytes }).toEqual({ removed: NOTHING_ERASED, complete: false, bytes: null });
    expect(remaining).toEqual({
      ...NOTHING_ERASED,
      records: 2,
      links: 2,
      timelineEntries: 1,
      connections: 1,
    });
    expect(await world.store.connections.read(owned.connectionId)).toEqual(owned);
  });

  it('removes all that is kept, in one call, and leaves other users as they are', async () => {
    const owned = await furnish('ava');
    const other = await furnish('av');
    const erasure = await erase('ava');
    expect(erasure).toMatchObject({
      complete: true,
      bytes: 'overwritten',
      remaining: NOTHING_ERASED,
      kafka: null,
      unknownLetters: 0,
      removed: { ...NOTHING_ERASED, records: 2, links: 2, timelineEntries: 1, connections: 1 },
    });
    expect(await world.store.connections.read(owned.connectionId)).toBeNull();
    expect(await world.store.connections.read(other.connectionId)).toEqual(other);
    expect(await world.store.erasure.count('av')).toMatchObject({ records: 2, links: 2, connections: 1 });
  });

  it('stops the work first: the connection is disconnected under a new epoch, its run and its replays end', async () => {
    const owned = await furnish('ava');
    await world.store.runs.insert(run('r-1', { connectionId: owned.connectionId, userId: 'ava' }));
    await world.store.replays.insert(replay('named', { status: 'running', filter: { userId: 'ava' } }));
    await world.store.replays.insert(replay('other', { status: 'running', filter: { userId: 'bo' } }));
    const seen: unknown[] = [];
    await erase('ava', async () => {
      seen.push(await world.store.connections.read(owned.connectionId));
    });
    expect(seen).toMatchObject([{ status: 'disconnected', sealed: null, epoch: owned.epoch + 1 }]);
    expect(changed).toEqual([owned.connectionId]);
    expect(cancelled).toEqual(['r-1', 'named']);
    expect(await world.store.runs.read('r-1')).toBeNull();
    expect(await world.store.replays.read('other')).not.toBeNull();
  });

  it('waits for a delivery that holds a link, and says what is left when that takes too long', async () => {
    const owned = await furnish('ava');
    const claim = { token: 't', epoch: 1, until: clock.now() + 40_000 };
    const request = { scope: scopeOf(owned), lane: 'live', now: clock.now(), limit: 1, claim } as const;
    const [held] = await world.store.links.claim(request);
    const first = await erase('ava');
    expect(first).toMatchObject({
      complete: false,
      bytes: null,
      remaining: { ...NOTHING_ERASED, links: 1, connections: 1 },
    });
    const second = await erase('ava', async () => {
      const { wanted, marks } = held ?? { wanted: 0, marks: 0 };
      const settled = await world.store.links.settle({
        id: held?.id ?? linkId(scopeOf(owned), 'contact/a'),
        token: 't',
        seen: { wanted, marks },
        patch: {},
        next: { kind: 'rest' },
      });
      expect(settled).toBe('released');
      // What a delivery notes comes after it has let go of the link.
      await world.store.timeline.append([timelineEntry(held?.id ?? 'x.y/contact/a', 1, { userId: 'ava' })]);
    });
    expect(second).toMatchObject({
      complete: true,
      removed: { ...NOTHING_ERASED, links: 1, timelineEntries: 1, connections: 1 },
    });
  });

  it('finds what a batch of changes that had read the connection before writes after', async () => {
    const owned = await furnish('ava');
    const held = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    world.interfere = (method) => {
      if (method !== 'links.markWanted') return;
      reached.resolve();
      return held.promise;
    };
    const late = take(event('late', 'ava'));
    await reached.promise;
    const erasure = await erase('ava', async () => {
      held.resolve();
      await late;
    });
    expect(erasure).toMatchObject({ complete: true, removed: { records: 3, links: 3 } });
    expect(await world.link(owned, 'contact/late')).toBeNull();
  });

  it('disconnects again who connects again meanwhile', async () => {
    const owned = await furnish('ava');
    const erasure = await erase('ava', async () => {
      const now = (await world.store.connections.read(owned.connectionId)) ?? owned;
      const again = { ...owned, epoch: now.epoch + 1, revision: now.revision + 1 };
      expect(await world.store.connections.replace(again, now.revision)).toBe(true);
    });
    expect(erasure).toMatchObject({ complete: true, removed: { connections: 1 } });
    expect(changed).toHaveLength(2);
  });

  it('goes on where a crash left it, and a call after the end finds nothing', async () => {
    await furnish('ava');
    const { store } = world;
    let pieces = 0;
    const dying = {
      ...store,
      erasure: {
        ...store.erasure,
        remove: (request: Parameters<typeof store.erasure.remove>[0]) =>
          ++pieces > 2 ? Promise.reject(new Error('killed')) : store.erasure.remove(request),
      },
    };
    const dead = eraseUser(ports({ store: dying }), { userId: 'ava', dryRun: false });
    await expect(dead).rejects.toThrow('killed');
    expect((await erase('ava')).complete).toBe(true);
    expect(await erase('ava')).toMatchObject({ complete: true, removed: NOTHING_ERASED });
  });

  it('takes what programs of before wrote of the user’s records out of the timelines of others, and only then is complete', async () => {
    const owned = await furnish('ava');
    const moved = event('moved', 'ava');
    await take(moved, event('back', 'ava'));
    // Both moved to bo with a name of bo's, and one came back: the program of before named them as they stood when it looked.
    const named = { ...moved, userId: 'bo', version: 2, body: contactBody({ name: 'Canary Of Bo' }) };
    await take(named, { ...named, entityId: 'back' }, event('back', 'ava', 3));
    const of = (key: RecordKey, sequence: number, title: string) =>
      timelineEntry(linkId(scopeOf(owned), key), sequence, {
        userId: 'ava',
        connectionId: owned.connectionId,
        title,
      });
    const { timeline } = world.store;
    await timeline.append([
      of('contact/moved', 0, 'Ada Lovelace'),
      of('contact/moved', 1, 'Canary Of Bo'),
      of('contact/back', 0, 'Canary Of Bo'),
      { ...of('contact/back', 1, 'Ada, As She Was'), checked: true },
      ...Array.from({ length: 450 }, (_, index) => of(`deal/none-${String(index)}`, 0, 'Canary Of Bo')),
    ]);
    let asked = 0;
    const slow = {
      ...clock,
      now: () => clock.now(),
      sleep: (ms: number) => clock.sleep(ms),
      // The first call has no time left after its first piece.
      monotonic: () => (asked++ === 1 ? 1_000_000 : 0),
    };
    expect(await eraseUser(ports({ clock: slow }), { userId: 'bo', dryRun: false })).toMatchObject({
      complete: false,
      removed: NOTHING_ERASED,
    });
    expect(await erase('bo')).toMatchObject({ complete: true, removed: { records: 1, formerOwners: 1 } });
    expect(await timeline.unchecked(1)).toEqual([]);
    const all = await timeline.ofUser('ava', null, 1_000);
    expect(JSON.stringify(all)).not.toContain('Canary');
    const titles = all.filter(({ kind }) => kind === 'contact').map(({ title }) => title);
    expect(new Set(titles)).toEqual(new Set(['Ada Lovelace', 'moved', 'Ada, As She Was']));
  });

  it('takes in as new what comes later', async () => {
    await take(event('a', 'ava', 7));
    await erase('ava');
    expect(await take(event('a', 'ava', 3))).toEqual(['accepted']);
    const [record] = [...(await world.store.records.read(['contact/a'])).values()];
    expect(record).toMatchObject({ revision: 1, version: 3 });
  });

  it('says what it can’t tell or reach, and by when that goes', async () => {
    await world.store.records.write([{ record: contact('known', { userId: 'bo' }), expectedRevision: 0 }]);
    const at = (offset: string) => ({ topic: 'zena.contact.changes', partition: 0, offset });
    await world.store.deadLetters.put([
      deadLetter({ source: at('1'), entityId: 'nobody-knows' }),
      deadLetter({ source: at('2'), entityId: null }),
      deadLetter({ source: at('3'), entityId: 'known' }),
    ]);
    const erasure = await erase('ava', undefined, { feed: 'kafka' });
    const now = clock.now();
    expect(erasure).toMatchObject({
      complete: true,
      unknownLetters: 2,
      unknownLettersUntil: now + 14 * DAY,
      kafka: { deadLettersUntil: now + 14 * DAY, workUntil: now + 3_600_000 },
    });
  });
});
