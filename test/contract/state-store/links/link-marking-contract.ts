import { describe, expect, it } from '@jest/globals';
import { recordKey } from '../../../../src/domain/entity.ts';
import { newLink } from '../../../../src/domain/link.ts';
import type { LinkStore } from '../../../../src/state-store/link-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { CONNECTION_ID, SCOPE, USER, lookMark, wantedMark } from '../../../support/builders.ts';
import { AWKWARD_IDS } from '../awkward-ids.ts';
import { claimLinks, idOf, preparedLink, readLink, settle } from './link-steps.ts';

export function linkMarkingContract(store: () => StateStore): void {
  const links = (): LinkStore => store().links;

  describe('markWanted', () => markWantedContract(links));
  describe('markLook', () => markLookContract(links));
  describe('wake', () => wakeContract(links));

  it('reads only the links that exist', async () => {
    await links().markWanted([wantedMark('contact/c-1')]);
    const read = await links().read([idOf('contact/c-1'), idOf('contact/c-2')]);
    expect([...read.keys()]).toEqual([idOf('contact/c-1')]);
    expect(await links().read([])).toEqual(new Map());
  });

  it('keeps links of awkward ids apart', async () => {
    await links().markWanted(
      AWKWARD_IDS.map((id, index) => wantedMark(recordKey('contact', id), { wanted: index + 1 })),
    );
    const ids = AWKWARD_IDS.map((id) => idOf(recordKey('contact', id)));
    const read = await links().read(ids);
    expect(ids.map((id) => read.get(id)?.wanted)).toEqual(AWKWARD_IDS.map((_, index) => index + 1));
    expect(ids.map((id) => read.get(id)?.entityId)).toEqual([...AWKWARD_IDS]);
  });
}

function markWantedContract(links: () => LinkStore): void {
  it('creates an absent link, due now and live', async () => {
    await links().markWanted([wantedMark('contact/c-1', { wanted: 3, now: 500 })]);
    expect(await readLink(links(), idOf('contact/c-1'))).toEqual({
      ...newLink(SCOPE, CONNECTION_ID, USER, 'contact/c-1'),
      wanted: 3,
      nextAt: 500,
      dirtySince: 500,
      lane: 'live',
    });
  });

  it('changes nothing at an equal or lower revision', async () => {
    const before = await preparedLink(links(), 'contact/c-1', {}, { wanted: 3 });
    await links().markWanted([
      wantedMark('contact/c-1', { wanted: 3, now: 900 }),
      wantedMark('contact/c-1', { wanted: 2, now: 900 }),
    ]);
    expect(await readLink(links(), before.id)).toEqual(before);
  });

  it('makes a resting link due at a higher revision and leaves the holder’s fields alone', async () => {
    const patch = {
      notBefore: 9_000,
      quietUntil: 8_000,
      attempts: 2,
      remote: { id: 'r-1', version: 'v', origin: 'created' as const },
      journal: 4,
    };
    const before = await preparedLink(links(), 'contact/c-1', patch);
    await links().markWanted([wantedMark('contact/c-1', { wanted: 2, now: 900 })]);
    expect(await readLink(links(), before.id)).toEqual({
      ...before,
      wanted: 2,
      nextAt: 900,
      dirtySince: 900,
      lane: 'live',
    });
  });

  it('keeps the oldest undelivered change’s time and the place in the queue', async () => {
    await links().markWanted([wantedMark('contact/c-1', { wanted: 1, now: 500 })]);
    await links().markWanted([wantedMark('contact/c-1', { wanted: 2, now: 900 })]);
    const link = await readLink(links(), idOf('contact/c-1'));
    expect(link).toMatchObject({ wanted: 2, dirtySince: 500, nextAt: 500 });
  });

  it('brings forward a link that was to be looked at later', async () => {
    const link = await preparedLink(links(), 'contact/c-1', {}, { next: { kind: 'at', at: 5_000 } });
    await links().markWanted([wantedMark('contact/c-1', { wanted: 2, now: 900 })]);
    expect(await readLink(links(), link.id)).toMatchObject({ nextAt: 900, lane: 'live', dirtySince: 1 });
  });

  it('gives a turn that is earlier than its time, also to a link that is due', async () => {
    const [ahead, due] = [idOf('contact/c-1'), idOf('contact/c-2')];
    await links().markWanted([
      wantedMark('contact/c-1', { now: 500, turn: 100 }),
      wantedMark('contact/c-2', { now: 400 }),
    ]);
    expect(await readLink(links(), ahead)).toMatchObject({ nextAt: 100, dirtySince: 500 });
    expect((await claimLinks(links(), { now: 600, limit: 1 })).map(({ id }) => id)).toEqual([ahead]);
    await links().markWanted([wantedMark('contact/c-2', { wanted: 2, now: 500, turn: 100 })]);
    expect(await readLink(links(), due)).toMatchObject({ nextAt: 100, dirtySince: 400, wanted: 2 });
    await links().markWanted([wantedMark('contact/c-2', { wanted: 3, now: 600 })]);
    expect(await readLink(links(), due)).toMatchObject({ nextAt: 100, dirtySince: 400, wanted: 3 });
  });

  it('moves a link of a less urgent lane to live', async () => {
    await links().markLook([lookMark('contact/c-1', { lane: 'sync', now: 500 })]);
    await links().markWanted([wantedMark('contact/c-1', { now: 900 })]);
    expect(await readLink(links(), idOf('contact/c-1'))).toMatchObject({
      lane: 'live',
      nextAt: 500,
      dirtySince: 900,
    });
  });

  it('marks a thousand links at once, each at its own revision', async () => {
    const marks = Array.from({ length: 1_000 }, (_, index) =>
      wantedMark(`contact/c-${String(index)}`, { wanted: index + 1 }),
    );
    await links().markWanted(marks);
    await links().markWanted([]);
    const read = await links().read(marks.map((mark) => idOf(mark.key)));
    expect(read.size).toBe(1_000);
    expect(read.get(idOf('contact/c-999'))?.wanted).toBe(1_000);
  });

  it('ends at the highest revision however many mark it at once', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        links().markWanted([wantedMark('contact/c-1', { wanted: ((index * 7) % 20) + 1 })]),
      ),
    );
    expect((await readLink(links(), idOf('contact/c-1'))).wanted).toBe(20);
  });
}

function markLookContract(links: () => LinkStore): void {
  it('creates an absent link with nothing wanted', async () => {
    await links().markLook([lookMark('deal/d-1', { lane: 'sync', now: 500, runId: 'run-1' })]);
    expect(await readLink(links(), idOf('deal/d-1'))).toEqual({
      ...newLink(SCOPE, CONNECTION_ID, USER, 'deal/d-1'),
      marks: 1,
      nextAt: 500,
      lane: 'sync',
      run: { id: 'run-1', result: null },
    });
  });

  it('raises the marks each time and keeps the earlier time', async () => {
    await links().markLook([lookMark('contact/c-1', { now: 500 })]);
    await links().markLook([lookMark('contact/c-1', { now: 900 }), lookMark('contact/c-1', { now: 400 })]);
    expect(await readLink(links(), idOf('contact/c-1'))).toMatchObject({ marks: 3, nextAt: 400, wanted: 0 });
  });

  it('gives a resting link the mark’s lane', async () => {
    const link = await preparedLink(links(), 'contact/c-1');
    await links().markLook([lookMark('contact/c-1', { lane: 'replay', now: 700 })]);
    expect(await readLink(links(), link.id)).toEqual({ ...link, marks: 1, nextAt: 700, lane: 'replay' });
  });

  it.each([
    ['live', 'sync', 'live'],
    ['live', 'live', 'live'],
    ['retry', 'replay', 'retry'],
    ['replay', 'retry', 'retry'],
    ['sync', 'replay', 'replay'],
    ['sync', 'live', 'live'],
  ] as const)('a link due on %s that is marked on %s is on %s', async (first, second, then) => {
    await links().markLook([lookMark('contact/c-1', { lane: first, now: 500 })]);
    await links().markLook([lookMark('contact/c-1', { lane: second, now: 600 })]);
    expect((await readLink(links(), idOf('contact/c-1'))).lane).toBe(then);
  });

  it('counts as no undelivered change', async () => {
    await links().markLook([lookMark('contact/c-1')]);
    expect((await readLink(links(), idOf('contact/c-1'))).dirtySince).toBeNull();
  });

  it('sets the run once, keeps its result, and lets a later run take over', async () => {
    await links().markLook([lookMark('contact/c-1', { runId: 'run-1' })]);
    const [held] = await claimLinks(links());
    await settle(
      links(),
      held ?? (await readLink(links(), idOf('contact/c-1'))),
      { kind: 'rest' },
      {
        runResult: { id: 'run-1', result: 'updated' },
      },
    );
    await links().markLook([lookMark('contact/c-1', { runId: 'run-1' })]);
    expect(await readLink(links(), idOf('contact/c-1'))).toMatchObject({
      run: { id: 'run-1', result: 'updated' },
      marks: 2,
    });
    await links().markLook([lookMark('contact/c-1')]);
    expect((await readLink(links(), idOf('contact/c-1'))).run).toEqual({ id: 'run-1', result: 'updated' });
    await links().markLook([lookMark('contact/c-1', { runId: 'run-2' })]);
    expect((await readLink(links(), idOf('contact/c-1'))).run).toEqual({ id: 'run-2', result: null });
  });

  it('clears the back-off, and what led to it, only where a person asked, and never the quiet time', async () => {
    const link = await preparedLink(links(), 'contact/c-1', {
      notBefore: 9_000,
      quietUntil: 8_000,
      attempts: 2,
    });
    await links().markLook([lookMark('contact/c-1')]);
    expect(await readLink(links(), link.id)).toMatchObject({ notBefore: 9_000, attempts: 2 });
    await links().markLook([lookMark('contact/c-1', { skipBackOff: true })]);
    expect(await readLink(links(), link.id)).toMatchObject({
      notBefore: null,
      quietUntil: 8_000,
      attempts: 0,
    });
    await links().markLook([lookMark('contact/c-2', { skipBackOff: true })]);
    expect(await readLink(links(), idOf('contact/c-2'))).toMatchObject({ notBefore: null, attempts: 0 });
  });

  it('loses no mark of many at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => links().markLook([lookMark('contact/c-1')])));
    expect((await readLink(links(), idOf('contact/c-1'))).marks).toBe(20);
  });
}

function wakeContract(links: () => LinkStore): void {
  it('makes existing links due on the lane live and creates none', async () => {
    const link = await preparedLink(links(), 'contact/c-1', { notBefore: 9_000 });
    await links().wake([link.id, idOf('contact/absent')], 700);
    await links().wake([], 700);
    expect(await readLink(links(), link.id)).toEqual({ ...link, marks: 1, nextAt: 700, lane: 'live' });
    expect(await links().read([idOf('contact/absent')])).toEqual(new Map());
  });

  it('keeps an earlier time and the run', async () => {
    await links().markLook([lookMark('contact/c-1', { lane: 'sync', now: 500, runId: 'run-1' })]);
    await links().wake([idOf('contact/c-1')], 700);
    expect(await readLink(links(), idOf('contact/c-1'))).toMatchObject({
      marks: 2,
      nextAt: 500,
      lane: 'live',
      run: { id: 'run-1', result: null },
    });
  });
}
