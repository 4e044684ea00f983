import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { recordKey } from '../../src/domain/entity.ts';
import { linkId } from '../../src/domain/link.ts';
import { tailTimeline } from '../../src/integrations/timeline-tail.ts';
import { createVirtualClock } from '../../src/runtime/virtual-clock.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { SCOPE, timelineEntry, USER } from '../support/builders.ts';

let store: SqliteStateStore;
beforeEach(async () => {
  store = await openSqliteStore({ path: ':memory:' });
});
afterEach(() => store.close());

const clock = createVirtualClock(100_000);
const entry = (entityId: string, at: number) =>
  timelineEntry(linkId(SCOPE, recordKey('contact', entityId)), 0, { at, id: `${at}-${entityId}` });
const ids = (entries: readonly { id: string }[]) => entries.map(({ id }) => id);

describe('a tail of the timeline', () => {
  it('begins now, with the newest when asked, or after an entry', async () => {
    await store.timeline.append([entry('a', 10_000), entry('b', 10_001), entry('c', 10_002)]);
    const start = async (after: string | null, recent: number) =>
      ids(await (await tailTimeline({ store, clock }, USER, { after, recent })).next());
    expect(await start(null, 0)).toEqual([]);
    expect(await start(null, 2)).toEqual(['10001-b', '10002-c']);
    expect(await start('10000-a', 0)).toEqual(['10001-b', '10002-c']);
  });

  it('begins with everything to come when there is nothing yet', async () => {
    const tail = await tailTimeline({ store, clock }, USER, { after: null, recent: 0 });
    expect(await tail.next()).toEqual([]);
    await store.timeline.append([entry('a', 10_000)]);
    expect(ids(await tail.next())).toEqual(['10000-a']);
    expect(await tail.next()).toEqual([]);
  });

  it('tells what becomes visible late, once, for as long as it can be late', async () => {
    const tail = await tailTimeline({ store, clock }, USER, { after: null, recent: 0 });
    await tail.next();
    await store.timeline.append([entry('b', 100_000)]);
    expect(ids(await tail.next())).toEqual(['100000-b']);
    await store.timeline.append([entry('c', 100_001)]);
    expect(ids(await tail.next())).toEqual(['100001-c']);
    await clock.advance(2_000);
    await store.timeline.append([entry('x', 100_000 + 500)]);
    expect(ids(await tail.next())).toEqual(['100500-x']);
    expect(await tail.next()).toEqual([]);
  });

  it('catches up with a long absence in pieces, without losing or repeating any', async () => {
    const all = Array.from({ length: 2_500 }, (_, n) => entry(`c${n}`, 10_000 + n));
    await store.timeline.append(all);
    const tail = await tailTimeline({ store, clock }, USER, { after: '0', recent: 0 });
    const told: string[] = [];
    for (let piece = await tail.next(); piece.length > 0; piece = await tail.next()) {
      expect(piece.length).toBeLessThanOrEqual(1_200);
      told.push(...ids(piece));
    }
    expect(told).toEqual(ids(all));
  });
});
