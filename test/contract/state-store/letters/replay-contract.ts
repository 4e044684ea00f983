import { expect, it } from '@jest/globals';
import { ENDED_REPLAY_STATUSES, type Replay } from '../../../../src/domain/replay.ts';
import type { ReplayStore } from '../../../../src/state-store/dead-letter-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { replay } from '../../../support/builders.ts';
import { AWKWARD_IDS } from '../awkward-ids.ts';
import { walkPages } from '../walk-pages.ts';

const idsOf = (replays: readonly Replay[]): string[] => replays.map((each) => each.replayId);

export function replayContract(store: () => StateStore): void {
  const replays = (): ReplayStore => store().replays;
  const insert = async (...each: readonly Replay[]): Promise<void> => {
    for (const one of each) await replays().insert(one);
  };

  it('gives back every field', async () => {
    const full = replay('replay-1', {
      status: 'running',
      filter: { ids: ['a.b', '$c', '__proto__'], code: '$x', statuses: ['open', 'parked'], from: 0, to: 5 },
      startedAt: 2_000,
      cursor: '1000.$a.b',
      walkedAll: true,
      counts: {
        walked: 8,
        delivering: 1,
        delivered: 1,
        failedAgain: 1,
        decoded: 1,
        undecodable: 1,
        superseded: 1,
        parked: 2,
      },
    });
    await insert(full, replay('replay-2', { filter: {} }));
    expect(await replays().read('replay-1')).toEqual(full);
    expect(await replays().read('replay-2')).toEqual(replay('replay-2', { filter: {} }));
    expect(await replays().read('absent')).toBeNull();
  });

  it('keeps replays of awkward ids apart', async () => {
    await insert(...AWKWARD_IDS.map((id, index) => replay(id, { createdAt: index })));
    for (const [index, id] of AWKWARD_IDS.entries()) {
      expect((await replays().read(id))?.createdAt).toBe(index);
    }
  });

  it('replaces only over the revision that was read', async () => {
    await insert(replay('replay-1'));
    const begun = replay('replay-1', { status: 'running', startedAt: 2_000, revision: 2 });
    expect(await replays().replace(begun, 1)).toBe(true);
    expect(await replays().replace(replay('replay-1', { revision: 2 }), 1)).toBe(false);
    expect(await replays().replace(replay('absent', { revision: 2 }), 1)).toBe(false);
    expect(await replays().read('replay-1')).toEqual(begun);
    expect(await replays().read('absent')).toBeNull();
  });

  it('lets one of many who begin a plan at once do it', async () => {
    await insert(replay('replay-1'));
    const won = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        replays().replace(replay('replay-1', { status: 'running', startedAt: index, revision: 2 }), 1),
      ),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await replays().read('replay-1'))?.startedAt).toBe(won.indexOf(true));
  });

  it('lists those that are running, oldest first', async () => {
    await insert(
      replay('late', { status: 'running', createdAt: 3 }),
      replay('plan', { createdAt: 0 }),
      replay('early', { status: 'running', createdAt: 1 }),
      replay('ended', { status: 'completed', createdAt: 2 }),
      replay('begun', { createdAt: 2 }),
    );
    await replays().replace(replay('begun', { status: 'running', createdAt: 2, revision: 2 }), 1);
    expect(idsOf(await replays().listRunning(10))).toEqual(['early', 'begun', 'late']);
    expect(idsOf(await replays().listRunning(2))).toEqual(['early', 'begun']);
    await replays().replace(replay('early', { status: 'cancelled', createdAt: 1, revision: 2 }), 1);
    expect(idsOf(await replays().listRunning(10))).toEqual(['begun', 'late']);
  });

  it('lists newest first and in pages, plans that were never begun left out', async () => {
    const created = [300, 100, 300, 200, 500, 300];
    await insert(
      ...created.map((createdAt, index) =>
        replay(`replay-${String(index)}`, { createdAt, status: index % 2 === 0 ? 'running' : 'cancelled' }),
      ),
      replay('plan', { createdAt: 400 }),
    );
    for (const limit of [1, 2, 4, 6]) {
      const walked = await walkPages((cursor, most) => replays().list(cursor, most), limit);
      expect(walked.map((each) => each.createdAt)).toEqual([500, 300, 300, 300, 200, 100]);
      expect(new Set(idsOf(walked)).size).toBe(6);
      expect(idsOf(walked)).not.toContain('plan');
    }
  });

  it('lists none where there are plans only', async () => {
    await insert(replay('plan'));
    expect(await replays().list(null, 10)).toEqual({ items: [], nextCursor: null });
  });

  it('drops plans that expired and replays that ended before a time, and no others', async () => {
    await insert(
      replay('expired', { expiresAt: 999 }),
      replay('plan', { expiresAt: 1_000 }),
      replay('running', { status: 'running', expiresAt: 1, createdAt: 1 }),
      ...ENDED_REPLAY_STATUSES.flatMap((status) => [
        replay(`${status}-before`, { status, expiresAt: 1, finishedAt: 999 }),
        replay(`${status}-after`, { status, expiresAt: 1, finishedAt: 1_000 }),
      ]),
    );
    expect(await replays().prune(1_000)).toBe(1 + ENDED_REPLAY_STATUSES.length);
    expect(await replays().prune(1_000)).toBe(0);
    expect(await replays().read('expired')).toBeNull();
    for (const kept of ['plan', 'running', ...ENDED_REPLAY_STATUSES.map((status) => `${status}-after`)]) {
      expect(await replays().read(kept)).not.toBeNull();
    }
    for (const status of ENDED_REPLAY_STATUSES) {
      expect(await replays().read(`${status}-before`)).toBeNull();
    }
  });
}
