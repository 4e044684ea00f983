import { expect, it } from '@jest/globals';
import type {
  IdempotencyStore,
  KeptAnswer,
  KeyClaim,
} from '../../../../src/state-store/idempotency-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { AWKWARD_IDS } from '../awkward-ids.ts';

const ANSWER: KeptAnswer = {
  status: 202,
  headers: { 'content-type': 'application/json', location: '/api/x/%24a.b' },
  body: '{"$set":"é\\u0000","__proto__":1}',
};

const claimOf = (over: Partial<KeyClaim> = {}): KeyClaim => ({
  key: 'key-1',
  userId: 'user-1',
  fingerprint: 'f-1',
  token: 't-1',
  now: 1_000,
  until: 2_000,
  ...over,
});

export function idempotencyContract(store: () => StateStore): void {
  const keys = (): IdempotencyStore => store().idempotency;

  it('gives a key to who comes first, and says to others that it is at work', async () => {
    expect(await keys().claim(claimOf())).toBeNull();
    const other = await keys().claim(claimOf({ token: 't-2', fingerprint: 'f-2' }));
    expect(other).toEqual({ fingerprint: 'f-1', answer: null });
    expect(await keys().claim(claimOf({ key: 'key-2', token: 't-3' }))).toBeNull();
  });

  it('gives a key to one of many who ask at once', async () => {
    const asked = await Promise.all(
      Array.from({ length: 12 }, (_, index) => keys().claim(claimOf({ token: `t-${String(index)}` }))),
    );
    expect(asked.filter((each) => each === null)).toHaveLength(1);
    // Of many who take over a dead one's, too.
    const later = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        keys().claim(claimOf({ token: `u-${String(index)}`, now: 2_000, until: 3_000 })),
      ),
    );
    expect(later.filter((each) => each === null)).toHaveLength(1);
  });

  it('keeps an answer as it is until its time is over', async () => {
    await keys().claim(claimOf());
    expect(await keys().complete('key-1', 't-1', ANSWER, 9_000)).toBe(true);
    const again = claimOf({ token: 't-2', now: 8_999, until: 10_000 });
    expect(await keys().claim(again)).toEqual({ fingerprint: 'f-1', answer: ANSWER });
    expect(await keys().claim({ ...again, now: 9_000, fingerprint: 'f-2' })).toBeNull();
    expect(await keys().claim({ ...again, now: 9_001, token: 't-3' })).toEqual({
      fingerprint: 'f-2',
      answer: null,
    });
  });

  it('frees the key of a claim whose time is over, and takes nothing more from that one', async () => {
    await keys().claim(claimOf());
    expect(await keys().claim(claimOf({ token: 't-2', now: 1_999 }))).not.toBeNull();
    expect(await keys().claim(claimOf({ token: 't-2', now: 2_000, until: 3_000 }))).toBeNull();
    expect(await keys().complete('key-1', 't-1', ANSWER, 9_000)).toBe(false);
    expect(await keys().release('key-1', 't-1')).toBe(false);
    expect(await keys().complete('key-1', 't-2', ANSWER, 9_000)).toBe(true);
  });

  it('frees a key that is released, but none that has its answer', async () => {
    await keys().claim(claimOf());
    expect(await keys().release('key-1', 'other')).toBe(false);
    expect(await keys().release('key-1', 't-1')).toBe(true);
    expect(await keys().release('key-1', 't-1')).toBe(false);
    expect(await keys().claim(claimOf({ token: 't-2', fingerprint: 'f-2' }))).toBeNull();
    await keys().complete('key-1', 't-2', ANSWER, 9_000);
    expect(await keys().release('key-1', 't-2')).toBe(false);
    expect(await keys().complete('key-1', 't-2', { ...ANSWER, body: '' }, 9_000)).toBe(false);
    expect(await keys().claim(claimOf({ token: 't-3' }))).toEqual({ fingerprint: 'f-2', answer: ANSWER });
  });

  it('keeps awkward keys apart', async () => {
    for (const key of AWKWARD_IDS) {
      expect(await keys().claim(claimOf({ key, fingerprint: key }))).toBeNull();
      expect(await keys().complete(key, 't-1', { ...ANSWER, body: key }, 9_000)).toBe(true);
    }
    for (const key of AWKWARD_IDS) {
      expect(await keys().claim(claimOf({ key, token: 't-2' }))).toEqual({
        fingerprint: key,
        answer: { ...ANSWER, body: key },
      });
    }
  });

  it('drops what has lasted its time, and no more', async () => {
    await keys().claim(claimOf({ key: 'running' }));
    await keys().claim(claimOf({ key: 'dead', until: 1_500 }));
    for (const [key, until] of [
      ['over', 1_500],
      ['kept', 1_501],
    ] as const) {
      await keys().claim(claimOf({ key }));
      await keys().complete(key, 't-1', ANSWER, until);
    }
    expect(await keys().prune(1_500)).toBe(2);
    expect(await keys().prune(1_500)).toBe(0);
    for (const key of ['running', 'kept']) {
      expect(await keys().claim(claimOf({ key, token: 't-2' }))).not.toBeNull();
    }
  });

  it('drops what is a user’s, and nobody else’s', async () => {
    await keys().claim(claimOf());
    await keys().claim(claimOf({ key: 'key-2' }));
    await keys().claim(claimOf({ key: 'key-3', userId: 'user-2' }));
    expect(await keys().forgetUser('user-1')).toBe(2);
    expect(await keys().forgetUser('user-1')).toBe(0);
    expect(await keys().claim(claimOf({ key: 'key-3', token: 't-2' }))).not.toBeNull();
    expect(await keys().claim(claimOf({ token: 't-2' }))).toBeNull();
  });

  it('keeps of a user no more than its bytes: the oldest answers go, others’ stay', async () => {
    const body = 'x'.repeat(1_048_576);
    const keep = async (key: string, userId: string, until: number): Promise<void> => {
      await keys().claim(claimOf({ key, userId, token: key }));
      await keys().complete(key, key, { ...ANSWER, body }, until);
    };
    await keys().claim(claimOf({ key: 'at-work', token: 'w', until: 99_000 }));
    await keep('other-1', 'user-2', 9_000);
    for (let at = 1; at <= 6; at += 1) await keep(`key-${String(at)}`, 'user-1', 9_000 + at);
    const stands = async (key: string): Promise<boolean> =>
      (await keys().claim(claimOf({ key, token: 'asks', fingerprint: 'f-9', now: 3_000, until: 3_001 }))) !==
      null;
    expect(await stands('other-1')).toBe(true);
    expect(await stands('at-work')).toBe(true);
    const standing = [];
    for (let at = 1; at <= 6; at += 1) standing.push(await stands(`key-${String(at)}`));
    expect(standing).toEqual([false, false, false, true, true, true]);
  });
}
