import type { Part } from '../harness/part.ts';
import type { Arrival } from '../parts/crm.ts';

/** How the calls of a piece of work lie within it; NaN where there is none. */
export interface CallTimes {
  readonly untilFirstMs: number;
  readonly afterLastMs: number;
  /** Calls within a second of the first. */
  readonly firstSecond: number;
}

/** Begins with the calls from now on; what it returns tells of them, given when the work began and ended, epoch ms with fractions. */
export async function watchCalls(crm: Part): Promise<(began: number, ended: number) => Promise<CallTimes>> {
  await crm.ask('arrivals');
  return async (began, ended) => {
    const { value: arrivals } = await crm.ask<Arrival[]>('arrivals');
    const [first, last] = [arrivals[0]?.at ?? Number.NaN, arrivals.at(-1)?.at ?? Number.NaN];
    return {
      untilFirstMs: first - began,
      afterLastMs: ended - last,
      firstSecond: arrivals.filter(({ at }) => at < first + 1_000).length,
    };
  };
}
