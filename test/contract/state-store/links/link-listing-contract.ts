import { describe, expect, it } from '@jest/globals';
import type { Scope } from '../../../../src/domain/connection.ts';
import { recordKey, type RecordKey } from '../../../../src/domain/entity.ts';
import type { LinkId } from '../../../../src/domain/link.ts';
import type { ZenaRecord } from '../../../../src/domain/record.ts';
import type { LinkFilter, LinkStore } from '../../../../src/state-store/link-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import {
  SCOPE,
  USER,
  contact,
  contactBody,
  deadMark,
  dealBody,
  lookMark,
  propertyBody,
  record,
  wantedMark,
} from '../../../support/builders.ts';
import { AWKWARD_IDS } from '../awkward-ids.ts';
import { claimLinks, idOf, listed, preparedLink } from './link-steps.ts';

const OTHER: Scope = 'conn-2.0a1b2c3d4e5f';
const remote = { id: 'r-1', version: null, origin: 'created' as const };
const dead = deadMark();
const intent = { keyValue: null, keyHash: null, bodyHash: 'b', fieldNames: [], sentAt: 1, sentUntil: 2 };

export function linkListingContract(store: () => StateStore): void {
  describe('list', () => listContract(store));
  describe('counts', () => countsContract(() => store().links));
}

function listContract(store: () => StateStore): void {
  const links = (): LinkStore => store().links;
  const write = (...records: ZenaRecord[]): Promise<RecordKey[]> =>
    store().records.write(records.map((each) => ({ record: each, expectedRevision: 0 })));
  /** Walks every page, `between` running after each. */
  const walk = async (
    filter: Partial<LinkFilter>,
    limit: number,
    between: () => Promise<void> = () => Promise.resolve(),
  ): Promise<LinkId[]> => {
    const ids: LinkId[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<LinkStore['list']>> = await links().list(
        { scope: SCOPE, ...filter },
        1_000,
        cursor,
        limit,
      );
      expect(page.items.length).toBeLessThanOrEqual(limit);
      ids.push(...page.items.map((item) => item.link.id));
      cursor = page.nextCursor;
      await between();
    } while (cursor !== null);
    return ids;
  };
  const found = async (filter: Partial<LinkFilter>): Promise<string[]> =>
    (await walk(filter, 100)).map((id) => id.slice(SCOPE.length + 1)).sort();

  it('gives each link of the scope with what a list shows of its record, where it has one', async () => {
    const ada = contact('c-1');
    await write(ada);
    const linked = await preparedLink(links(), ada.key, { remote });
    const orphan = await preparedLink(links(), 'contact/c-2');
    await preparedLink(links(), ada.key, {}, { scope: OTHER });
    const page = await links().list({ scope: SCOPE }, 1_000, null, 10);
    expect(page.nextCursor).toBeNull();
    const byId = new Map(page.items.map((item) => [item.link.id, item]));
    expect(byId.size).toBe(2);
    expect(byId.get(linked.id)).toEqual(listed(linked, ada));
    expect(byId.get(orphan.id)).toEqual(listed(orphan, null));
  });

  it('tells which CRM record says what Zena last said, and of a name no more than people read', async () => {
    const long = record('c-1', contactBody({ name: 'ä'.repeat(500) }));
    const gone = record('c-2', contactBody(), { deleted: true, body: null, version: 7 });
    await write(long, gone);
    const shadow = { fields: { notes: 'x' }, hash: 'h', version: 1, revision: 1, mapping: 'm' };
    await preparedLink(links(), long.key, { shadow });
    await preparedLink(links(), gone.key);
    const { items } = await links().list({ scope: SCOPE }, 1_000, null, 10);
    expect(items.map(({ isAcknowledged, record: of }) => [isAcknowledged, of])).toEqual([
      [true, { userId: USER, version: 1, deleted: false, title: `${'ä'.repeat(199)}…` }],
      [false, { userId: USER, version: 7, deleted: true, title: 'c-2' }],
    ]);
  });

  it('pages through awkward ids, each once', async () => {
    const keys = AWKWARD_IDS.map((id) => recordKey('contact', id));
    await links().markWanted(keys.map((key) => wantedMark(key)));
    const walked = await walk({}, 4);
    expect(walked).toHaveLength(keys.length);
    expect(new Set(walked)).toEqual(new Set(keys.map((key) => idOf(key))));
  });

  it('neither repeats nor skips what was there all along while links come and change', async () => {
    const keys = Array.from({ length: 20 }, (_, index) =>
      recordKey('contact', `m-${String(index).padStart(2, '0')}`),
    );
    await links().markWanted(keys.map((key) => wantedMark(key)));
    let turn = 0;
    const walked = await walk({}, 3, async () => {
      turn += 1;
      await links().markWanted(
        [
          wantedMark(`contact/a-${String(turn)}`),
          wantedMark(`contact/z-${String(turn)}`, { now: turn }),
          wantedMark(keys[turn % 20] as RecordKey, { wanted: turn + 1, now: 900 + turn }),
        ].slice(0, turn > 12 ? 0 : 3),
      );
    });
    expect(new Set(walked).size).toBe(walked.length);
    for (const key of keys) expect(walked).toContain(idOf(key));
  });

  it('filters by kind', async () => {
    await links().markWanted([wantedMark('contact/c-1'), wantedMark('deal/d-1'), wantedMark('property/p-1')]);
    expect(await found({ kind: 'deal' })).toEqual(['deal/d-1']);
  });

  it('filters by each state', async () => {
    await preparedLink(links(), 'contact/linked', { remote });
    await preparedLink(links(), 'contact/unlinked');
    await preparedLink(links(), 'contact/dead', { dead, remote });
    await preparedLink(links(), 'contact/creating', { intent });
    await preparedLink(links(), 'contact/waiting', { remote }, { next: { kind: 'at', at: 1_001 } });
    await preparedLink(links(), 'contact/backing-off', { notBefore: 2_000 }, { next: { kind: 'keep' } });
    await preparedLink(links(), 'contact/working');
    await links().markLook([lookMark('contact/working', { lane: 'sync' })]);
    await claimLinks(links(), { lane: 'sync' });
    await links().markWanted([wantedMark('contact/due')]);
    expect(await found({ state: 'linked' })).toEqual(['contact/linked']);
    expect(await found({ state: 'unlinked' })).toEqual(['contact/unlinked']);
    expect(await found({ state: 'dead' })).toEqual(['contact/dead']);
    expect(await found({ state: 'creating' })).toEqual(['contact/creating']);
    expect(await found({ state: 'waiting' })).toEqual(['contact/backing-off', 'contact/waiting']);
    expect(await found({ state: 'working' })).toEqual(['contact/working']);
    expect(await found({ state: 'due' })).toEqual(['contact/due']);
  });

  it('pages through a filter that few links pass', async () => {
    for (let index = 0; index < 12; index += 1) {
      await preparedLink(links(), `contact/c-${String(index)}`, index % 5 === 0 ? { remote } : {});
    }
    expect((await walk({ state: 'linked' }, 2)).length).toBe(3);
  });

  describe('searching', () => {
    const people = [
      record(
        'c-1',
        contactBody({ name: 'Søren ÅKE', emails: ['soren@mail.example'], phones: ['+64 21 555-0101'] }),
      ),
      record('c-2', contactBody({ name: '100% \\ real_[x]*', emails: [], phones: [] })),
      record('p-1', propertyBody({ address: '12 Rose Lane (rear)' })),
      record('p-2', propertyBody({ address: '3 O’Connell\u200b Road, O\u0304tāhuhu' })),
      record('d-1', dealBody({ summary: 'Sale of 12 Rose Lane' })),
    ];
    const search = async (text: string, over: Partial<LinkFilter> = {}): Promise<string[]> => {
      await write(...people);
      for (const person of people) await preparedLink(links(), person.key);
      return found({ text, ...over });
    };

    it.each([
      ['søren', ['contact/c-1']],
      ['ÅKE', ['contact/c-1']],
      ['MAIL.example', ['contact/c-1']],
      ['+64215550101', ['contact/c-1']],
      ['rose lane', ['deal/d-1', 'property/p-1']],
      ['c-2', ['contact/c-2']],
      ['soren ake', ['contact/c-1']],
      ['SOREN', ['contact/c-1']],
      ['sören', ['contact/c-1']],
      ['a\u030ake', ['contact/c-1']],
      ['so\u200bren', ['contact/c-1']],
      ['ｓｏｒｅｎ', ['contact/c-1']],
      ['otahuhu', ['property/p-2']],
      ['Ōtāhuhu', ['property/p-2']],
      ["o'connell", ['property/p-2']],
      ['o’connell', ['property/p-2']],
      ['otara', []],
    ])('finds %s, whatever case and accents', async (text, keys) => {
      expect(await search(text)).toEqual(keys);
    });

    it.each([
      ['%', ['contact/c-2']],
      ['_', ['contact/c-2']],
      ['\\', ['contact/c-2']],
      ['[x]*', ['contact/c-2']],
      ['(rear', ['property/p-1']],
      ['.*', []],
      ["' OR 1=1 --", []],
    ])('takes %s as it is written', async (text, keys) => {
      expect(await search(text)).toEqual(keys);
    });

    it('combines with the kind, and finds no link without a record', async () => {
      await preparedLink(links(), 'deal/rose lane');
      expect(await search('rose lane', { kind: 'deal' })).toEqual(['deal/d-1']);
    });
  });

  it('shows nothing of a record that has moved to another user', async () => {
    await write(contact('c-1', { userId: 'user-2' }));
    const link = await preparedLink(links(), 'contact/c-1');
    expect((await links().list({ scope: SCOPE }, 1_000, null, 10)).items).toEqual([listed(link, null)]);
    expect(await found({ text: 'ada' })).toEqual([]);
  });
}

function countsContract(links: () => LinkStore): void {
  it('counts nothing of an empty scope', async () => {
    const none = { linked: 0, due: 0, waiting: 0, failed: 0, dirtySince: null };
    expect(await links().counts(SCOPE, 1_000)).toEqual(none);
    expect(await links().backlog(1_000)).toEqual({ due: 0, dirtySince: null });
  });

  it('counts what is linked, due, waiting and failed at a time', async () => {
    await preparedLink(links(), 'contact/linked-1', { remote });
    await preparedLink(links(), 'contact/linked-2', { remote });
    await preparedLink(links(), 'contact/dead', { dead });
    await preparedLink(links(), 'contact/unlinked');
    await links().markWanted([wantedMark('contact/due', { now: 300 })]);
    await preparedLink(links(), 'contact/later', { notBefore: 5_000 }, { now: 400, next: { kind: 'keep' } });
    await links().markWanted([wantedMark('contact/due', { scope: OTHER, now: 100 })]);
    expect(await links().counts(SCOPE, 1_000)).toEqual({
      linked: 2,
      due: 1,
      waiting: 1,
      failed: 1,
      dirtySince: 300,
    });
    expect(await links().counts(SCOPE, 5_000)).toMatchObject({ due: 2, waiting: 0 });
    expect(await links().backlog(1_000)).toEqual({ due: 2, dirtySince: 100 });
    expect(await links().backlog(5_000)).toEqual({ due: 3, dirtySince: 100 });
  });

  it('goes on counting a linked record as linked while a change of it is due', async () => {
    await preparedLink(links(), 'contact/c-1', { remote });
    await links().markWanted([wantedMark('contact/c-1', { wanted: 2, now: 700 })]);
    expect(await links().counts(SCOPE, 1_000)).toEqual({
      linked: 1,
      due: 1,
      waiting: 0,
      failed: 0,
      dirtySince: 700,
    });
  });

  it('goes on measuring the age of a change that backs off', async () => {
    await preparedLink(
      links(),
      'contact/c-1',
      { notBefore: 5_000 },
      { now: 400, next: { kind: 'back_off' } },
    );
    expect(await links().counts(SCOPE, 1_000)).toMatchObject({ due: 0, waiting: 1, dirtySince: 400 });
    expect(await links().backlog(1_000)).toEqual({ due: 0, dirtySince: 400 });
  });

  it('counts a claimed link as due', async () => {
    await links().markWanted([wantedMark('contact/c-1')]);
    await claimLinks(links());
    expect(await links().counts(SCOPE, 1_000)).toMatchObject({ due: 1 });
  });
}
