import { describe, expect, it } from '@jest/globals';
import { canonicalJson, type Json } from '../../../../src/domain/json.ts';
import { recordKey, type RecordKey } from '../../../../src/domain/entity.ts';
import type { Page } from '../../../../src/domain/page.ts';
import type { ZenaRecord } from '../../../../src/domain/record.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import {
  USER,
  contact,
  contactBody,
  dealBody,
  propertyBody,
  record,
  tombstone,
} from '../../../support/builders.ts';
import { AWKWARD_IDS, ascending } from '../awkward-ids.ts';

export function recordContract(store: () => StateStore): void {
  const insert = (...records: ZenaRecord[]): Promise<RecordKey[]> =>
    store().records.write(records.map((each) => ({ record: each, expectedRevision: 0 })));

  describe('reading and writing', () => {
    it('gives back every field of what was written', async () => {
      const full = record(
        'd-1',
        dealBody({
          propertyId: 'p-1',
          contacts: ['c-1', 'c-2'],
          summary: 'Søren’s 家 🏡',
          riskFlags: ['late'],
        }),
        {
          accountId: 'office-1',
          version: Number.MAX_SAFE_INTEGER,
          place: { topic: 'zena.deal.changes', partition: 5, offset: '9223372036854775807' },
        },
      );
      const withDates = record(
        'p-1',
        propertyBody({ milestones: [{ type: 'settlement', date: 1_700_000_000_000, notes: null }] }),
      );
      expect(await insert(full, withDates)).toEqual([]);
      const read = await store().records.read([full.key, withDates.key, 'contact/absent']);
      expect(read).toEqual(
        new Map<RecordKey, ZenaRecord>([
          [full.key, full],
          [withDates.key, withDates],
        ]),
      );
    });

    it('keeps attribute names that look like paths, operators or prototypes as plain data', async () => {
      const attributes = JSON.parse(
        '{"__proto__":"p","constructor":"c","a.b":"1","$set":"2","":"3","credentials.apiKey":"4"}',
      ) as Record<string, string>;
      const awkward = record('c-1', contactBody({ attributes }));
      await insert(awkward);
      const read = (await store().records.read([awkward.key])).get(awkward.key);
      expect(canonicalJson(read as unknown as Json)).toBe(canonicalJson(awkward as unknown as Json));
    });

    it('reads nothing for no keys and writes nothing for no writes', async () => {
      expect(await store().records.read([])).toEqual(new Map());
      expect(await store().records.write([])).toEqual([]);
    });

    it('writes only over the revision that was read and names the keys that it left', async () => {
      const first = contact('c-1');
      await insert(first, contact('c-2'));
      const second = { ...first, version: 2, revision: 2 };
      const missed = await store().records.write([
        { record: second, expectedRevision: 1 },
        { record: { ...contact('c-2'), revision: 9 }, expectedRevision: 8 },
        { record: contact('c-3', { revision: 4 }), expectedRevision: 3 },
      ]);
      expect(new Set(missed)).toEqual(new Set(['contact/c-2', 'contact/c-3']));
      const read = await store().records.read(['contact/c-1', 'contact/c-2', 'contact/c-3']);
      expect(read.get('contact/c-1')).toEqual(second);
      expect(read.get('contact/c-2')?.revision).toBe(1);
      expect(read.has('contact/c-3')).toBe(false);
    });

    it('does not insert over a record that exists', async () => {
      await insert(contact('c-1'));
      expect(await insert(contact('c-1', { version: 7 }))).toEqual(['contact/c-1']);
      expect((await store().records.read(['contact/c-1'])).get('contact/c-1')?.version).toBe(1);
    });

    it('lets one of many writers of the same revision win', async () => {
      await insert(contact('c-1'));
      const attempts = Array.from({ length: 16 }, (_, index) =>
        store().records.write([
          { record: contact('c-1', { revision: 2, version: 10 + index }), expectedRevision: 1 },
        ]),
      );
      const missed = await Promise.all(attempts);
      expect(missed.filter((keys) => keys.length === 0)).toHaveLength(1);
      const winner = missed.findIndex((keys) => keys.length === 0);
      expect((await store().records.read(['contact/c-1'])).get('contact/c-1')?.version).toBe(10 + winner);
    });

    it('lets one of many inserts of the same record win', async () => {
      const missed = await Promise.all(
        Array.from({ length: 16 }, (_, index) => insert(contact('c-1', { version: index }))),
      );
      expect(missed.filter((keys) => keys.length === 0)).toHaveLength(1);
    });

    it('keeps records with awkward ids apart', async () => {
      const records = AWKWARD_IDS.map((id, index) => contact(id, { version: index }));
      expect(await insert(...records)).toEqual([]);
      const read = await store().records.read(records.map((each) => each.key));
      expect([...read.keys()].sort()).toEqual(records.map((each) => each.key).sort());
      for (const each of records) expect(read.get(each.key)).toEqual(each);
    });

    it('takes a batch of a thousand', async () => {
      const records = Array.from({ length: 1_000 }, (_, index) => contact(`c-${String(index)}`));
      expect(await insert(...records)).toEqual([]);
      expect((await store().records.read(records.map((each) => each.key))).size).toBe(1_000);
    });
  });

  describe('walking a user’s records', () => {
    it('pages by ascending entity id, tombstones included, each once', async () => {
      const records = AWKWARD_IDS.map((id) => contact(id));
      const first = records[0] as ZenaRecord;
      await insert(...records, contact('other', { userId: 'user-2' }), record('p', propertyBody()));
      await store().records.write([{ record: tombstone(first), expectedRevision: 1 }]);
      const seen: string[] = [];
      let after: string | null = null;
      for (;;) {
        const { items: page }: Page<ZenaRecord> = await store().records.page(USER, 'contact', after, 4);
        expect(page.length).toBeLessThanOrEqual(4);
        if (page.length === 0) break;
        seen.push(...page.map((each) => each.entityId));
        after = seen.at(-1) as string;
      }
      expect(seen).toEqual(ascending(AWKWARD_IDS));
    });

    it('goes on after an id that is gone or was never there', async () => {
      await insert(contact('a'), contact('c'), contact('e'));
      const page = await store().records.page(USER, 'contact', 'b', 10);
      expect(page.items.map((each) => each.entityId)).toEqual(['c', 'e']);
    });

    it('counts the records of a user, tombstones included, as the walk meets them', async () => {
      const gone = contact('c-1');
      await insert(gone, contact('c-2'), record('p-1', propertyBody()), contact('x', { userId: 'user-2' }));
      await store().records.write([{ record: tombstone(gone), expectedRevision: 1 }]);
      expect(await store().records.count(USER)).toBe(3);
      expect(await store().records.count('nobody')).toBe(0);
    });

    it('follows a record that moves to another user', async () => {
      await insert(contact('c-1'));
      await store().records.write([
        { record: contact('c-1', { userId: 'user-2', revision: 2 }), expectedRevision: 1 },
      ]);
      expect((await store().records.page(USER, 'contact', null, 10)).items).toEqual([]);
      expect(await store().records.count('user-2')).toBe(1);
    });
  });

  describe('referrers', () => {
    it('finds the live records of the user that point at a record, ascending and in pages', async () => {
      await insert(
        record('p-2', propertyBody({ vendors: ['c-1'] })),
        record('p-1', propertyBody({ buyers: ['c-1', 'c-2'] })),
        record('d-1', dealBody({ contacts: ['c-1'] })),
        record('d-2', dealBody({ contacts: ['c-2'] })),
        record('d-3', dealBody({ contacts: ['c-1'] }), { userId: 'user-2' }),
      );
      expect(await store().records.referrers(USER, 'contact/c-1', null, 10)).toEqual([
        'deal/d-1',
        'property/p-1',
        'property/p-2',
      ]);
      expect(await store().records.referrers(USER, 'contact/c-1', 'deal/d-1', 1)).toEqual(['property/p-1']);
      expect(await store().records.referrers(USER, 'contact/c-1', 'property/p-2', 10)).toEqual([]);
    });

    it('follows a record that keeps its references: its content may change, and its user', async () => {
      const first = record('p-1', propertyBody({ vendors: ['c-1'] }));
      await insert(first);
      await store().records.write([
        { record: { ...first, revision: 2 }, expectedRevision: 1, keepsReferences: true },
      ]);
      expect(await store().records.referrers(USER, 'contact/c-1', null, 10)).toEqual(['property/p-1']);
      const moved = { ...first, revision: 3, userId: 'user-2' };
      await store().records.write([{ record: moved, expectedRevision: 2, keepsReferences: true }]);
      expect(await store().records.referrers(USER, 'contact/c-1', null, 10)).toEqual([]);
      expect(await store().records.referrers('user-2', 'contact/c-1', null, 10)).toEqual(['property/p-1']);
    });

    it('follows a record whose references change, that is deleted or that moves', async () => {
      const [p1, p2, p3] = ['p-1', 'p-2', 'p-3'].map((id) =>
        record(id, propertyBody({ vendors: ['c-1'] })),
      ) as [ZenaRecord, ZenaRecord, ZenaRecord];
      await insert(p1, p2, p3);
      await store().records.write([
        { record: record('p-1', propertyBody({ vendors: ['c-2'] }), { revision: 2 }), expectedRevision: 1 },
        { record: tombstone(p2), expectedRevision: 1 },
        { record: { ...p3, userId: 'user-2', revision: 2 }, expectedRevision: 1 },
      ]);
      expect(await store().records.referrers(USER, 'contact/c-1', null, 10)).toEqual([]);
      expect(await store().records.referrers(USER, 'contact/c-2', null, 10)).toEqual(['property/p-1']);
      expect(await store().records.referrers('user-2', 'contact/c-1', null, 10)).toEqual(['property/p-3']);
    });

    it('leaves the references as they stand where a write lost', async () => {
      await insert(record('p-1', propertyBody({ vendors: ['c-1'] })));
      await store().records.write([
        { record: record('p-1', propertyBody({ vendors: ['c-2'] }), { revision: 6 }), expectedRevision: 5 },
      ]);
      expect(await store().records.referrers(USER, 'contact/c-1', null, 10)).toEqual(['property/p-1']);
      expect(await store().records.referrers(USER, 'contact/c-2', null, 10)).toEqual([]);
    });

    it('finds what points at awkward ids', async () => {
      const deal = record('d-1', dealBody({ contacts: [...AWKWARD_IDS] }));
      await insert(deal);
      for (const id of AWKWARD_IDS) {
        expect(await store().records.referrers(USER, recordKey('contact', id), null, 10)).toEqual([deal.key]);
      }
    });
  });
}
