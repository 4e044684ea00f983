import { expect, it } from '@jest/globals';
import type { RecordKey } from '../../../../src/domain/entity.ts';
import type { LinkId } from '../../../../src/domain/link.ts';
import { weightOf } from '../../../../src/domain/json.ts';
import type { ZenaRecord } from '../../../../src/domain/record.ts';
import { PAGE_BYTES } from '../../../../src/domain/page.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { auditEntry, contactBody, record, SCOPE, timelineEntry, USER } from '../../../support/builders.ts';
import { claimLinks, idOf, preparedLink, settle } from '../links/link-steps.ts';
import { walkPages } from '../walk-pages.ts';

/** So large that a page holds three of them by its bytes. */
const LARGE = 'x'.repeat(PAGE_BYTES / 2.5);
const MOST = 3;
const IDS = ['c-1', 'c-2', 'c-3', 'c-4', 'c-5', 'c-6', 'c-7'];
const KEYS = IDS.map((id): RecordKey => `contact/${id}`);

/** Whatever an older program or an office's notes left in a store: what one call reads is bounded by bytes as well as by count. */
export function pageBytesContract(store: () => StateStore): void {
  const large = (id: string): ZenaRecord => record(id, contactBody({ relationshipNotes: [LARGE] }));
  const insert = async (): Promise<void> => {
    for (const id of IDS) await store().records.write([{ record: large(id), expectedRevision: 0 }]);
  };
  const insertLinks = async (): Promise<void> => {
    const shadow = { fields: { notes: LARGE }, hash: 'h', version: 1, revision: 1, mapping: 'm' };
    for (const key of KEYS) await preparedLink(store().links, key, { shadow });
  };

  it('ends a page of records early, and walks all of them', async () => {
    await insert();
    const { records } = store();
    const first = await records.page(USER, 'contact', null, 100);
    expect(first.items).toHaveLength(MOST);
    const walked = await walkPages((cursor, limit) => records.page(USER, 'contact', cursor, limit), 100);
    expect(walked.map(({ entityId }) => entityId)).toEqual(IDS);
    expect(walked[6]).toEqual(large('c-7'));
  });

  it('reads records in parts, with what is left to read, and their heads at once', async () => {
    await insert();
    const { records } = store();
    const part = await records.readPart(['contact/c-0', ...KEYS]);
    expect([...part.records.keys()].sort()).toEqual(KEYS.slice(0, MOST));
    expect(part.rest).toEqual(KEYS.slice(MOST));
    expect(await records.readPart(['contact/c-0'])).toEqual({ records: new Map(), rest: [] });
    expect(await records.readPart([])).toEqual({ records: new Map(), rest: [] });
    const heads = await records.heads([...KEYS, 'contact/c-0']);
    expect([...heads.keys()].sort()).toEqual(KEYS);
    const { body: _body, references: _references, ...head } = large('c-1');
    expect(heads.get('contact/c-1')).toEqual(head);
    expect(await records.heads([])).toEqual(new Map());
  });

  it('reads links in parts, and their heads at once', async () => {
    await insertLinks();
    const { links } = store();
    const ids = KEYS.map((key): LinkId => idOf(key));
    const part = await links.readPart([idOf('contact/c-0'), ...ids]);
    expect([...part.links.keys()].sort()).toEqual(ids.slice(0, MOST));
    expect(part.rest).toEqual(ids.slice(MOST));
    const {
      shadow: _shadow,
      copy: _copy,
      ...head
    } = (await links.read([idOf('contact/c-1')])).get(idOf('contact/c-1'))!;
    const heads = await links.heads([...ids, idOf('contact/c-0')]);
    expect([...heads.keys()].sort()).toEqual(ids);
    expect(heads.get(idOf('contact/c-1'))).toEqual(head);
  });

  it('claims no more at a time than is held at once, and leaves the rest due', async () => {
    await insertLinks();
    const { links } = store();
    await links.wake(
      KEYS.map((key) => idOf(key)),
      1_000,
    );
    const claimed: string[] = [];
    for (const size of [MOST, MOST, 1, 0]) {
      const page = await claimLinks(links, { limit: 100 });
      expect(page).toHaveLength(size);
      for (const link of page) await settle(links, link);
      claimed.push(...page.map(({ entityId }) => entityId));
    }
    expect(claimed.sort()).toEqual(IDS);
  });

  it('lists large links with large records as any others, also where it is searched', async () => {
    await insert();
    await insertLinks();
    const { links } = store();
    for (const filter of [{ scope: SCOPE }, { scope: SCOPE, text: 'c-' }]) {
      const list = (cursor: string | null, limit: number) => links.list(filter, 2_000, cursor, limit);
      const { items } = await list(null, 100);
      expect(items.map(({ link }) => link.entityId)).toEqual(IDS);
      expect(weightOf(items)).toBeLessThan(20_000);
      expect((await walkPages(list, 2)).map(({ link }) => link.entityId)).toEqual(IDS);
    }
  });

  it('finishes a few large links at a time', async () => {
    await insertLinks();
    const { links } = store();
    for (const key of KEYS) await preparedLink(links, key, { wake: true }, { wanted: 9 });
    expect(await links.pendingWakes(SCOPE, 100)).toHaveLength(MOST);
    expect((await links.sampleLinked(SCOPE, 100)).length).toBeLessThanOrEqual(MOST);
  });

  it('ends a page of a timeline early', async () => {
    const id = idOf('contact/c-1');
    const entries = IDS.map((_, sequence) => timelineEntry(id, sequence, { replaced: { notes: LARGE } }));
    for (const entry of entries) await store().timeline.append([entry]);
    const { timeline } = store();
    expect((await timeline.ofLink(id, null, 100)).items).toHaveLength(MOST);
    const walked = await walkPages((cursor, limit) => timeline.ofLink(id, cursor, limit), 100);
    expect(walked.map(({ sequence }) => sequence)).toEqual([6, 5, 4, 3, 2, 1, 0]);
    const newest = await timeline.ofUser(USER, null, 100);
    expect(newest.map(({ sequence }) => sequence)).toEqual([4, 5, 6]);
    const after = await timeline.ofUser(USER, entries[0]?.id ?? '', 100);
    expect(after.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  it('ends a page of the audit early', async () => {
    const { audit } = store();
    for (const [at, id] of IDS.entries()) await audit.append(auditEntry(id, { at, after: { notes: LARGE } }));
    expect((await audit.list({}, null, 100)).items).toHaveLength(MOST);
    const walked = await walkPages((cursor, limit) => audit.list({}, cursor, limit), 100);
    expect(walked.map(({ entryId }) => entryId)).toEqual(IDS.toReversed());
  });
}
