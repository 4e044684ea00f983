import { describe, expect, it } from '@jest/globals';
import { connectionOfScope, type Scope } from '../../../../src/domain/connection.ts';
import type { RecordKey } from '../../../../src/domain/entity.ts';
import type { Lane, RunResult } from '../../../../src/domain/link.ts';
import type { RunMotion } from '../../../../src/domain/run.ts';
import type { LinkPatch, LinkStore, NextLook } from '../../../../src/state-store/link-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import {
  SCOPE,
  deadDelivery,
  deadMark,
  lookMark,
  timelineEntry,
  wantedMark,
} from '../../../support/builders.ts';
import { claimLinks, idOf, preparedLink, readLink, settle } from './link-steps.ts';

const OTHER: Scope = 'conn-2.0a1b2c3d4e5f';

export function linkWorkContract(store: () => StateStore): void {
  const links = (): LinkStore => store().links;

  it('drops the waiting work of a scope and keeps what is known', async () => {
    const remote = { id: 'r-1', version: null, origin: 'created' as const };
    const resting = await preparedLink(links(), 'contact/c-1', { remote });
    await preparedLink(links(), 'contact/c-2', { remote, notBefore: 9_000, attempts: 2 });
    await links().markLook([lookMark('contact/c-2', { runId: 'run-1' }), lookMark('contact/c-3')]);
    await links().markWanted([
      wantedMark('contact/c-2', { wanted: 2 }),
      wantedMark('contact/c-1', { scope: OTHER }),
    ]);
    const before = await readLink(links(), idOf('contact/c-2'));
    const elsewhere = await readLink(links(), idOf('contact/c-1', OTHER));

    expect(await links().dropWork(SCOPE)).toBe(2);

    expect(await readLink(links(), resting.id)).toEqual(resting);
    expect(await readLink(links(), before.id)).toEqual({
      ...before,
      nextAt: null,
      notBefore: null,
      run: null,
      dirtySince: null,
    });
    expect(await readLink(links(), elsewhere.id)).toEqual(elsewhere);
    expect(await links().dueScopes(99_999, 10)).toEqual([OTHER]);
    expect(await links().dropWork(SCOPE)).toBe(0);
  });

  it('is due again by the next change after its work was dropped', async () => {
    await links().markWanted([wantedMark('contact/c-1', { now: 500 })]);
    await links().dropWork(SCOPE);
    await links().markWanted([wantedMark('contact/c-1', { wanted: 2, now: 900 })]);
    expect(await readLink(links(), idOf('contact/c-1'))).toMatchObject({ nextAt: 900, dirtySince: 900 });
  });

  it('drops of a cancelled run only what is still to do for it alone', async () => {
    const mark = (id: string, runId: string, lane: Lane = 'sync'): Promise<void> =>
      links().markLook([lookMark(`contact/${id}`, { lane, runId })]);
    await mark('done', 'run-1');
    const [done] = await claimLinks(links(), { lane: 'sync' });
    if (done === undefined) throw new Error('nothing was claimed');
    await settle(
      links(),
      done,
      { kind: 'at', at: 5_000 },
      { runResult: { id: 'run-1', result: 'retrying' } },
    );
    await mark('open', 'run-1');
    await mark('changed', 'run-1');
    await links().markWanted([wantedMark('contact/changed')]);
    await mark('other', 'run-2');
    await mark('replayed', 'run-1', 'replay');

    expect(await links().dropRun('run-1')).toBe(2);

    const nextAt = async (id: string): Promise<number | null> =>
      (await readLink(links(), idOf(`contact/${id}`))).nextAt;
    expect(await nextAt('open')).toBeNull();
    expect(await nextAt('replayed')).toBeNull();
    expect(await nextAt('done')).toBe(5_000);
    expect(await nextAt('changed')).toBe(1_000);
    expect(await nextAt('other')).toBe(1_000);
  });

  describe('what moves of a run', () => {
    const run = { runId: 'run-1', scope: SCOPE };
    const motion = (now: number) => links().runMotion(run, now);
    /** A link that carries the run, was claimed, and was settled with this. */
    const carrying = async (patch: LinkPatch, next: NextLook): Promise<void> => {
      await links().markLook([lookMark('contact/c-1', { runId: 'run-1', now: 1_000 })]);
      const [link] = await claimLinks(links());
      if (link !== undefined) await settle(links(), link, next, patch);
    };
    const ended = (result: RunResult): LinkPatch => ({ runResult: { id: 'run-1', result } });

    it('is nothing where no link carries it', async () => {
      await links().markLook([lookMark('contact/c-1', { runId: 'run-2' })]);
      expect(await motion(1_000)).toBe('none');
    });

    it('is what is due, or claimed, and was not tried', async () => {
      await links().markLook([lookMark('contact/c-1', { runId: 'run-1', lane: 'sync' })]);
      expect(await motion(1_000)).toBe('now');
      await claimLinks(links(), { lane: 'sync' });
      expect(await motion(1_000)).toBe('now');
    });

    it.each<[string, LinkPatch, NextLook, number, RunMotion]>([
      ['waits out', { quietUntil: 5_000 }, { kind: 'keep' }, 2_000, 'now'],
      ['backs off untried', { notBefore: 5_000 }, { kind: 'back_off' }, 2_000, 'later'],
      ['backed off untried', { notBefore: 5_000 }, { kind: 'back_off' }, 5_000, 'now'],
      ['waits for a reference', { waitingSince: 1_000 }, { kind: 'at', at: 5_000 }, 2_000, 'none'],
      ['waited for a reference', { waitingSince: 1_000 }, { kind: 'at', at: 5_000 }, 5_000, 'now'],
      ['was tried', { notBefore: 5_000, ...ended('retrying') }, { kind: 'back_off' }, 2_000, 'none'],
      ['is tried again', { notBefore: 5_000, ...ended('retrying') }, { kind: 'back_off' }, 5_000, 'none'],
      ['waits for a twin', { quietUntil: 5_000, ...ended('retrying') }, { kind: 'keep' }, 5_000, 'now'],
      ['was delivered', ended('created'), { kind: 'rest' }, 2_000, 'none'],
      ['must wake others', { wake: true, ...ended('created') }, { kind: 'rest' }, 2_000, 'now'],
      ['was delivered and changed', ended('updated'), { kind: 'keep' }, 2_000, 'none'],
      ['was equal and was stirred', ended('unchanged'), { kind: 'keep' }, 2_000, 'now'],
      ['was given up', ended('failed'), { kind: 'keep' }, 2_000, 'none'],
    ])('of a link that %s', async (_, patch, next, now, expected) => {
      await carrying(patch, next);
      expect(await motion(now)).toBe(expected);
    });
  });

  it('counts a run’s links by kind and result', async () => {
    const keys = ['contact/c-1', 'contact/c-2', 'contact/c-3', 'deal/d-1'] as const;
    await links().markLook(keys.map((key) => lookMark(key, { runId: 'run-1', lane: 'sync' })));
    await links().markLook([lookMark('contact/c-4', { runId: 'run-2', lane: 'sync' })]);
    for (const link of await claimLinks(links(), { lane: 'sync' })) {
      if (link.key === 'contact/c-3') continue;
      const result = link.kind === 'deal' ? 'failed' : 'created';
      await settle(links(), link, { kind: 'rest' }, { runResult: { id: 'run-1', result } });
    }
    const counted = await links().countRun('run-1');
    expect(counted).toHaveLength(3);
    expect(counted).toEqual(
      expect.arrayContaining([
        { kind: 'contact', result: 'created', count: 2 },
        { kind: 'contact', result: null, count: 1 },
        { kind: 'deal', result: 'failed', count: 1 },
      ]),
    );
    expect(await links().countRun('absent')).toEqual([]);
  });

  it('drops what the CRM said of fields in its own words, of a scope’s timelines, links and dead letters', async () => {
    const remote = { id: 'r-1', version: null, origin: 'created' as const };
    const said = [{ field: 'email', message: 'is taken by somebody' }];
    // More than are gone through at a time.
    const keys = Array.from({ length: 120 }, (_, at): RecordKey => `contact/c-${at}`);
    for (const scope of [SCOPE, OTHER]) {
      const connectionId = connectionOfScope(scope);
      const of = scope === SCOPE ? keys : keys.slice(0, 1);
      for (const key of of.slice(0, 2)) {
        await preparedLink(links(), key, { dead: deadMark({ fields: said }), remote }, { scope });
      }
      await links().markWanted(of.slice(2).map((key) => wantedMark(key, { scope })));
      await store().timeline.append(of.map((key) => timelineEntry(idOf(key, scope), 0, { errors: said })));
      const letter = deadDelivery('contact/c-0', { id: `l-${connectionId}`, fields: said });
      const delivery = letter.delivery && { ...letter.delivery, scope, connectionId };
      await store().deadLetters.put([{ ...letter, delivery }]);
    }
    const wordsOf = async (scope: Scope, key: RecordKey) => {
      const [entry] = (await store().timeline.ofLink(idOf(key, scope), null, 10)).items;
      const letter = await store().deadLetters.read(`l-${connectionOfScope(scope)}`);
      return [entry?.errors, (await readLink(links(), idOf(key, scope))).dead?.fields, letter?.fields];
    };
    const before = await readLink(links(), idOf('contact/c-0'));
    expect(await links().dropWords(SCOPE)).toBe(123);
    expect(await links().dropWords(SCOPE)).toBe(0);
    expect(await wordsOf(SCOPE, 'contact/c-0')).toEqual([[], [], []]);
    for (const key of keys) expect((await wordsOf(SCOPE, key))[0]).toEqual([]);
    expect(await wordsOf(OTHER, 'contact/c-0')).toEqual([said, said, said]);
    expect(await readLink(links(), idOf('contact/c-0'))).toEqual({
      ...before,
      dead: { ...before.dead, fields: [] },
    });
  });

  it('forgets a scope: its links and their timelines, no other’s', async () => {
    for (const scope of [SCOPE, OTHER]) {
      await links().markWanted([wantedMark('contact/c-1', { scope }), wantedMark('contact/c-2', { scope })]);
      await store().timeline.append([timelineEntry(idOf('contact/c-1', scope), 0)]);
    }
    expect(await links().forget(SCOPE)).toBe(2);
    expect(await links().forget(SCOPE)).toBe(0);
    expect(await links().read([idOf('contact/c-1')])).toEqual(new Map());
    expect((await store().timeline.ofLink(idOf('contact/c-1'), null, 10)).items).toEqual([]);
    expect((await links().read([idOf('contact/c-1', OTHER)])).size).toBe(1);
    expect((await store().timeline.ofLink(idOf('contact/c-1', OTHER), null, 10)).items).toHaveLength(1);
    expect((await store().timeline.ofUser('user-1', null, 10)).length).toBe(1);
  });

  it('forgets no scope whose name only begins alike', async () => {
    const longer: Scope = `${SCOPE}0`;
    await links().markWanted([wantedMark('contact/c-1', { scope: longer })]);
    await store().timeline.append([timelineEntry(idOf('contact/c-1', longer), 0)]);
    expect(await links().forget(SCOPE)).toBe(0);
    expect((await store().timeline.ofLink(idOf('contact/c-1', longer), null, 10)).items).toHaveLength(1);
  });
}
