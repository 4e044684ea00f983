import { describe, expect, it } from '@jest/globals';
import { createRollingDay } from '../../src/budget/rolling-day.ts';
import { createVirtualClock } from '../../src/runtime/virtual-clock.ts';

const MINUTE = 60_000;

function open() {
  const clock = createVirtualClock();
  const day = createRollingDay({
    clock,
    keptForLive: 0.1,
    limit: {
      told: ({ headers: { used, most } }) => ({ used: Number(used), most: Number(most) }),
      leftToOthers: 0.01,
      askAgainMs: 15 * MINUTE,
    },
  });
  const tell = (used: number, most = 1_000) =>
    day.told?.({ status: 200, headers: { used: String(used), most: String(most) } });
  return { clock, day, tell };
}

describe('calls of any 24 hours, as answers tell them', () => {
  it('hold nothing back before anything is known', async () => {
    const { day } = open();
    expect(await day.take(false)).toMatchObject({ ok: true });
  });

  it('are kept for live changes at their end, and the last part is left to others', async () => {
    const { day, tell } = open();
    tell(889);
    expect(await day.take(false)).toMatchObject({ ok: true });
    // Counted until an answer tells more.
    expect(await day.take(false)).toMatchObject({
      ok: false,
      failure: { code: 'DAILY_QUOTA_KEPT', whose: 'request' },
    });
    expect(day.keptUntil()).not.toBeNull();
    expect(await day.take(true)).toMatchObject({ ok: true });
    tell(990);
    const held = await day.take(true);
    expect(held).toMatchObject({
      ok: false,
      failure: { code: 'DAILY_QUOTA_USED', retryAfterMs: 15 * MINUTE },
    });
    expect(held).not.toHaveProperty('failure.whose');
  });

  it('are asked for again by one call now and then, and go on once they are back', async () => {
    const { clock, day, tell } = open();
    tell(1_000);
    expect((await day.take()).ok).toBe(false);
    await clock.advance(15 * MINUTE);
    expect((await day.take()).ok).toBe(true);
    expect((await day.take()).ok).toBe(false);
    tell(500);
    expect((await day.take()).ok).toBe(true);
  });

  it('get a call back that wasn’t sent', async () => {
    const { day, tell } = open();
    tell(989);
    const turn = await day.take();
    if (turn.ok) turn.giveBack();
    expect((await day.take()).ok).toBe(true);
    expect((await day.take()).ok).toBe(false);
  });
});
