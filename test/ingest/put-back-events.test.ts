import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scopeOf, type Connection } from '../../src/domain/connection.ts';
import { MOST_REPLAYS } from '../../src/domain/dead-letter.ts';
import { contactBody, USER } from '../support/builders.ts';
import { deleteEvent, event, logPlace, nullValue } from '../domain/change-arbitraries.ts';
import { createIngestHarness, type IngestHarness } from './ingest-harness.ts';

let ingest: IngestHarness;
beforeEach(async () => {
  ingest = await createIngestHarness();
});
afterEach(() => ingest.close());

describe('an event that is put back', () => {
  let mine: Connection;
  beforeEach(async () => {
    mine = await ingest.connect(USER);
    await ingest.take([event({ version: 2 }, logPlace(1))]);
    ingest.now = 9_000;
  });
  const link = () => ingest.link(mine, 'contact/c1');

  it('wakes its link where the CRM refused it, and tells of it', async () => {
    await ingest.refuse(mine, 'contact/c1');
    ingest.marked.length = 0;
    expect(await ingest.take([event({ version: 2, eventId: 'again' }, logPlace(2))])).toEqual(['repeated']);
    expect(await link()).toMatchObject({ nextAt: 9_000, lane: 'replay', wanted: 1 });
    expect(ingest.marked.flat().map(({ scope }) => scope)).toEqual([scopeOf(mine)]);
  });

  it('wakes the links of every connection of its user, and of no other record', async () => {
    const other = await ingest.connect(USER);
    await ingest.take([event({ entityId: 'c2' })]);
    await ingest.take([event({ version: 2 })]);
    for (const each of [mine, other])
      for (const key of ['contact/c1', 'contact/c2'] as const) await ingest.refuse(each, key);
    await ingest.take([event({ version: 2 })]);
    const due = async (of: Connection, key: 'contact/c1' | 'contact/c2') =>
      (await ingest.link(of, key))?.nextAt !== null;
    expect([await due(mine, 'contact/c1'), await due(other, 'contact/c1')]).toEqual([true, true]);
    expect([await due(mine, 'contact/c2'), await due(other, 'contact/c2')]).toEqual([false, false]);
  });

  it('wakes nothing that was replayed as often as it may be', async () => {
    await ingest.refuse(mine, 'contact/c1', MOST_REPLAYS);
    await ingest.take([event({ version: 2 })]);
    expect(await link()).toMatchObject({ nextAt: null });
  });

  it.each([
    ['stale', event({ version: 1 })],
    ['tombstone_behind', nullValue(logPlace(0))],
  ])('wakes nothing where it says something else than what is stored (%s)', async (_, change) => {
    await ingest.refuse(mine, 'contact/c1');
    await ingest.take([change]);
    expect(await link()).toMatchObject({ nextAt: null });
  });

  it('beside a newer one of its key is not what makes the link due', async () => {
    await ingest.refuse(mine, 'contact/c1');
    ingest.calls.length = 0;
    await ingest.take([event({ version: 2 }), event({ version: 3, body: contactBody({ name: 'Three' }) })]);
    expect(ingest.calls).not.toContain('links.wakeDead');
    expect(await link()).toMatchObject({ lane: 'live', wanted: 2 });
  });

  it('as a DELETE wakes a deletion that came as a null value, or is one', async () => {
    for (const owner of ['user-a', 'user-b', 'user-c']) {
      const theirs = await ingest.connect(owner);
      const who = { entityId: owner, userId: owner };
      await ingest.take([event({ ...who, version: 2 }, logPlace(1)), nullValue(logPlace(2), owner)]);
      await ingest.refuse(theirs, `contact/${owner}`);
      await ingest.take([deleteEvent({ ...who, version: 2 }, logPlace(3))]);
      expect(await ingest.link(theirs, `contact/${owner}`)).toMatchObject({ nextAt: 9_000 });
    }
  });
});
