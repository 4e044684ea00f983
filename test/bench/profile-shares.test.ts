import { describe, expect, it } from '@jest/globals';
import { addTimes, sharesOf, timeByOwner, type CpuProfile } from '../../bench/harness/profile-shares.ts';

const frame = (functionName: string, url = '') => ({ functionName, url });
const ROOT = 'file:///somewhere/';

/** A worker that calls the driver, SQLite through the store, and itself; with a collection and some rest. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3, 4, 5, 11] },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('(garbage collector)') },
    { id: 4, callFrame: frame('drain', `${ROOT}src/delivering/drain.ts`), children: [6, 7] },
    { id: 5, callFrame: frame('runMicrotasks', 'node:internal/process/task_queues') },
    { id: 6, callFrame: frame('send', `${ROOT}node_modules/@scope/driver/lib/send.js`), children: [8] },
    {
      id: 7,
      callFrame: frame('claim', `${ROOT}src/state-store/sqlite/links/link-claiming.ts`),
      children: [9, 10],
    },
    { id: 8, callFrame: frame('utf8Write') },
    { id: 9, callFrame: frame('all') },
    { id: 10, callFrame: frame('stringify') },
    { id: 11, callFrame: frame('post', 'node:inspector'), children: [12] },
    { id: 12, callFrame: frame('start') },
  ],
  samples: [2, 3, 4, 5, 6, 8, 7, 9, 10, 9, 11, 12],
  timeDeltas: [900, 10, 20, 5, 30, 7, 3, 40, 2, 1, 500, 600],
};

describe('the time of a profile', () => {
  it('belongs to whose code ran, what is native to its caller, and what waits or profiles to nobody', () => {
    expect(Object.fromEntries(timeByOwner(profile))).toEqual({
      'garbage collection': 10,
      'src/delivering': 20,
      'Node itself': 5,
      '@scope/driver': 37,
      'src/state-store/sqlite': 5,
      SQLite: 41,
    });
  });

  it('is that of all processes of a kind together', () => {
    const sum = addTimes([timeByOwner(profile), new Map([['SQLite', 9]])]);
    expect(sum.get('SQLite')).toBe(50);
    expect(sum.get('src/delivering')).toBe(20);
  });

  it('is told by shares, the largest first, the small ones in one', () => {
    const times = new Map([
      ['a', 1],
      ['b', 60],
      ['c', 37],
      ['d', 2],
    ]);
    expect(sharesOf(times)).toEqual([
      ['b', 0.6],
      ['c', 0.37],
      ['others', expect.closeTo(0.03)],
    ]);
    expect(sharesOf(new Map([['a', 5]]))).toEqual([['a', 1]]);
  });
});
