import { describe, expect, it } from '@jest/globals';
import type { Scope } from '../../../../src/domain/connection.ts';
import { recordKey } from '../../../../src/domain/entity.ts';
import type { LinkStore } from '../../../../src/state-store/link-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { SCOPE, deadMark, lookMark, wantedMark } from '../../../support/builders.ts';
import { AWKWARD_IDS, ascending } from '../awkward-ids.ts';
import { claimLinks, idOf, preparedLink, readLink } from './link-steps.ts';

const OTHER: Scope = 'conn-2.0a1b2c3d4e5f';

/** Links that rest dead: what the index of dead letters is owed of them, and how they are tried again. */
export function linkDeadContract(store: () => StateStore): void {
  const links = (): LinkStore => store().links;

  describe('untold', () => untoldContract(links));
  describe('wakeDead', () => wakeDeadContract(links));

  it('keeps its dead letter, told or not, when a scope’s work is dropped', async () => {
    const link = await preparedLink(
      links(),
      'contact/c-1',
      { dead: deadMark({ replays: 3 }), untold: true },
      { next: { kind: 'at', at: 5_000 } },
    );
    expect(await links().dropWork(SCOPE)).toBe(1);
    expect(await readLink(links(), link.id)).toEqual({ ...link, nextAt: null, dirtySince: null });
    expect((await links().untoldDead(SCOPE, 10)).map((each) => each.id)).toEqual([link.id]);
  });
}

function untoldContract(links: () => LinkStore): void {
  const untoldIds = async (limit = 100): Promise<string[]> =>
    (await links().untoldDead(SCOPE, limit)).map((link) => link.id);

  it('finds the links of a scope that are not told of, whole and at most as many as asked for', async () => {
    const link = await preparedLink(links(), 'contact/c-1', { dead: deadMark(), untold: true });
    await preparedLink(links(), 'contact/c-2', { dead: deadMark() });
    await preparedLink(links(), 'contact/c-1', { dead: deadMark(), untold: true }, { scope: OTHER });
    expect(await links().untoldDead(SCOPE, 10)).toEqual([link]);
    await preparedLink(links(), 'contact/c-3', { dead: deadMark(), untold: true });
    expect(await untoldIds(1)).toHaveLength(1);
    expect(await untoldIds()).toHaveLength(2);
    expect(await links().untoldDead('conn-3.0', 10)).toEqual([]);
  });

  it('finds them with awkward ids', async () => {
    for (const id of AWKWARD_IDS) {
      await preparedLink(links(), recordKey('deal', id), { dead: deadMark(), untold: true });
    }
    const ids = AWKWARD_IDS.map((id) => idOf(recordKey('deal', id)));
    expect(ascending(await untoldIds())).toEqual(ascending(ids));
    for (const id of ids) await links().clearUntold(id, 1_000);
    expect(await untoldIds()).toEqual([]);
  });

  it('is cleared while the dead letter is the one that was told of, and nothing else changes', async () => {
    const link = await preparedLink(links(), 'contact/c-1', { dead: deadMark({ at: 700 }), untold: true });
    await links().clearUntold(link.id, 700);
    expect(await readLink(links(), link.id)).toEqual({ ...link, untold: false });
    await links().clearUntold(link.id, 700);
    await links().clearUntold(idOf('contact/absent'), 700);
    expect(await links().read([idOf('contact/absent')])).toEqual(new Map());
    expect(await untoldIds()).toEqual([]);
  });

  it.each([
    ['that failed again since', deadMark({ at: 800, firstAt: 700 })],
    ['whose dead letter is gone', null],
  ])('stays on a link %s', async (_, dead) => {
    const link = await preparedLink(links(), 'contact/c-1', { dead, untold: true });
    await links().clearUntold(link.id, 700);
    expect(await readLink(links(), link.id)).toEqual(link);
    expect(await untoldIds()).toEqual([link.id]);
  });

  it('is cleared under a claim, which goes on', async () => {
    const { id } = await preparedLink(links(), 'contact/c-1', { dead: deadMark({ at: 700 }), untold: true });
    await links().wake([id], 900);
    const [held] = await claimLinks(links());
    await links().clearUntold(id, 700);
    expect(await readLink(links(), id)).toEqual({ ...held, untold: false });
  });
}

function wakeDeadContract(links: () => LinkStore): void {
  it('makes a link that rests dead due on the lane replay', async () => {
    const patch = { dead: deadMark({ replays: 4 }), untold: true, notBefore: 500, attempts: 3 };
    const link = await preparedLink(links(), 'contact/c-1', patch);
    expect(await links().wakeDead([link.id], 700, 5)).toBe(1);
    expect(await readLink(links(), link.id)).toEqual({ ...link, marks: 1, nextAt: 700, lane: 'replay' });
    expect((await claimLinks(links(), { lane: 'replay', now: 700 })).map((each) => each.id)).toEqual([
      link.id,
    ]);
  });

  it.each([5, 6])('leaves alone what was replayed as often as it may be: %s times', async (replays) => {
    const link = await preparedLink(links(), 'contact/c-1', { dead: deadMark({ replays }) });
    expect(await links().wakeDead([link.id], 700, 5)).toBe(0);
    expect(await readLink(links(), link.id)).toEqual(link);
  });

  it('leaves alone what is not dead, what is due anyway and what is not there', async () => {
    const alive = await preparedLink(links(), 'contact/alive');
    const resting = await preparedLink(links(), 'contact/due', { dead: deadMark() });
    await links().markLook([lookMark('contact/due', { lane: 'sync', now: 900 })]);
    const later = await preparedLink(
      links(),
      'contact/later',
      { dead: deadMark() },
      { next: { kind: 'at', at: 9_000 } },
    );
    const due = await readLink(links(), resting.id);
    const ids = [alive.id, due.id, later.id, idOf('contact/absent')];
    expect(await links().wakeDead(ids, 700, 5)).toBe(0);
    expect(await links().wakeDead([], 700, 5)).toBe(0);
    expect(await links().read(ids)).toEqual(new Map([alive, due, later].map((link) => [link.id, link])));
  });

  it('leaves alone what has a newer change', async () => {
    const { id } = await preparedLink(links(), 'contact/c-1', { dead: deadMark() });
    await links().markWanted([wantedMark('contact/c-1', { wanted: 2, now: 600 })]);
    expect(await links().wakeDead([id], 700, 5)).toBe(0);
    expect(await readLink(links(), id)).toMatchObject({ lane: 'live', nextAt: 600, marks: 0 });
  });

  it('counts those that it woke, each once', async () => {
    const keys = AWKWARD_IDS.map((id) => recordKey('contact', id));
    for (const [index, key] of keys.entries()) {
      await preparedLink(links(), key, { dead: index % 2 === 0 ? deadMark() : null });
    }
    const ids = keys.map((key) => idOf(key));
    const dead = ids.filter((_, index) => index % 2 === 0);
    expect(await links().wakeDead(ids, 700, 5)).toBe(dead.length);
    const read = await links().read(ids);
    expect(ids.filter((id) => read.get(id)?.nextAt === 700)).toEqual(dead);
  });

  it('wakes a link once, however many wake it at once', async () => {
    const { id } = await preparedLink(links(), 'contact/c-1', { dead: deadMark() });
    const woken = await Promise.all(Array.from({ length: 12 }, () => links().wakeDead([id], 700, 5)));
    expect(woken.filter((count) => count === 1)).toHaveLength(1);
    expect((await readLink(links(), id)).marks).toBe(1);
  });
}
