import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Scope } from '../../../../src/domain/connection.ts';
import type { RecordKey } from '../../../../src/domain/entity.ts';
import { LANES, type Link } from '../../../../src/domain/link.ts';
import type { LinkStore, NextLook } from '../../../../src/state-store/link-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { SCOPE, lookMark, wantedMark } from '../../../support/builders.ts';
import { claimLinks, idOf, preparedLink, readLink, settle } from './link-steps.ts';

/** Calls that are under way at the same time, as far as the adapter lets them be. */
export function linkRaceContract(store: () => StateStore): void {
  const links = (): LinkStore => store().links;

  it('never hands a link out twice, and hands out all, to many who claim at once', async () => {
    const keys = Array.from({ length: 60 }, (_, index): RecordKey => `contact/c-${String(index)}`);
    await links().markWanted(keys.map((key) => wantedMark(key, { now: 500 })));
    const claim = (worker: number): Promise<Link[]> =>
      claimLinks(links(), { limit: 10, claim: { token: `token-${String(worker)}` } });
    const first = await Promise.all(Array.from({ length: 12 }, (_, worker) => claim(worker)));
    const handed = first.flat();
    for (let round = 0; handed.length < 60 && round < 60; round += 1)
      handed.push(...(await claim(100 + round)));
    expect(new Set(handed.map((link) => link.id)).size).toBe(handed.length);
    expect(handed).toHaveLength(60);
    for (const link of handed) {
      expect((await readLink(links(), link.id)).claim?.token).toBe(link.claim?.token);
    }
  });

  it('lets one of many take over a claim that an earlier owner left', async () => {
    await links().markWanted([wantedMark('contact/c-1')]);
    await claimLinks(links());
    const taken = await Promise.all(
      Array.from({ length: 10 }, (_, worker) =>
        claimLinks(links(), { claim: { token: `new-${String(worker)}`, epoch: 2, until: 90_000 } }),
      ),
    );
    expect(taken.flat()).toHaveLength(1);
    expect(taken.flat()[0]?.quietUntil).toBe(60_000);
  });

  it('lets one of many settlings of a claim count', async () => {
    await links().markWanted([wantedMark('contact/c-1')]);
    const [held] = await claimLinks(links());
    if (held === undefined) throw new Error('nothing was claimed');
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) => settle(links(), held, { kind: 'rest' }, { journal: index })),
    );
    expect(results.filter((result) => result === 'released')).toHaveLength(1);
    expect(results.filter((result) => result === 'lost')).toHaveLength(9);
    expect((await readLink(links(), held.id)).journal).toBe(results.indexOf('released'));
  });

  it('never begins a create and loses the claim by the same race', async () => {
    const intent = { keyValue: null, keyHash: null, bodyHash: 'b', fieldNames: [], sentAt: 1, sentUntil: 2 };
    for (let round = 0; round < 10; round += 1) {
      const key: RecordKey = `contact/c-${String(round)}`;
      await links().markWanted([wantedMark(key)]);
      await claimLinks(links());
      const [began, taken] = await Promise.all([
        links().beginCreate(idOf(key), 'token-1', intent),
        claimLinks(links(), { claim: { token: 'token-2', epoch: 2 } }),
      ]);
      const after = await readLink(links(), idOf(key));
      expect(after.intent).toEqual(began ? intent : null);
      expect(taken.map((link) => link.intent)).toEqual([began ? intent : null]);
    }
  });

  it('never loses a mark that races with settling', async () => {
    const nextLook = fc.constantFrom<NextLook>(
      { kind: 'rest' },
      { kind: 'at', at: 70_000 },
      { kind: 'back_off' },
    );
    const mark = fc.oneof(
      fc.record({ wanted: fc.integer({ min: 1, max: 5 }), now: fc.integer({ min: 1_001, max: 2_000 }) }),
      fc.record({ lane: fc.constantFrom(...LANES), now: fc.integer({ min: 1_001, max: 2_000 }) }),
    );
    let scopes = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(mark, { maxLength: 6 }), nextLook, fc.nat(6), async (marks, next, at) => {
        scopes += 1;
        const scope: Scope = `${SCOPE}-${String(scopes)}`;
        const link = await preparedLink(
          links(),
          'contact/c-1',
          {},
          { scope, wanted: 2, next: { kind: 'keep' } },
        );
        const [held] = await claimLinks(links(), { scope });
        if (held === undefined) throw new Error('nothing was claimed');
        const calls = marks.map(
          (each) => () =>
            'wanted' in each
              ? links().markWanted([wantedMark('contact/c-1', { scope, ...each })])
              : links().markLook([lookMark('contact/c-1', { scope, ...each })]),
        );
        let settled: string | null = null;
        calls.splice(at, 0, async () => {
          settled = await settle(links(), held, next);
        });
        await Promise.all(calls.map((call) => call()));

        const after = await readLink(links(), link.id);
        const wanted = Math.max(2, ...marks.map((each) => ('wanted' in each ? each.wanted : 0)));
        const looks = marks.filter((each) => 'lane' in each).length;
        expect(after).toMatchObject({ wanted, marks: looks, claim: null });
        const changed = wanted > 2 || looks > 0;
        if (changed) expect(after.nextAt).not.toBeNull();
        if (changed) expect(after.nextAt).toBeLessThanOrEqual(2_000);
        if (!changed) expect(settled).toBe('released');
        if (!changed && next.kind === 'rest') expect(after.nextAt).toBeNull();
      }),
      { numRuns: 60 },
    );
  });
}
