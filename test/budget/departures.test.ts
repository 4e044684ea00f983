import { beforeEach, describe, expect, it } from '@jest/globals';
import { createDepartures, type Departures } from '../../src/budget/departures.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/virtual-clock.ts';

let clock: VirtualClock;
let freed = 0;
beforeEach(() => {
  clock = createVirtualClock();
  freed = 0;
});

const make = (requestsPerSecond: number, part = 1): Departures =>
  createDepartures({ clock, requestsPerSecond, pace: { part }, onFree: () => (freed += 1) });

/** Calls that may all ask now, and when each goes out, in ms from now. */
async function timesOf(departures: Departures, calls: number, overMs: number): Promise<number[]> {
  const began = clock.monotonic();
  const times: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    void departures
      .begin()
      .depart()
      .then(() => times.push(Math.round(clock.monotonic() - began)));
  }
  await clock.advance(overMs);
  return times;
}

describe('a call on its way out', () => {
  it('goes at once where none went before it, and where those before it went in time', async () => {
    const departures = make(10);
    expect(await timesOf(departures, 1, 0)).toEqual([0]);
    await clock.advance(104);
    expect(await timesOf(departures, 1, 0)).toEqual([0]);
  });

  it('leaves one distance after the other where they come together, but for as many as may be late together', async () => {
    expect(await timesOf(make(10), 4, 1_000)).toEqual([0, 52, 155, 258]);
    expect(await timesOf(make(200), 8, 1_000)).toEqual([0, 0, 0, 0, 3, 8, 13, 18]);
  });

  it('keeps the whole distance to the one before it after the CRM refused one', async () => {
    expect(await timesOf(make(10, 0.5), 3, 1_000)).toEqual([0, 206, 412]);
  });

  it('that has ended takes no place from those behind it', async () => {
    const departures = make(10);
    await timesOf(departures, 2, 60);
    const ended = departures.begin();
    void ended.depart();
    const next = timesOf(departures, 1, 110);
    ended.leave();
    expect(await next).toEqual([95]);
  });

  it('goes once, also where it has to ask again', async () => {
    const departures = make(10);
    const call = departures.begin();
    await call.approach();
    await call.depart();
    await call.approach();
    await call.depart();
    expect(await timesOf(departures, 1, 60)).toEqual([52]);
  });
});

describe('asking whether a call may go out', () => {
  it('is for few calls at a time; the others follow as those leave or end', async () => {
    const departures = make(10);
    const calls = Array.from({ length: 4 }, () => departures.begin());
    const asking: number[] = [];
    calls.forEach((call, index) => void call.approach().then(() => asking.push(index)));
    await clock.advance(0);
    expect([asking, departures.held]).toEqual([[0, 1], 2]);
    await calls[1]?.depart();
    await clock.advance(0);
    expect([asking, departures.held]).toEqual([[0, 1, 2], 1]);
    calls[0]?.leave();
    await clock.advance(0);
    expect([asking, departures.held]).toEqual([[0, 1, 2, 3], 0]);
  });

  it('ends with a call that is held, and tells when none is', async () => {
    const departures = make(10);
    const calls = Array.from({ length: 3 }, () => departures.begin());
    const asked = Promise.all(calls.map((call) => call.approach()));
    expect(departures.held).toBe(1);
    const before = freed;
    calls[2]?.leave();
    await asked;
    expect(departures.held).toBe(0);
    expect(freed).toBeGreaterThan(before);
  });
});

describe('what is known of departures', () => {
  it('can be forgotten a second after the last', async () => {
    const departures = make(10);
    expect(departures.forgettableIn()).toBe(0);
    await departures.begin().depart();
    await clock.advance(400);
    expect(departures.forgettableIn()).toBe(600);
  });
});
