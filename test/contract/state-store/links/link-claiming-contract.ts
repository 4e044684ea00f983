import { describe, expect, it } from '@jest/globals';
import type { Scope } from '../../../../src/domain/connection.ts';
import { NOTHING_OURS } from '../../../../src/domain/crm-copy.ts';
import type { LinkStore } from '../../../../src/state-store/link-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { SCOPE, lookMark, wantedMark } from '../../../support/builders.ts';
import { claimLinks, claimOf, idOf, preparedLink, readLink, settle } from './link-steps.ts';

const OTHER: Scope = 'conn-2.0a1b2c3d4e5f';

export function linkClaimingContract(store: () => StateStore): void {
  const links = (): LinkStore => store().links;

  describe('claim', () => claimContract(links));
  describe('taking over a claim', () => takeoverContract(links));
  describe('holding a claim', () => holdContract(links));
  describe('dueScopes', () => dueScopesContract(links));
}

function claimContract(links: () => LinkStore): void {
  it('hands out the due links of one scope and lane, oldest first, carrying the claim', async () => {
    await links().markWanted([
      wantedMark('contact/c-1', { now: 700 }),
      wantedMark('contact/c-2', { now: 500 }),
      wantedMark('contact/c-3', { now: 600 }),
      wantedMark('contact/c-4', { now: 1_001 }),
      wantedMark('contact/c-5', { scope: OTHER, now: 100 }),
    ]);
    await links().markLook([lookMark('contact/c-6', { lane: 'sync', now: 100 })]);
    const claimed = await claimLinks(links(), { limit: 2 });
    expect(claimed.map((link) => link.key)).toEqual(['contact/c-2', 'contact/c-3']);
    for (const link of claimed) {
      expect(link).toMatchObject({ claim: claimOf(), nextAt: expect.any(Number), quietUntil: null });
      expect(await readLink(links(), link.id)).toEqual(link);
    }
    expect((await claimLinks(links())).map((link) => link.key)).toEqual(['contact/c-1']);
    expect(await claimLinks(links())).toEqual([]);
    expect((await claimLinks(links(), { lane: 'sync' })).map((link) => link.key)).toEqual(['contact/c-6']);
  });

  it('hands out those of all lanes where none is named, the urgent lane first, then the oldest', async () => {
    await links().markLook([
      lookMark('contact/c-1', { lane: 'sync', now: 100 }),
      lookMark('contact/c-2', { lane: 'replay', now: 300 }),
      lookMark('contact/c-3', { lane: 'replay', now: 200 }),
      lookMark('contact/c-4', { lane: 'sync', now: 1_001 }),
      lookMark('contact/c-5', { scope: OTHER, now: 100 }),
    ]);
    await links().markWanted([
      wantedMark('contact/c-6', { now: 900 }),
      wantedMark('contact/c-7', { now: 800 }),
    ]);
    const first = await claimLinks(links(), { lane: null, limit: 3 });
    expect(first.map((link) => link.key)).toEqual(['contact/c-7', 'contact/c-6', 'contact/c-3']);
    for (const link of first) expect(await readLink(links(), link.id)).toEqual(link);
    const rest = await claimLinks(links(), { lane: null });
    expect(rest.map((link) => link.key)).toEqual(['contact/c-2', 'contact/c-1']);
    expect(await claimLinks(links(), { lane: null })).toEqual([]);
  });

  it('does not hand out what waits for its back-off or its quiet time', async () => {
    await preparedLink(links(), 'contact/c-1', { notBefore: 2_000 });
    await preparedLink(links(), 'contact/c-2', { quietUntil: 3_000 });
    await links().wake([idOf('contact/c-1'), idOf('contact/c-2')], 900);
    expect(await claimLinks(links(), { now: 1_999 })).toEqual([]);
    expect((await claimLinks(links(), { now: 2_000 })).map((link) => link.key)).toEqual(['contact/c-1']);
    expect((await claimLinks(links(), { now: 3_000 })).map((link) => link.key)).toEqual(['contact/c-2']);
  });

  it('does not hand out a link that is at rest', async () => {
    await preparedLink(links(), 'contact/c-1');
    expect(await claimLinks(links(), { now: 99_999 })).toEqual([]);
  });

  it('passes over waiting links to reach due ones', async () => {
    for (let index = 0; index < 5; index += 1) {
      await preparedLink(links(), `contact/w-${String(index)}`, { notBefore: 9_000 });
      await links().wake([idOf(`contact/w-${String(index)}`)], 10);
    }
    await links().markWanted([wantedMark('contact/c-1', { now: 900 })]);
    expect((await claimLinks(links(), { limit: 1 })).map((link) => link.key)).toEqual(['contact/c-1']);
  });
}

function takeoverContract(links: () => LinkStore): void {
  it('leaves a live claim of this epoch or of a later one to its holder', async () => {
    await links().markWanted([wantedMark('contact/c-1')]);
    await claimLinks(links(), { claim: { epoch: 2 } });
    expect(await claimLinks(links(), { now: 59_999, claim: { token: 'token-2', epoch: 2 } })).toEqual([]);
    expect(await claimLinks(links(), { now: 59_999, claim: { token: 'token-3', epoch: 1 } })).toEqual([]);
  });

  it.each([
    ['of a lower epoch', 2_000, 2],
    ['that has passed', 60_000, 1],
  ])('takes over a claim %s and waits it out', async (_, now, epoch) => {
    await links().markWanted([wantedMark('contact/c-1')]);
    await claimLinks(links());
    const [taken] = await claimLinks(links(), { now, claim: { token: 'token-2', epoch, until: 90_000 } });
    expect(taken).toMatchObject({ claim: { token: 'token-2', epoch, until: 90_000 }, quietUntil: 60_000 });
    expect(await readLink(links(), idOf('contact/c-1'))).toEqual(taken);
  });

  it('never shortens a quiet time', async () => {
    await preparedLink(links(), 'contact/c-1', { quietUntil: 70_000 }, { next: { kind: 'keep' } });
    const [held] = await claimLinks(links(), { now: 70_000, claim: { until: 65_000 } });
    expect(held?.quietUntil).toBe(70_000);
    const [taken] = await claimLinks(links(), { now: 80_000, claim: { token: 'token-2' } });
    expect(taken?.quietUntil).toBe(70_000);
  });

  it('sets no quiet time where nobody held it', async () => {
    const link = await preparedLink(links(), 'contact/c-1', {}, { next: { kind: 'keep' } });
    const [held] = await claimLinks(links());
    expect(held).toMatchObject({ id: link.id, quietUntil: null });
  });
}

function holdContract(links: () => LinkStore): void {
  const intent = {
    keyValue: { 'properties.email': 'ada@example.test', $key: '1' },
    keyHash: 'k-1',
    bodyHash: 'b-1',
    fieldNames: [],
    sentAt: 1_000,
    sentUntil: 31_000,
  };

  it('moves the end of a claim for its holder only', async () => {
    await links().markWanted([wantedMark('contact/c-1')]);
    const id = idOf('contact/c-1');
    expect(await links().extendClaim(id, 'token-1', 90_000)).toBe(false);
    await claimLinks(links());
    expect(await links().extendClaim(id, 'token-1', 90_000)).toBe(true);
    expect(await links().extendClaim(id, 'token-2', 95_000)).toBe(false);
    expect(await links().extendClaim(idOf('contact/absent'), 'token-1', 1)).toBe(false);
    expect((await readLink(links(), id)).claim).toEqual(claimOf({ until: 90_000 }));
    expect(await claimLinks(links(), { now: 60_000, claim: { token: 'token-2' } })).toEqual([]);
  });

  it('writes the intent of the holder only', async () => {
    await links().markWanted([wantedMark('contact/c-1')]);
    const id = idOf('contact/c-1');
    expect(await links().beginCreate(id, 'token-1', intent)).toBe(false);
    await claimLinks(links());
    expect(await links().beginCreate(id, 'token-2', intent)).toBe(false);
    expect((await readLink(links(), id)).intent).toBeNull();
    expect(await links().beginCreate(id, 'token-1', intent)).toBe(true);
    expect((await readLink(links(), id)).intent).toEqual(intent);
    expect(await links().beginCreate(idOf('contact/absent'), 'token-1', intent)).toBe(false);
  });

  it('notes a CRM record for the claim’s holder alone, and that others are to be told of it', async () => {
    await links().markWanted([wantedMark('contact/c-1')]);
    const [held] = await claimLinks(links());
    const id = idOf('contact/c-1');
    const remote = { id: 'crm-7', version: null, origin: 'adopted' } as const;
    expect(await links().noteRemote(id, 'token-0', remote, 'k')).toBe(false);
    expect((await readLink(links(), id)).remote).toBeNull();
    expect(await links().noteRemote(id, held?.claim?.token ?? '', remote, 'k')).toBe(true);
    expect(await readLink(links(), id)).toMatchObject({
      remote,
      keyHash: 'k',
      wake: true,
      claim: held?.claim,
    });
    expect(await links().noteRemote(id, held?.claim?.token ?? '', remote, null)).toBe(true);
    expect(await readLink(links(), id)).toMatchObject({ remote, keyHash: null });
    expect(await links().noteRemote(idOf('contact/absent'), 'token-1', remote, 'k')).toBe(false);
  });

  it('forgets what was known of another CRM record with the note that one was taken', async () => {
    await links().markWanted([wantedMark('contact/c-1')]);
    const [held] = await claimLinks(links());
    const id = idOf('contact/c-1');
    const token = held?.claim?.token ?? '';
    const former = { id: 'crm-7', version: null, origin: 'created' } as const;
    const shadow = { fields: { notes: 'one' }, hash: 'h', version: 1, revision: 1, mapping: 'm' };
    const copy = { held: { notes: 'one' }, heldAt: 5, ours: NOTHING_OURS, before: null };
    const patch = { remote: former, shadow, copy };
    const seen = { wanted: held?.wanted ?? 0, marks: held?.marks ?? 0 };
    expect(await links().settle({ id, token, seen, patch, next: { kind: 'keep' } })).toBe('released');
    expect(await readLink(links(), id)).toMatchObject({ remote: former, shadow, copy });
    const [again] = await claimLinks(links());
    const taken = { id: 'crm-8', version: null, origin: 'adopted' } as const;
    expect(await links().noteRemote(id, again?.claim?.token ?? '', taken, 'k')).toBe(true);
    expect(await readLink(links(), id)).toMatchObject({ remote: taken, shadow: null, copy: null });
  });

  it('writes down what a create came to, with the end of its intent, for the claim’s holder alone', async () => {
    await links().markWanted([wantedMark('contact/c-1')]);
    const [held] = await claimLinks(links());
    const id = idOf('contact/c-1');
    const token = held?.claim?.token ?? '';
    expect(await links().beginCreate(id, token, intent)).toBe(true);
    const remote = { id: 'crm-7', version: 'v1', origin: 'created' } as const;
    const copy = {
      held: { name: 'Ada' },
      heldAt: 5,
      ours: NOTHING_OURS,
      before: null,
      unfinished: true,
    } as const;
    expect(await links().noteMade(id, 'token-0', { remote, keyHash: 'k', copy })).toBe(false);
    expect(await readLink(links(), id)).toMatchObject({ intent, remote: null });
    expect(await links().noteMade(id, token, { remote, keyHash: 'k', copy })).toBe(true);
    expect(await readLink(links(), id)).toMatchObject({
      remote,
      copy,
      keyHash: 'k',
      intent: null,
      shadow: null,
      wake: true,
      claim: held?.claim,
    });
    const existing = { id: 'crm-8', version: null, origin: 'adopted' } as const;
    expect(await links().noteMade(id, token, { remote: existing, keyHash: null, copy: null })).toBe(true);
    expect(await readLink(links(), id)).toMatchObject({
      remote: existing,
      keyHash: null,
      copy: null,
      intent: null,
    });
    const absent = { remote, keyHash: 'k', copy: null };
    expect(await links().noteMade(idOf('contact/absent'), 'token-1', absent)).toBe(false);
  });

  it('writes no intent once the claim was taken over', async () => {
    await links().markWanted([wantedMark('contact/c-1')]);
    await claimLinks(links());
    await claimLinks(links(), { claim: { token: 'token-2', epoch: 2 } });
    expect(await links().beginCreate(idOf('contact/c-1'), 'token-1', intent)).toBe(false);
    expect(await links().extendClaim(idOf('contact/c-1'), 'token-1', 99_000)).toBe(false);
    expect((await readLink(links(), idOf('contact/c-1'))).intent).toBeNull();
  });
}

function dueScopesContract(links: () => LinkStore): void {
  const scopes = async (now: number, limit = 10): Promise<string[]> =>
    (await links().dueScopes(now, limit)).sort();

  it('names each scope with a due link once', async () => {
    await links().markWanted([
      wantedMark('contact/c-1', { now: 500 }),
      wantedMark('contact/c-2', { now: 600 }),
      wantedMark('contact/c-1', { scope: OTHER, now: 900 }),
    ]);
    expect(await scopes(499)).toEqual([]);
    expect(await scopes(500)).toEqual([SCOPE]);
    expect(await scopes(900)).toEqual([SCOPE, OTHER]);
    expect(await scopes(900, 1)).toHaveLength(1);
  });

  it('finds what is due on any lane', async () => {
    await links().markLook([lookMark('contact/c-1', { lane: 'sync' })]);
    await links().markLook([lookMark('contact/c-1', { lane: 'replay', scope: OTHER })]);
    expect(await scopes(1_000)).toEqual([SCOPE, OTHER]);
  });

  it('leaves out links that rest or wait', async () => {
    await preparedLink(links(), 'contact/c-1');
    await preparedLink(links(), 'contact/c-2', { notBefore: 2_000 }, { next: { kind: 'keep' } });
    await preparedLink(links(), 'contact/c-3', { quietUntil: 3_000 }, { next: { kind: 'keep' } });
    await preparedLink(links(), 'contact/c-4', {}, { next: { kind: 'at', at: 2_500 } });
    expect(await scopes(1_999)).toEqual([]);
    expect(await scopes(2_000)).toEqual([SCOPE]);
  });

  it('leaves out links under a claim that still lasts', async () => {
    await links().markWanted([wantedMark('contact/c-1')]);
    await claimLinks(links());
    expect(await scopes(1_000)).toEqual([]);
    expect(await scopes(60_000)).toEqual([SCOPE]);
  });

  it('names scopes where a wake or a letter was not told of, also at rest', async () => {
    await preparedLink(links(), 'contact/c-1');
    expect(await links().unfinishedScopes(10)).toEqual([]);
    const woken = await preparedLink(links(), 'contact/c-2', { wake: true });
    await preparedLink(links(), 'contact/c-3', { untold: true });
    expect(await links().unfinishedScopes(10)).toEqual([SCOPE]);
    await links().clearWake(woken.id);
    expect(await links().unfinishedScopes(10)).toEqual([SCOPE]);
  });

  it('finds the one free link behind claimed and waiting ones', async () => {
    const keys = Array.from({ length: 30 }, (_, index) => `contact/c-${String(index)}` as const);
    await links().markWanted(keys.map((key) => wantedMark(key, { now: 400 })));
    const held = await claimLinks(links());
    for (const link of held.slice(0, 10))
      await settle(links(), link, { kind: 'back_off' }, { notBefore: 5_000 });
    expect(await scopes(1_000)).toEqual([]);
    await links().markWanted([wantedMark('deal/d-1', { now: 900 })]);
    expect(await scopes(1_000)).toEqual([SCOPE]);
  });
}
