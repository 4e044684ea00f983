import { describe, expect, it } from '@jest/globals';
import type { DeadLetter } from '../../../../src/domain/dead-letter.ts';
import type { DeadLetterStore } from '../../../../src/state-store/dead-letter-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { deadDelivery, deadLetter } from '../../../support/builders.ts';
import { AWKWARD_IDS, ascending } from '../awkward-ids.ts';
import { deadLetterFilterContract } from './dead-letter-filter-contract.ts';
import { walkPages } from '../walk-pages.ts';

/** `l-1`, `l-2`, … each with an id of its own. */
const letter = (number: number, over: Partial<DeadLetter> = {}): DeadLetter =>
  deadLetter({ id: `l-${String(number)}`, ...over });

export function deadLetterContract(store: () => StateStore): void {
  const letters = (): DeadLetterStore => store().deadLetters;

  describe('put', () => putContract(letters));
  describe('list', () => listContract(letters));
  describe('filters and groups', () => deadLetterFilterContract(letters));
  describe('changes', () => changeContract(letters));
  describe('prune', () => pruneContract(letters));
}

function putContract(letters: () => DeadLetterStore): void {
  it('gives back every field of an event that can’t be read, its bytes as they came', async () => {
    const full = letter(1, {
      source: { topic: 'zena.deal.changes', partition: 11, offset: '9223372036854775807' },
      key: new Uint8Array([0, 255, 10]),
      value: new Uint8Array([0, 0, 0, 0, 7, 254]),
      entity: 'deal',
      entityId: null,
      detail: 'Søren’s "bytes" 家\u0000',
      attempts: 3,
      replays: 2,
      firstFailedAt: 5,
      status: 'parked',
    });
    await letters().put([full]);
    expect(await letters().read('l-1')).toEqual(full);
    expect(await letters().read('absent')).toBeNull();
  });

  it('gives back every field of a delivery', async () => {
    const full = deadDelivery('contact/a.b/$c', {
      fields: [
        { field: '__proto__', message: '$bad' },
        { field: 'a.b', message: 'too long' },
      ],
      attempts: 2 ** 40,
    });
    await letters().put([full]);
    expect(await letters().read(full.id)).toEqual(full);
  });

  it('tells no bytes from none', async () => {
    const empty = letter(1, { key: new Uint8Array(0), value: new Uint8Array(0) });
    const none = letter(2, { key: null, value: null, source: null });
    await letters().put([empty, none]);
    expect(await letters().read('l-1')).toEqual(empty);
    expect(await letters().read('l-2')).toEqual(none);
  });

  it('takes a large value and keeps it out of lists', async () => {
    const large = letter(1, { value: new Uint8Array(5 * 1024 * 1024).fill(7) });
    await letters().put([large]);
    expect(
      Buffer.compare(
        (await letters().read('l-1'))?.value ?? new Uint8Array(),
        large.value ?? new Uint8Array(),
      ),
    ).toBe(0);
    expect((await letters().list({}, null, 10)).items).toEqual([{ ...large, value: null }]);
  });

  it('keeps an event’s letter as it was first put, however often it comes', async () => {
    const first = letter(1, { status: 'discarded' });
    await letters().put([first]);
    await letters().put([letter(1, { failedAt: 9_000, code: 'OTHER' }), letter(2)]);
    await letters().put([]);
    expect(await letters().read('l-1')).toEqual(first);
    expect(await letters().count({})).toBe(2);
  });

  it('replaces a delivery’s letter by one that failed later, and keeps when it first failed', async () => {
    const first = deadDelivery('contact/c-1', { failedAt: 1_000 });
    const later = deadDelivery('contact/c-1', {
      failedAt: 2_000,
      code: 'GONE_AGAIN',
      replays: 1,
      attempts: 4,
    });
    await letters().put([first]);
    await letters().put([later]);
    expect(await letters().read(first.id)).toEqual({ ...later, firstFailedAt: 1_000 });
    expect(await letters().count({})).toBe(1);
    expect(await letters().count({ code: 'GONE_AGAIN', from: 2_000 })).toBe(1);
  });

  it.each([
    ['as late', 2_000],
    ['earlier', 1_000],
  ])('leaves a delivery’s letter alone where another comes that failed %s', async (_, failedAt) => {
    const stands = deadDelivery('contact/c-1', { failedAt: 2_000, status: 'resolved' });
    await letters().put([stands]);
    await letters().put([deadDelivery('contact/c-1', { failedAt, code: 'OTHER' })]);
    expect(await letters().read(stands.id)).toEqual(stands);
  });

  it('keeps the latest of several in one call, and of many calls at once', async () => {
    const failed = (failedAt: number): DeadLetter =>
      deadDelivery('contact/c-1', { failedAt, firstFailedAt: 1 });
    await letters().put([failed(3), failed(7), failed(5)]);
    const { id } = failed(1);
    expect((await letters().read(id))?.failedAt).toBe(7);
    const times = Array.from({ length: 20 }, (_, index) => 10 + ((index * 7) % 20));
    await Promise.all(times.map((at) => letters().put([failed(at), letter(1)])));
    expect(await letters().read(id)).toEqual(failed(29));
    expect(await letters().count({})).toBe(2);
  });
}

function listContract(letters: () => DeadLetterStore): void {
  const idsOf = (items: readonly DeadLetter[]): string[] => items.map((item) => item.id);
  const walk = async (limit: number, between?: () => Promise<void>): Promise<string[]> =>
    idsOf(await walkPages((cursor, most) => letters().list({}, cursor, most), limit, between));

  it('gives nothing of an empty index', async () => {
    expect(await letters().list({}, null, 10)).toEqual({ items: [], nextCursor: null });
    expect(await letters().groups({})).toEqual([]);
    expect(await letters().count({})).toBe(0);
  });

  it('has no further page where the last is full', async () => {
    await letters().put([letter(1), letter(2)]);
    expect((await letters().list({}, null, 2)).nextCursor).toBeNull();
  });

  it('gives the latest failure first and equal times by id, in pages of any size', async () => {
    const put = AWKWARD_IDS.map((id, index) => deadLetter({ id, failedAt: 1_000 + (index % 3) }));
    await letters().put(put);
    const of = (at: number): string[] =>
      ascending(put.filter((each) => each.failedAt === at).map((each) => each.id));
    const ordered = [...of(1_002), ...of(1_001), ...of(1_000)];
    for (const limit of [1, 4, 100]) expect(await walk(limit)).toEqual(ordered);
  });

  it('neither repeats nor skips what was there all along while letters come and go', async () => {
    await letters().put(Array.from({ length: 12 }, (_, index) => letter(100 + index, { failedAt: 1_000 })));
    let turn = 0;
    const walked = await walk(3, async () => {
      turn += 1;
      await letters().put([
        letter(turn, { failedAt: 5_000 + turn }),
        letter(200 + turn, { failedAt: turn > 3 ? 9_000 : 10 }),
      ]);
      await letters().prune(10);
    });
    expect(new Set(walked).size).toBe(walked.length);
    const all = Array.from({ length: 12 }, (_, index) => `l-${String(100 + index)}`);
    expect(walked.filter((id) => /^l-1\d\d$/.test(id))).toEqual(all);
  });

  it('goes on after a letter that is gone', async () => {
    await letters().put([letter(1, { failedAt: 3 }), letter(2, { failedAt: 2 }), letter(3, { failedAt: 1 })]);
    const { nextCursor } = await letters().list({}, null, 2);
    await letters().put([]);
    expect(await letters().prune(2)).toBe(1);
    await letters().put([letter(4, { failedAt: 1 })]);
    expect(idsOf((await letters().list({}, nextCursor, 2)).items)).toEqual(['l-4']);
  });
}

function changeContract(letters: () => DeadLetterStore): void {
  it('moves the letters that are in one of the given states, and says how many', async () => {
    await letters().put([
      letter(1),
      letter(2, { status: 'parked' }),
      letter(3, { status: 'resolved' }),
      letter(4),
    ]);
    const moved = await letters().setStatus(['l-1', 'l-2', 'l-3', 'absent'], ['open', 'parked'], 'discarded');
    expect(moved).toBe(2);
    const statuses = await Promise.all([1, 2, 3, 4].map((id) => letters().read(`l-${String(id)}`)));
    expect(statuses.map((each) => each?.status)).toEqual(['discarded', 'discarded', 'resolved', 'open']);
    expect(await letters().read('l-1')).toEqual(letter(1, { status: 'discarded' }));
    expect(await letters().setStatus(['l-1'], ['open'], 'resolved')).toBe(0);
    expect(await letters().setStatus([], ['open'], 'resolved')).toBe(0);
    expect(await letters().setStatus(['l-4'], [], 'resolved')).toBe(0);
  });

  it('lets one of many who move a letter at once do it', async () => {
    await letters().put([letter(1)]);
    const moved = await Promise.all(
      Array.from({ length: 10 }, () => letters().setStatus(['l-1'], ['open'], 'discarded')),
    );
    expect(moved.filter((count) => count === 1)).toHaveLength(1);
    expect(moved.reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  it('replaces a letter that stands as expected, whole', async () => {
    await letters().put([letter(1)]);
    const next = letter(1, {
      replays: 1,
      code: 'KEY_MISMATCH',
      failedAt: 3_000,
      firstFailedAt: 900,
      value: null,
    });
    expect(await letters().replace(next, { replays: 0, status: 'open' })).toBe(true);
    expect(await letters().read('l-1')).toEqual(next);
    expect(await letters().count({ code: 'KEY_MISMATCH' })).toBe(1);
  });

  it.each([
    ['was replayed meanwhile', { replays: 1, status: 'open' as const }],
    ['was moved meanwhile', { replays: 0, status: 'discarded' as const }],
  ])('replaces no letter that %s', async (_, now) => {
    const stands = letter(1, now);
    await letters().put([stands]);
    expect(await letters().replace(letter(1, { code: 'OTHER' }), { replays: 0, status: 'open' })).toBe(false);
    expect(await letters().read('l-1')).toEqual(stands);
  });

  it('makes no letter by replacing one', async () => {
    expect(await letters().replace(letter(1), { replays: 0, status: 'open' })).toBe(false);
    expect(await letters().read('l-1')).toBeNull();
  });

  it('lets one of many replacements count', async () => {
    await letters().put([letter(1)]);
    const won = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        letters().replace(letter(1, { replays: 1, attempts: index }), { replays: 0, status: 'open' }),
      ),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await letters().read('l-1'))?.attempts).toBe(won.indexOf(true));
  });
}

function pruneContract(letters: () => DeadLetterStore): void {
  it('drops those whose latest failure was before a time, and no others', async () => {
    await letters().put([
      letter(1, { failedAt: 1_999 }),
      letter(2, { failedAt: 2_000, firstFailedAt: 1 }),
      letter(3, { failedAt: 10, status: 'resolved' }),
    ]);
    expect(await letters().prune(2_000)).toBe(2);
    expect(await letters().prune(2_000)).toBe(0);
    expect((await letters().list({}, null, 10)).items.map((each) => each.id)).toEqual(['l-2']);
  });

  it('drops many at once', async () => {
    await letters().put(Array.from({ length: 1_234 }, (_, index) => letter(index, { failedAt: index })));
    expect(await letters().prune(1_200)).toBe(1_200);
    expect(await letters().count({})).toBe(34);
  });
}
