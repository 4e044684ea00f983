import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createApplicationWindows, createCallContexts } from '../../src/budget/call-contexts.ts';
import type { LimitContext } from '../../src/connectors/limit-contexts.port.ts';
import { createVirtualClock } from '../../src/runtime/virtual-clock.ts';

const GLOBAL: LimitContext = { name: 'global', calls: 100, windowMs: 10_000, of: 'key' };
const NOTES: LimitContext = { name: 'notes', calls: 10, windowMs: 10_000, of: 'key' };
const SYSTEM: LimitContext = { name: 'system', calls: 20, windowMs: 10_000, of: 'application' };

const make = (...contexts: LimitContext[]) => {
  const clock = createVirtualClock();
  const counts = createCallContexts(contexts, clock);
  const takeAll = (names: readonly string[], tag = 'a', most = 500): number => {
    let taken = 0;
    while (taken < most && counts.take(names, tag).ok) taken += 1;
    return taken;
  };
  return { clock, counts, takeAll };
};

describe('limits by kind of request', () => {
  it('let through a little less than the CRM allows, and none more until the first is out of the window', async () => {
    const { clock, takeAll } = make(NOTES);
    expect(takeAll(['notes'])).toBe(9);
    await clock.advance(10_000);
    expect(takeAll(['notes'])).toBe(0);
    await clock.advance(201);
    expect(takeAll(['notes'])).toBe(9);
  });

  it('hold back nobody whose requests are of another kind', () => {
    const { takeAll } = make(GLOBAL, NOTES);
    takeAll(['notes']);
    expect(takeAll(['global'])).toBe(97);
  });

  it('take nothing anywhere where one of several is full', () => {
    const { counts, takeAll } = make(GLOBAL, NOTES);
    takeAll(['notes']);
    expect(counts.take(['global', 'notes'], 'a')).toMatchObject({ ok: false, context: 'notes' });
    expect(takeAll(['global'])).toBe(97);
  });

  it('count each key apart, and an application’s together', () => {
    const { takeAll } = make(NOTES, SYSTEM);
    expect([takeAll(['notes'], 'a'), takeAll(['notes'], 'b')]).toEqual([9, 9]);
    expect([takeAll(['system'], 'a'), takeAll(['system'], 'b')]).toEqual([19, 0]);
  });

  it('count what all budgets send for an application together, and a process’s part of it', () => {
    const clock = createVirtualClock();
    let processes = 1;
    const application = createApplicationWindows(() => processes);
    const [one, other] = [SYSTEM, SYSTEM].map((context) => createCallContexts([context], clock, application));
    if (one === undefined || other === undefined) throw new Error('there are two');
    for (let n = 0; n < 9; n += 1) expect([one, other][n % 2]?.take(['system'], `${n}`).ok).toBe(true);
    processes = 2;
    expect(one.take(['system'], 'a')).toMatchObject({ ok: false, context: 'system' });
    processes = 1;
    expect(other.take(['system'], 'a').ok).toBe(true);
    other.told([{ context: 'system', calls: 5 }], 'b');
    expect(one.take(['system'], 'a').ok).toBe(false);
  });

  it('name those who find it full times of their own, as far apart as places come free', () => {
    const { counts, takeAll } = make(NOTES);
    takeAll(['notes']);
    const waits = Array.from({ length: 4 }, () => {
      const turn = counts.take(['notes'], 'a');
      return turn.ok ? 0 : turn.waitMs;
    });
    const apart = waits.slice(1).map((wait, at) => wait - (waits[at] ?? 0));
    expect(waits[0]).toBeGreaterThanOrEqual(10_200);
    expect(Math.min(...apart)).toBeGreaterThan(1_000);
  });

  it('learn from what the CRM tells: another limit, what others have used, and that it is used up', async () => {
    const { clock, counts, takeAll } = make(NOTES);
    counts.told([{ context: 'notes', calls: 40, left: 20 }], 'a');
    expect(takeAll(['notes'])).toBe(18);
    await clock.advance(11_000);
    counts.told([{ context: 'notes', retryAfterMs: 3_000 }], 'a');
    expect(counts.take(['notes'], 'a')).toMatchObject({ ok: false, waitMs: expect.any(Number) });
    await clock.advance(3_001);
    expect(counts.take(['notes'], 'a').ok).toBe(true);
  });

  it('count a call from when it goes out, and not one that never did', async () => {
    const { clock, counts, takeAll } = make({ ...NOTES, calls: 1 });
    const turn = counts.take(['notes'], 'a');
    if (!turn.ok) throw new Error('the first found it full');
    await clock.advance(8_000);
    turn.departed();
    await clock.advance(5_000);
    expect(takeAll(['notes'])).toBe(0);
    turn.giveBack();
    expect(takeAll(['notes'])).toBe(1);
  });

  it('never let more through in any window than the CRM allows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.integer({ min: 0, max: 4_000 }), { maxLength: 60 }),
        async (calls, waits) => {
          const { clock, counts } = make({ ...NOTES, calls });
          const went: number[] = [];
          for (const wait of waits) {
            await clock.advance(wait);
            if (counts.take(['notes'], 'a').ok) went.push(clock.monotonic());
          }
          for (const at of went)
            expect(went.filter((other) => other >= at && other < at + 10_000).length).toBeLessThanOrEqual(
              calls,
            );
        },
      ),
      { numRuns: 60 },
    );
  });
});
