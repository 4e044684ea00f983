import { expect, it } from '@jest/globals';
import type { Scope } from '../../../../src/domain/connection.ts';
import type { CrmCopy } from '../../../../src/domain/crm-copy.ts';
import type { EntityKind, RecordKey } from '../../../../src/domain/entity.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import type { Link, Remote } from '../../../../src/domain/link.ts';
import type { LinkPatch, LinkStore } from '../../../../src/state-store/link-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { crmCopy, SCOPE } from '../../../support/builders.ts';
import { AWKWARD_IDS } from '../awkward-ids.ts';
import { claimLinks, idOf, preparedLink, readLink, settle } from './link-steps.ts';

const OTHER: Scope = 'conn-2.0a1b2c3d4e5f';
const remote = (id: string): Remote => ({ id, version: null, origin: 'created' });
const shadow = { fields: { Email: 'a' }, hash: 'h', version: 1, revision: 1, mapping: 'm' };
const KEPT: LinkPatch = { shadow, remote: remote('r-1'), copy: crmCopy(), sought: { keyHash: 'k', at: 3 } };

export function linkCopyContract(store: () => StateStore): void {
  const links = (): LinkStore => store().links;
  const held = async (token = 'token-1'): Promise<Link> => {
    await preparedLink(links(), 'contact/c-1', KEPT, { next: { kind: 'keep' } });
    const [link] = await claimLinks(links(), { claim: { token } });
    if (link === undefined) throw new Error('nothing was claimed');
    return link;
  };

  it('keeps what is known of a CRM record, and what is ours of it, whatever the CRM calls its fields', async () => {
    const names = JSON.parse('{"__proto__":["x"],"a.b":["$y"],"$set":[""]}') as Record<string, string[]>;
    const values = JSON.parse('{"__proto__":{"x":1},"a.b.c":[{"$gt":""},null],"$set":true,"Größe 家":1.5}');
    const copy: CrmCopy = {
      held: values as JsonObject,
      heldAt: 1_234,
      ours: { values: names, lines: { 'n.$': { h1: 'sent', h2: 'theirs' } }, ids: names },
      before: { 'a.b': null },
    };
    const link = await preparedLink(links(), 'contact/c-1', { copy });
    expect(JSON.stringify(link.copy)).toBe(JSON.stringify(copy));
    const empty = { ...copy, held: null, before: null };
    expect((await preparedLink(links(), 'contact/c-2', { copy: empty })).copy).toEqual(empty);
  });

  it('unsets copy and shadow together, of links that anybody holds, and leaves all else', async () => {
    const link = await held();
    const other = await preparedLink(links(), 'contact/c-2', KEPT);
    await links().clearCopies([link.id, idOf('contact/absent')]);
    await links().clearCopies([]);
    expect(await readLink(links(), link.id)).toEqual({ ...link, shadow: null, copy: null });
    expect(await readLink(links(), other.id)).toEqual(other);
    expect(await settle(links(), link)).toBe('released');
    expect((await readLink(links(), link.id)).copy).toBeNull();
  });

  it('leaves the copy where only the shadow is unset', async () => {
    const link = await preparedLink(links(), 'contact/c-1', KEPT);
    await links().clearShadows([link.id]);
    expect(await readLink(links(), link.id)).toEqual({ ...link, shadow: null });
  });

  it('notes a copy for the holder of a claim only', async () => {
    const link = await held();
    const copy = crmCopy({ heldAt: 77 });
    expect(await links().noteCopy(link.id, 'token-1', copy)).toBe(true);
    expect(await readLink(links(), link.id)).toEqual({ ...link, copy });
    expect(await links().noteCopy(link.id, 'token-2', crmCopy())).toBe(false);
    expect(await links().noteCopy(idOf('contact/absent'), 'token-1', copy)).toBe(false);
    await settle(links(), link);
    expect(await links().noteCopy(link.id, 'token-1', crmCopy())).toBe(false);
    expect((await readLink(links(), link.id)).copy).toEqual(copy);
  });

  it('passes a copy to a link that another holds, and makes none', async () => {
    const link = await held();
    const copy = crmCopy({ heldAt: 78, held: null });
    await links().passOurs(link.id, copy);
    expect(await readLink(links(), link.id)).toEqual({ ...link, copy });
    await links().passOurs(idOf('contact/absent'), copy);
    expect(await links().read([idOf('contact/absent')])).toEqual(new Map());
  });

  it('notes that somebody else changed a record, the later time standing, whoever holds the link', async () => {
    const link = await held();
    const rested = await preparedLink(links(), 'contact/c-2', KEPT);
    expect(link.touchedAt).toBeNull();
    const both = [link.id, rested.id, idOf('contact/absent')];
    await links().noteTouched(both, 500);
    await links().noteTouched([link.id], 400);
    await links().noteTouched([rested.id], 600);
    await links().noteTouched([], 900);
    expect(await readLink(links(), link.id)).toEqual({ ...link, touchedAt: 500 });
    expect(await readLink(links(), rested.id)).toEqual({ ...rested, touchedAt: 600 });
    expect(await links().read([idOf('contact/absent')])).toEqual(new Map());
    await settle(links(), link);
    expect((await readLink(links(), link.id)).touchedAt).toBe(500);
  });

  it('samples the links whose CRM records were seen last', async () => {
    const linked = (key: RecordKey, copy: CrmCopy | null, scope = SCOPE): Promise<Link> =>
      preparedLink(links(), key, { remote: remote('r'), copy }, { scope });
    const old = await linked('contact/c-1', crmCopy({ heldAt: 5 }));
    const unknown = await linked('contact/c-2', null);
    const newest = await linked('deal/d-1', crmCopy({ heldAt: 9 }));
    await preparedLink(links(), 'contact/c-3', { copy: crmCopy({ heldAt: 99 }) });
    await linked('contact/c-1', crmCopy({ heldAt: 99 }), OTHER);
    expect(await links().sampleLinked(SCOPE, 10)).toEqual([newest, old, unknown]);
    expect(await links().sampleLinked(SCOPE, 2)).toEqual([newest, old]);
    expect(await links().sampleLinked('conn-9.0a1b2c3d4e5f', 2)).toEqual([]);
  });

  it('reads the links of a page of CRM ids, of a scope and kind', async () => {
    const remoteIds = [...AWKWARD_IDS, 'r-1', 'r-2'];
    for (const id of remoteIds)
      await preparedLink(links(), `contact/of-${String(remoteIds.indexOf(id))}`, { remote: remote(id) });
    await preparedLink(links(), 'contact/sharer', { remote: remote('r-1') });
    await preparedLink(links(), 'contact/none');
    await preparedLink(links(), 'property/p-1', { remote: remote('r-1') });
    await preparedLink(links(), 'contact/elsewhere', { remote: remote('r-1') }, { scope: OTHER });
    const page = [...remoteIds, ...Array.from({ length: 1_000 }, (_, index) => `none-${String(index)}`)];
    const visited = async (scope: Scope, kind: EntityKind, ids: readonly string[]): Promise<Link[]> => {
      const found: Link[] = [];
      await links().visitByRemote(scope, kind, ids, (link) => found.push(link));
      return found;
    };
    const found = await visited(SCOPE, 'contact', [...page, 'r-1']);
    expect(found.map(({ remote: of }) => of?.id).sort()).toEqual([...remoteIds, 'r-1'].sort());
    expect((await visited(OTHER, 'contact', page)).map(({ entityId }) => entityId)).toEqual(['elsewhere']);
    expect(await visited(SCOPE, 'deal', page)).toEqual([]);
    expect(await visited(SCOPE, 'contact', [])).toEqual([]);
  });

  it('keeps what is ours of CRM records that were left for others, and finds who left one', async () => {
    const ours = { ...crmCopy().ours, values: { 'a.b': ['$m'] } };
    const [first = '', ...others] = AWKWARD_IDS;
    await preparedLink(links(), 'contact/c-1', { remote: remote('r-1') });
    const id = idOf('contact/c-1');
    for (const left of [first, ...others])
      expect(await links().recordLost(id, remote(left), ours)).toBe('stray');
    expect(await links().recordLost(id, remote('r-2'))).toBe('stray');
    await preparedLink(links(), 'contact/elsewhere', { left: { [first]: ours } }, { scope: OTHER });
    await preparedLink(links(), 'property/p-1', { left: { [first]: ours } });
    for (const left of [first, ...others]) {
      const found = await links().readByLeft(SCOPE, 'contact', left);
      expect(found.map(({ entityId }) => entityId)).toEqual(['c-1']);
      expect(found[0]?.left[left]).toEqual(ours);
    }
    for (const none of ['r-1', 'r-2', 'none'])
      expect(await links().readByLeft(SCOPE, 'contact', none)).toEqual([]);
    const emptied = await preparedLink(links(), 'contact/c-2', { left: { 'r-7': ours } });
    expect(emptied.left).toEqual({ 'r-7': ours });
    expect((await preparedLink(links(), 'contact/c-2', { left: {} }, { wanted: 2 })).left).toEqual({});
    expect(await links().readByLeft(SCOPE, 'contact', 'r-7')).toEqual([]);
  });
}
