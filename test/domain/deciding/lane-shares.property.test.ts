import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { callLane, laneShares } from '../../../src/domain/deciding/lane-shares.ts';
import { LANES, type Lane } from '../../../src/domain/link.ts';

type Backlog = Record<Lane, number>;

/** Claims of a backlog as a worker does: lane by lane, until as many are claimed in all as may be once that lane was asked. */
function claim(backlog: Backlog, free: number, turn: number): Backlog {
  const got: Backlog = { live: 0, retry: 0, replay: 0, sync: 0 };
  let claimed = 0;
  for (const { lane, upTo } of laneShares(free, turn)) {
    const count = Math.max(0, Math.min(upTo - claimed, backlog[lane] - got[lane]));
    got[lane] += count;
    claimed += count;
  }
  return got;
}

const sum = (backlog: Backlog): number => LANES.reduce((total, lane) => total + backlog[lane], 0);
const endless: Backlog = { live: 1e6, retry: 1e6, replay: 1e6, sync: 1e6 };
const places = fc.integer({ min: 1, max: 64 });
const turns = fc.nat({ max: 1_000 });
const backlogs = fc.record({ live: fc.nat(80), retry: fc.nat(80), replay: fc.nat(80), sync: fc.nat(80) });

describe('the shares of the lanes', () => {
  it('never add up to more than is free, and ask each lane', () => {
    fc.assert(
      fc.property(places, turns, backlogs, (free, turn, backlog) => {
        expect(sum(claim(backlog, free, turn))).toBeLessThanOrEqual(free);
        expect(new Set(laneShares(free, turn).map(({ lane }) => lane))).toEqual(new Set(LANES));
      }),
    );
  });

  it('are nothing where nothing is free', () => {
    expect(laneShares(0, 1)).toEqual([]);
    expect(laneShares(-1, 1)).toEqual([]);
  });

  it('fill every place that there is work for, of whichever lanes', () => {
    fc.assert(
      fc.property(places, turns, backlogs, (free, turn, backlog) => {
        expect(sum(claim(backlog, free, turn))).toBe(Math.min(free, sum(backlog)));
      }),
    );
  });

  it('give every lane a place within ten turns, however busy the others are', () => {
    fc.assert(
      fc.property(places, turns, (free, first) => {
        const got: Backlog = { live: 0, retry: 0, replay: 0, sync: 0 };
        for (let turn = first; turn < first + 10; turn += 1) {
          const one = claim(endless, free, turn);
          for (const lane of LANES) got[lane] += one[lane];
        }
        for (const lane of LANES) expect({ lane, places: got[lane] > 0 }).toEqual({ lane, places: true });
      }),
    );
  });

  it('put live changes first, and give them most of the places', () => {
    fc.assert(
      fc.property(places, turns, (free, first) => {
        let live = 0;
        let all = 0;
        let ahead = 0;
        for (let turn = first; turn < first + 10; turn += 1) {
          const one = claim(endless, free, turn);
          live += one.live;
          all += sum(one);
          if (laneShares(free, turn)[0]?.lane === 'live') ahead += 1;
        }
        expect(live / all).toBeGreaterThanOrEqual(0.35);
        expect(ahead).toBe(7);
      }),
    );
  });

  it('are those of the lanes that may hold something, which fill every place', () => {
    fc.assert(
      fc.property(places, turns, fc.subarray([...LANES], { minLength: 1 }), (free, turn, lanes) => {
        const shares = laneShares(free, turn, lanes);
        expect(new Set(shares.map(({ lane }) => lane))).toEqual(new Set(lanes));
        expect(Math.max(...shares.slice(0, lanes.length).map(({ upTo }) => upTo))).toBe(free);
      }),
    );
    expect(laneShares(16, 1, ['live'])).toEqual([{ lane: 'live', upTo: 16 }]);
    expect(laneShares(16, 1, [])).toEqual([]);
  });

  it('begin with live changes, whatever turn is the first', () => {
    expect(laneShares(16, 1)).toEqual([
      { lane: 'live', upTo: 12 },
      { lane: 'retry', upTo: 14 },
      { lane: 'replay', upTo: 15 },
      { lane: 'sync', upTo: 16 },
      { lane: 'live', upTo: 16 },
      { lane: 'retry', upTo: 16 },
      { lane: 'replay', upTo: 16 },
    ]);
  });
});

describe('The calls of a link wait for their turns', () => {
  it.each([
    ['live', 'live', 'its change came by itself', { lane: 'live', nextAt: 100, dirtySince: 500 }],
    ['retry', 'live', 'it was imported', { lane: 'live', nextAt: 500, dirtySince: 500 }],
    ['live', 'live', 'it was only woken', { lane: 'live', nextAt: 500, dirtySince: null }],
    ['retry', 'retry', 'it failed before', { lane: 'retry', nextAt: 100, dirtySince: 500 }],
    ['sync', 'sync', 'a full sync looks at it', { lane: 'sync', nextAt: 500, dirtySince: 500 }],
  ] as const)('as one of %s on the lane %s where %s', (expected, _lane, _why, link) => {
    expect(callLane(link)).toBe(expected);
  });
});
