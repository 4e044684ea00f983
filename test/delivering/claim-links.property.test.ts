import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LANES, type Lane, type Link } from '../../src/domain/link.ts';
import { createLinkClaimer } from '../../src/delivering/drain-connection.ts';
import type { DeliveryParts, Round } from '../../src/delivering/round.ts';
import type { ClaimRequest } from '../../src/state-store/link-store.port.ts';

type Backlog = Record<Lane, number>;

/** A connection whose store holds so many due links of each lane, and notes whom it was asked for. */
function worker(backlog: Backlog) {
  const asked: (Lane | null)[] = [];
  let now = 1_000_000;
  const claim = ({ lane, limit }: ClaimRequest): Promise<Link[]> => {
    asked.push(lane);
    const claimed: Pick<Link, 'lane'>[] = [];
    for (const each of lane === null ? LANES : [lane]) {
      const count = Math.min(backlog[each], limit - claimed.length);
      backlog[each] -= count;
      claimed.push(...Array.from({ length: count }, () => ({ lane: each })));
    }
    return Promise.resolve(claimed as Link[]);
  };
  const parts = {
    store: { links: { claim } },
    clock: { now: () => now },
    random: { uuid: () => 'token' },
  } as unknown as DeliveryParts;
  const round = {
    scope: 'scope',
    connector: { limits: { callDeadlineMs: 30_000 } },
    lease: { shard: 0, epoch: 1 },
  } as unknown as Round;
  return {
    claimer: createLinkClaimer(parts, round),
    backlog,
    asked,
    pass(ms: number) {
      now += ms;
    },
  };
}

const sum = (backlog: Backlog): number => LANES.reduce((total, lane) => total + backlog[lane], 0);
const backlogs = fc.record({ live: fc.nat(30), retry: fc.nat(30), replay: fc.nat(30), sync: fc.nat(30) });
const places = fc.integer({ min: 1, max: 24 });

describe('claims where there is a backlog', () => {
  it('fill every place that there is work for, whatever came due since, and say whether there may be more', async () => {
    const turn = fc.record({ free: places, more: backlogs, ms: fc.nat(400), nudged: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 20 }), async (turns) => {
        const { claimer, backlog, pass } = worker({ live: 0, retry: 0, replay: 0, sync: 0 });
        for (const [index, { free, more, ms, nudged }] of turns.entries()) {
          for (const lane of LANES) backlog[lane] += more[lane];
          pass(ms);
          if (nudged) claimer.forget();
          const due = sum(backlog);
          const { claimed, more: rest } = await claimer.shares(free, index + 1);
          expect(claimed).toHaveLength(Math.min(free, due));
          // Nobody comes back for what is left where it says that nothing is.
          if (sum(backlog) > 0) expect(rest).toBe(true);
        }
      }),
    );
  });

  it('give each lane a place again and again, though it was empty a while ago', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...LANES), places, async (lane, free) => {
        const endless = { live: 1e6, retry: 1e6, replay: 1e6, sync: 1e6 };
        const { claimer, backlog, pass } = worker({ ...endless, [lane]: 0 });
        for (let turn = 1; turn <= 10; turn += 1) await claimer.shares(free, turn);
        backlog[lane] = 1e6;
        pass(250);
        for (let turn = 11; turn <= 20; turn += 1) await claimer.shares(free, turn);
        expect(backlog[lane]).toBeLessThan(1e6);
      }),
    );
  });

  it('ask once where one lane alone has work, and not again and again whether the others have any', async () => {
    const { claimer, asked, pass } = worker({ live: 1e6, retry: 0, replay: 0, sync: 0 });
    await claimer.shares(6, 1);
    expect(new Set(asked)).toEqual(new Set(LANES));
    asked.length = 0;
    for (let turn = 2; turn <= 20; turn += 1) {
      pass(5);
      await claimer.shares(6, turn);
    }
    expect(asked).toEqual(Array.from({ length: 19 }, () => 'live'));
  });

  it('ask for a lane at once when something new is due', async () => {
    const { claimer, backlog } = worker({ live: 0, retry: 0, replay: 0, sync: 1e6 });
    await claimer.shares(6, 1);
    backlog.live = 1;
    claimer.forget();
    const { claimed } = await claimer.shares(6, 2);
    expect(claimed.map(({ lane }) => lane)).toContain('live');
    expect(backlog.live).toBe(0);
  });
});
