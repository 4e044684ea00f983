import { describe, expect, it } from '@jest/globals';
import type { Principal } from '../../src/auth/principal.ts';
import { createSessionStore } from '../../src/auth/session-store.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { createVirtualClock } from '../../src/runtime/virtual-clock.ts';

const HOUR = 3_600_000;

function setUp() {
  const clock = createVirtualClock();
  const principal = (userId = 'user-1', ttlMs = 24 * HOUR): Principal => ({
    userId,
    scopes: new Set(),
    expiresAt: clock.now() + ttlMs,
  });
  return { clock, principal, store: createSessionStore(clock, systemRandom) };
}

describe('one-time codes', () => {
  it('work once', () => {
    const { store, principal } = setUp();
    const code = store.issueCode(principal());
    expect(store.redeemCode(code)).toMatchObject({ userId: 'user-1' });
    expect(store.redeemCode(code)).toBeNull();
  });

  it('work for 60 seconds, whatever the wall clock does', async () => {
    const { clock, store, principal } = setUp();
    const [early, late] = [store.issueCode(principal()), store.issueCode(principal())];
    clock.jumpWallClock(-HOUR);
    await clock.advance(59_999);
    expect(store.redeemCode(early)).not.toBeNull();
    await clock.advance(1);
    expect(store.redeemCode(late)).toBeNull();
  });

  it('are long, random and not those of others', () => {
    const { store, principal } = setUp();
    const codes = Array.from({ length: 100 }, () => store.issueCode(principal()));
    expect(new Set(codes).size).toBe(100);
    expect(codes.every((code) => /^[\w-]{43}$/.test(code))).toBe(true);
    for (const wrong of ['', 'x', `${codes[0]}x`, codes[0]?.slice(1) ?? ''])
      expect(store.redeemCode(wrong)).toBeNull();
  });

  it('are bounded in number: the oldest goes first', () => {
    const { store, principal } = setUp();
    const codes = Array.from({ length: 1_001 }, () => store.issueCode(principal()));
    expect(store.redeemCode(codes[0] ?? '')).toBeNull();
    expect(store.redeemCode(codes[1] ?? '')).not.toBeNull();
  });
});

describe('sessions', () => {
  it('belong to their principal until they are closed', () => {
    const { store, principal } = setUp();
    const session = store.open(principal());
    expect(session && store.find(session.sessionId)).toMatchObject({ userId: 'user-1' });
    store.close(session?.sessionId ?? '');
    expect(session && store.find(session.sessionId)).toBeNull();
    expect(store.find('')).toBeNull();
  });

  it('last no longer than 12 hours', async () => {
    const { clock, store, principal } = setUp();
    const session = store.open(principal());
    expect(session?.expiresAt).toBe(clock.now() + 12 * HOUR);
    await clock.advance(12 * HOUR - 1);
    expect(store.find(session?.sessionId ?? '')).not.toBeNull();
    await clock.advance(1);
    expect(store.find(session?.sessionId ?? '')).toBeNull();
  });

  it('last no longer than their token', async () => {
    const { clock, store, principal } = setUp();
    const session = store.open(principal('user-1', HOUR));
    expect(session?.expiresAt).toBe(clock.now() + HOUR);
    await clock.advance(HOUR);
    expect(store.find(session?.sessionId ?? '')).toBeNull();
    expect(store.open(principal('user-1', 0))).toBeNull();
  });

  it("are bounded for each user, so that one user's don't push out another's", () => {
    const { store, principal } = setUp();
    const other = store.open(principal('user-2'));
    const mine = Array.from({ length: 21 }, () => store.open(principal())?.sessionId ?? '');
    expect(mine.map((sessionId) => store.find(sessionId) !== null)).toEqual([false, ...Array(20).fill(true)]);
    expect(store.find(other?.sessionId ?? '')).not.toBeNull();
  });
});
