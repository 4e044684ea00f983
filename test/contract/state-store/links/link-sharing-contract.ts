import { describe, expect, it } from '@jest/globals';
import type { Scope } from '../../../../src/domain/connection.ts';
import type { RecordKey } from '../../../../src/domain/entity.ts';
import type { Link, LinkId, Remote, RunResult } from '../../../../src/domain/link.ts';
import type { LinkPatch, LinkStore } from '../../../../src/state-store/link-store.port.ts';
import { NEIGHBOUR_BYTES } from '../../../../src/domain/deciding/sharers.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { lookMark, SCOPE, wantedMark } from '../../../support/builders.ts';
import { AWKWARD_IDS } from '../awkward-ids.ts';
import { claimLinks, idOf, preparedLink, readLink, settle } from './link-steps.ts';

const OTHER: Scope = 'conn-2.0a1b2c3d4e5f';
const remote = (id: string): Remote => ({ id, version: null, origin: 'created' });
const shadow = { fields: { Email: 'a' }, hash: 'h', version: 1, revision: 1, mapping: 'm' };

export function linkSharingContract(store: () => StateStore): void {
  const links = (): LinkStore => store().links;

  describe('what a lost claim learned', () => recordLostContract(links));
  describe('finding links', () => findContract(links));

  it('unsets shadows and nothing else', async () => {
    const patch: LinkPatch = { shadow, remote: remote('r-1') };
    const first = await preparedLink(links(), 'contact/c-1', patch);
    const second = await preparedLink(links(), 'contact/c-2', patch);
    await links().clearShadows([first.id, idOf('contact/absent')]);
    await links().clearShadows([]);
    expect(await readLink(links(), first.id)).toEqual({ ...first, shadow: null });
    expect(await readLink(links(), second.id)).toEqual(second);
  });

  it('of those whose CRM record another writes for their run says that they are superseded', async () => {
    const ended = async (key: RecordKey, runId: string, result: RunResult | null): Promise<LinkId> => {
      await links().markLook([lookMark(key, { runId })]);
      const [link] = await claimLinks(links());
      if (link === undefined) throw new Error('nothing was claimed');
      await settle(
        links(),
        link,
        { kind: 'rest' },
        result === null ? {} : { runResult: { id: runId, result } },
      );
      return link.id;
    };
    const resultOf = async (id: LinkId) => (await readLink(links(), id)).run?.result;
    const created = await ended('contact/c-1', 'run-1', 'created');
    const equal = await ended('contact/c-2', 'run-1', 'unchanged');
    const failed = await ended('contact/c-3', 'run-1', 'failed');
    const open = await ended('contact/c-4', 'run-1', null);
    const other = await ended('contact/c-5', 'run-2', 'updated');
    const all = [created, equal, failed, open, other];
    await links().clearShadows(all);
    expect(await Promise.all(all.map(resultOf))).toEqual(['created', 'unchanged', 'failed', null, 'updated']);
    await links().clearCopies(all, 'run-1');
    const after = ['superseded', 'superseded', 'failed', null, 'updated'];
    expect(await Promise.all(all.map(resultOf))).toEqual(after);
  });

  it('unsets the shadow of a link that another holds, and the holder’s own settling stands', async () => {
    await preparedLink(links(), 'contact/c-1', { shadow }, { next: { kind: 'keep' } });
    const [held] = await claimLinks(links());
    await links().clearShadows([idOf('contact/c-1')]);
    if (held === undefined) throw new Error('nothing was claimed');
    expect(await settle(links(), held)).toBe('released');
    expect((await readLink(links(), held.id)).shadow).toBeNull();
  });

  it('lists and clears the links that must tell their dependants', async () => {
    const first = await preparedLink(links(), 'contact/c-1', { wake: true });
    const second = await preparedLink(links(), 'contact/c-2', { wake: true });
    await preparedLink(links(), 'contact/c-3');
    await preparedLink(links(), 'contact/c-4', { wake: true }, { scope: OTHER });
    const pending = await links().pendingWakes(SCOPE, 10);
    expect(pending.map((link) => link.id).sort()).toEqual([first.id, second.id]);
    expect(await links().pendingWakes(SCOPE, 1)).toHaveLength(1);
    await links().clearWake(first.id);
    await links().clearWake(first.id);
    await links().clearWake(idOf('contact/absent'));
    expect(await links().pendingWakes(SCOPE, 10)).toEqual([second]);
    expect(await readLink(links(), first.id)).toEqual({ ...first, wake: false });
  });
}

function recordLostContract(links: () => LinkStore): void {
  it('sets the remote where there is none', async () => {
    const link = await preparedLink(links(), 'contact/c-1');
    expect(await links().recordLost(link.id, remote('r-1'))).toBe('set');
    expect(await readLink(links(), link.id)).toEqual({ ...link, remote: remote('r-1') });
  });

  it('changes nothing where the same record stands', async () => {
    const link = await preparedLink(links(), 'contact/c-1', { remote: { ...remote('r-1'), version: '7' } });
    expect(await links().recordLost(link.id, remote('r-1'))).toBe('same');
    expect(await readLink(links(), link.id)).toEqual(link);
  });

  it('keeps another id as a stray, once', async () => {
    const link = await preparedLink(links(), 'contact/c-1', { remote: remote('r-1') });
    expect(await links().recordLost(link.id, remote('r-2'))).toBe('stray');
    expect(await links().recordLost(link.id, remote('r-2'))).toBe('stray');
    expect(await links().recordLost(link.id, remote('r-3'))).toBe('stray');
    const after = await readLink(links(), link.id);
    expect(after.remote).toEqual(remote('r-1'));
    expect([...after.strays].sort()).toEqual(['r-2', 'r-3']);
  });

  it('says where there is no link, and makes none', async () => {
    expect(await links().recordLost(idOf('contact/absent'), remote('r-1'))).toBe('absent');
    expect(await links().read([idOf('contact/absent')])).toEqual(new Map());
  });

  it('works beside the holder: neither claim nor due time moves', async () => {
    await links().markWanted([wantedMark('contact/c-1')]);
    const [held] = await claimLinks(links());
    expect(await links().recordLost(idOf('contact/c-1'), remote('r-1'))).toBe('set');
    expect(await readLink(links(), idOf('contact/c-1'))).toEqual({ ...held, remote: remote('r-1') });
  });

  it('of many at once sets one and keeps the others as strays', async () => {
    const link = await preparedLink(links(), 'contact/c-1');
    const ids = Array.from({ length: 12 }, (_, index) => `r-${String(index)}`);
    const results = await Promise.all(ids.map((id) => links().recordLost(link.id, remote(id))));
    expect(results.filter((result) => result === 'set')).toHaveLength(1);
    expect(results.filter((result) => result === 'stray')).toHaveLength(11);
    const after = await readLink(links(), link.id);
    expect([after.remote?.id, ...after.strays].sort()).toEqual([...ids].sort());
  });
}

function findContract(links: () => LinkStore): void {
  const nobody = { id: idOf('contact/nobody'), kind: 'contact' } as const;
  const byRemote = (...remoteIds: string[]): Promise<Link[]> =>
    links().findNeighbours({ ...nobody, scope: SCOPE }, { remoteIds, keyHashes: [] });
  const byKeyHash = (scope: Scope, ...keyHashes: string[]): Promise<Link[]> =>
    links().findNeighbours({ ...nobody, scope }, { remoteIds: [], keyHashes });

  it('finds links by the CRM’s id within a scope and kind', async () => {
    const first = await preparedLink(links(), 'contact/c-1', { remote: remote('r-1') });
    const twin = await preparedLink(links(), 'contact/c-2', { remote: remote('r-1') });
    const other = await preparedLink(links(), 'contact/c-3', { remote: remote('r-2') });
    await preparedLink(links(), 'property/p-1', { remote: remote('r-1') });
    await preparedLink(links(), 'contact/c-1', { remote: remote('r-1') }, { scope: OTHER });
    const found = await byRemote('r-1');
    expect(found.map((link) => link.id).sort()).toEqual([first.id, twin.id]);
    expect((await byRemote('r-1', 'r-2', 'r-9')).length).toBe(3);
    expect(await byRemote('r-2')).toEqual([other]);
    expect(await byRemote()).toEqual([]);
  });

  it('finds links by awkward CRM ids', async () => {
    for (const id of AWKWARD_IDS) await preparedLink(links(), `contact/${id}`, { remote: remote(id) });
    for (const id of AWKWARD_IDS) {
      const found = await byRemote(id);
      expect(found.map((link) => link.entityId)).toEqual([id]);
    }
  });

  it('finds links by the hash of their natural key, also by the one that was sent', async () => {
    const intent = {
      keyValue: { email: 'a' },
      keyHash: 'k-2',
      bodyHash: 'b',
      fieldNames: [],
      sentAt: 1,
      sentUntil: 2,
    };
    const first = await preparedLink(links(), 'contact/c-1', { keyHash: 'k-1' });
    const sending = await preparedLink(links(), 'contact/c-2', { intent });
    const both = await preparedLink(links(), 'contact/c-3', { keyHash: 'k-1', intent });
    await preparedLink(links(), 'contact/c-4', { keyHash: 'k-9', intent: { ...intent, keyHash: null } });
    await preparedLink(links(), 'deal/d-1', { keyHash: 'k-1' });
    const found = async (...hashes: string[]): Promise<string[]> =>
      (await byKeyHash(SCOPE, ...hashes)).map((link) => link.id).sort();
    expect(await found('k-1')).toEqual([first.id, both.id]);
    expect(await found('k-2')).toEqual([sending.id, both.id]);
    expect(await found('k-1', 'k-2')).toEqual([first.id, sending.id, both.id]);
    expect(await found('k-3')).toEqual([]);
    expect(await found()).toEqual([]);
    expect(await byKeyHash(OTHER, 'k-1')).toEqual([]);
  });

  it('finds the other links only, each once, whatever they have in common', async () => {
    const same = { remote: remote('r-1'), keyHash: 'k-1' };
    const one = await preparedLink(links(), 'contact/c-1', same);
    const other = await preparedLink(links(), 'contact/c-2', same);
    const marks = { remoteIds: ['r-1'], keyHashes: ['k-1'] };
    expect(await links().findNeighbours(one, marks)).toEqual([other]);
    expect(await links().findNeighbours(other, marks)).toEqual([one]);
  });

  it('tells of very many what they hold as far as there is room, and of all who they are', async () => {
    const fields = { Notes: 'x'.repeat(250_000) };
    const copy = {
      held: fields,
      heldAt: 5,
      ours: { values: { Notes: ['h'] }, lines: {}, ids: {} },
      before: null,
    };
    const left = { 'r-0': copy.ours };
    const keys = Array.from({ length: 60 }, (_, at) => `contact/c-${String(at + 10)}` as const);
    for (const [at, key] of keys.entries()) {
      const has = at % 2 === 0 ? { remote: remote('r-1') } : { remote: remote(`r-${key}`), keyHash: 'k-1' };
      // Programs of before kept a shadow alone.
      await preparedLink(
        links(),
        key,
        at % 3 === 0 ? { ...has, left, shadow: { ...shadow, fields } } : { ...has, left, copy },
      );
    }
    const small = await preparedLink(links(), 'contact/d-1', { keyHash: 'k-1' });
    const of = { ...nobody, scope: SCOPE };
    const found = await links().findNeighbours(of, { remoteIds: ['r-1'], keyHashes: ['k-1'] });
    expect(found.map(({ key }) => key).sort()).toEqual([...keys, small.key]);
    const stored = await links().read(found.map(({ id }) => id));
    const isWhole = ({ copy, shadow }: Link) => copy?.held !== null || shadow !== null;
    for (const link of found.filter((one) => isWhole(one))) {
      if (link.id !== small.id) expect(link).toEqual(stored.get(link.id));
    }
    const unread = { held: null, heldAt: 0, ours: { values: {}, lines: {}, ids: {} }, before: null };
    for (const link of found.filter((one) => !isWhole(one)))
      expect(link).toEqual({ ...stored.get(link.id), shadow: null, copy: unread, left: {} });
    // Nothing was known of it, and nothing is left out.
    expect(found.find(({ id }) => id === small.id)).toMatchObject({ ...small, copy: null, shadow: null });
    const sharing = found.filter((one) => one.remote?.id === 'r-1');
    for (const some of [sharing, found.filter((one) => one.remote?.id !== 'r-1')]) {
      const whole = some.filter((one) => isWhole(one) && one.id !== small.id);
      expect(whole.length).toBeGreaterThanOrEqual(NEIGHBOUR_BYTES / 256_000);
      expect(whole.length).toBeLessThanOrEqual(NEIGHBOUR_BYTES / 250_000 + 1);
    }
  });

  it('tells each its own neighbours, however many ask at a time', async () => {
    const all: Link[] = [];
    for (const scope of [SCOPE, OTHER]) {
      for (let index = 0; index < 6; index += 1) {
        const kind = index < 4 ? 'contact' : 'property';
        const marks = { remote: remote(`r-${String(index % 3)}`), keyHash: `k-${String(index % 2)}` };
        all.push(await preparedLink(links(), `${kind}/e-${String(index)}`, marks, { scope }));
      }
    }
    const marksOf = (link: Link) => [
      { remoteIds: [link.remote?.id ?? ''], keyHashes: [] },
      { remoteIds: [], keyHashes: [link.keyHash ?? ''] },
      { remoteIds: [link.remote?.id ?? '', 'r-9'], keyHashes: [link.keyHash ?? ''] },
      { remoteIds: [], keyHashes: [] },
    ];
    const asked = all.flatMap((link) => marksOf(link).map((marks) => ({ link, marks })));
    const found = await Promise.all(asked.map(({ link, marks }) => links().findNeighbours(link, marks)));
    for (const [at, { link, marks }] of asked.entries()) {
      const others = all.filter(
        (other) => other.id !== link.id && other.scope === link.scope && other.kind === link.kind,
      );
      const expected = others.filter(
        ({ remote: has, keyHash }) =>
          marks.remoteIds.includes(has?.id ?? '') || marks.keyHashes.includes(keyHash ?? ''),
      );
      expect(found[at]?.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
    }
  });
}
