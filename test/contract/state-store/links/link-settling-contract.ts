import { describe, expect, it } from '@jest/globals';
import { canonicalJson, type JsonObject } from '../../../../src/domain/json.ts';
import type { Link } from '../../../../src/domain/link.ts';
import type { LinkPatch, LinkStore } from '../../../../src/state-store/link-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { SCOPE, crmCopy, lookMark, wantedMark } from '../../../support/builders.ts';
import { claimLinks, idOf, preparedLink, readLink, settle } from './link-steps.ts';

export function linkSettlingContract(store: () => StateStore): void {
  const links = (): LinkStore => store().links;
  const held = async (): Promise<Link> => {
    await links().markWanted([wantedMark('contact/c-1', { wanted: 1, now: 500 })]);
    const [link] = await claimLinks(links());
    if (link === undefined) throw new Error('nothing was claimed');
    return link;
  };

  describe('what comes next', () => nextLookContract(links, held));
  describe('what changed meanwhile', () => changedMeanwhileContract(links, held));
  describe('what is written', () => patchContract(links, held));
}

function nextLookContract(links: () => LinkStore, held: () => Promise<Link>): void {
  it('lets a link rest: nothing to do, nothing undelivered, no claim', async () => {
    const link = await held();
    expect(await settle(links(), link)).toBe('released');
    expect(await readLink(links(), link.id)).toEqual({
      ...link,
      claim: null,
      nextAt: null,
      dirtySince: null,
    });
  });

  it('sets the next look', async () => {
    const link = await held();
    expect(await settle(links(), link, { kind: 'at', at: 7_000 })).toBe('released');
    expect(await readLink(links(), link.id)).toEqual({ ...link, claim: null, nextAt: 7_000 });
  });

  it('backs off on the lane retry, still due', async () => {
    const link = await held();
    const patch = { notBefore: 61_000, attempts: 1 };
    expect(await settle(links(), link, { kind: 'back_off' }, patch)).toBe('released');
    expect(await readLink(links(), link.id)).toEqual({ ...link, ...patch, claim: null, lane: 'retry' });
    expect((await claimLinks(links(), { lane: 'retry', now: 61_000 })).map((each) => each.id)).toEqual([
      link.id,
    ]);
  });

  it('keeps a link due as it is', async () => {
    const link = await held();
    expect(await settle(links(), link, { kind: 'keep' })).toBe('released');
    expect(await readLink(links(), link.id)).toEqual({ ...link, claim: null });
  });
}

function changedMeanwhileContract(links: () => LinkStore, held: () => Promise<Link>): void {
  const nexts = [
    { kind: 'rest' },
    { kind: 'at', at: 7_000 },
    { kind: 'back_off' },
    { kind: 'keep' },
  ] as const;

  it.each(nexts)('records and keeps due what was wanted anew before settling with $kind', async (next) => {
    const link = await held();
    await links().markWanted([wantedMark('contact/c-1', { wanted: 2, now: 2_000 })]);
    expect(await settle(links(), link, next, { attempts: 3, notBefore: 4_000 })).toBe('kept');
    expect(await readLink(links(), link.id)).toEqual({
      ...link,
      wanted: 2,
      claim: null,
      attempts: 3,
      notBefore: 4_000,
    });
  });

  it.each(nexts)(
    'records and keeps due what was marked for a look before settling with $kind',
    async (next) => {
      const link = await held();
      await links().wake([link.id], 2_000);
      expect(await settle(links(), link, next, { attempts: 3 })).toBe('kept');
      expect(await readLink(links(), link.id)).toEqual({ ...link, marks: 1, claim: null, attempts: 3 });
    },
  );

  it('writes nothing for a claim that is not ours', async () => {
    const link = await held();
    const [taken] = await claimLinks(links(), { claim: { token: 'token-2', epoch: 2 } });
    expect(await settle(links(), link, { kind: 'rest' }, { attempts: 9, remote: null })).toBe('lost');
    expect(await readLink(links(), link.id)).toEqual(taken);
  });

  it('writes nothing twice, nor for a link that is gone', async () => {
    const link = await held();
    await settle(links(), link);
    const rested = await readLink(links(), link.id);
    expect(await settle(links(), link, { kind: 'at', at: 5 }, { attempts: 9 })).toBe('lost');
    expect(await readLink(links(), link.id)).toEqual(rested);
    await links().forget(SCOPE);
    expect(await settle(links(), link)).toBe('lost');
    expect(await links().read([link.id])).toEqual(new Map());
  });

  it('does not let an earlier claim of the same worker settle a later one', async () => {
    const first = await held();
    await settle(links(), first, { kind: 'keep' });
    const [second] = await claimLinks(links(), { claim: { token: 'token-2' } });
    expect(await settle(links(), first)).toBe('lost');
    expect(await readLink(links(), first.id)).toEqual(second);
  });
}

function patchContract(links: () => LinkStore, held: () => Promise<Link>): void {
  const full: LinkPatch = {
    intent: { keyValue: null, keyHash: null, bodyHash: 'b', fieldNames: [], sentAt: 1, sentUntil: 2 },
    quietUntil: 11,
    notBefore: 12,
    attempts: 13,
    waitingSince: 14,
    remote: { id: 'r/1.$x', version: '2026-01-01', origin: 'adopted' },
    keyHash: 'k-1',
    shadow: { fields: { Email: 'a@b.c' }, hash: 'h', version: 2 ** 53 - 1, revision: 3, mapping: 'm1' },
    copy: crmCopy(),
    sought: { keyHash: 'k-2', at: 19 },
    dead: {
      code: 'REJECTED',
      detail: 'no such stage',
      fields: [{ field: 'a.b', message: 'too long' }],
      at: 15,
      revision: 3,
      attempts: 4,
      id: 'letter/1.$x',
      mapping: 'm1',
      connectionEpoch: 5,
      firstAt: 14,
      replays: 2,
    },
    recreatedAt: 16,
    wake: true,
    untold: true,
    journal: 17,
  };

  it('writes every field of the patch and empties each again', async () => {
    const link = await held();
    await settle(links(), link, { kind: 'rest' }, full);
    const written = await readLink(links(), link.id);
    expect(written).toEqual({ ...link, ...full, claim: null, nextAt: null, dirtySince: null });

    const empty = {
      intent: null,
      quietUntil: null,
      notBefore: null,
      attempts: 0,
      waitingSince: null,
      remote: null,
      keyHash: null,
      shadow: null,
      copy: null,
      sought: null,
      dead: null,
      recreatedAt: null,
      wake: false,
      untold: false,
      journal: 0,
    };
    await links().wake([link.id], 600);
    const [again] = await claimLinks(links());
    await settle(links(), again as Link, { kind: 'rest' }, empty);
    expect(await readLink(links(), link.id)).toEqual({ ...written, ...empty, marks: 1 });
  });

  it('leaves what the patch does not name', async () => {
    const link = await held();
    await settle(links(), link, { kind: 'rest' }, full);
    await links().wake([link.id], 600);
    const [again] = await claimLinks(links());
    const before = await readLink(links(), link.id);
    await settle(links(), again as Link, { kind: 'rest' }, { journal: 18 });
    expect(await readLink(links(), link.id)).toEqual({ ...before, journal: 18, claim: null, nextAt: null });
  });

  it('keeps CRM field names that look like paths, operators or prototypes as plain data', async () => {
    const fields = JSON.parse(
      '{"__proto__":{"x":1},"constructor":"c","a.b.c":[{"$gt":""},null],"$set":true,"Größe 家":1.5,"toString":{}}',
    ) as JsonObject;
    const link = await preparedLink(links(), 'contact/c-1', {
      shadow: { fields, hash: 'h', version: 1, revision: 1, mapping: 'm' },
    });
    expect(canonicalJson(link.shadow?.fields ?? null)).toBe(canonicalJson(fields));
  });

  it('writes a run’s result only while the link carries that run', async () => {
    const runs = ['run-1', 'run-2'] as const;
    await links().markLook([lookMark('contact/c-1', { runId: runs[0] })]);
    const [first] = await claimLinks(links());
    await links().markLook([lookMark('contact/c-1', { runId: runs[1] })]);
    await settle(
      links(),
      first as Link,
      { kind: 'rest' },
      { runResult: { id: runs[0], result: 'created' }, journal: 1 },
    );
    expect(await readLink(links(), idOf('contact/c-1'))).toMatchObject({
      run: { id: runs[1], result: null },
      journal: 1,
    });
    const [second] = await claimLinks(links());
    await settle(
      links(),
      second as Link,
      { kind: 'rest' },
      { runResult: { id: runs[1], result: 'unchanged' } },
    );
    expect((await readLink(links(), idOf('contact/c-1'))).run).toEqual({ id: runs[1], result: 'unchanged' });
  });

  it('writes no run’s result on a link that carries none', async () => {
    const link = await preparedLink(links(), 'contact/c-1', {
      runResult: { id: 'run-1', result: 'created' },
    });
    expect(link.run).toBeNull();
  });
}
