import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { type CircuitBreaker, createCircuitBreaker } from '../../src/budget/circuit-breaker.ts';
import type { CallOutcome } from '../../src/domain/outcome.ts';

const RESET_MS = 10_000;
const VOLUME = 5;
const ENDS: Readonly<Record<'good' | 'bad' | 'neutral', CallOutcome<number>>> = {
  good: { kind: 'applied', value: 1 },
  bad: { kind: 'ambiguous', code: 'CRM_FAILED', detail: '', status: 500 },
  neutral: { kind: 'rate_limited', code: 'TOO_MANY_REQUESTS', detail: '', retryAfterMs: null },
};
type End = keyof typeof ENDS;
type Step =
  | { readonly do: 'run' | 'probe' }
  | { readonly do: 'end'; readonly which: number; readonly how: End }
  | { readonly do: 'pass'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: 'run' } as const) },
  { weight: 3, arbitrary: fc.constant({ do: 'probe' } as const) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(20),
      how: fc.constantFrom<End>('good', 'bad', 'bad', 'bad', 'neutral'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 4_000, 9_999, 10_000) }),
  },
);

/** What a breaker promises, in a dozen lines without a library; its window never ends here. */
function createModel() {
  let state: 'closed' | 'open' | 'half_open' = 'closed';
  let openFor = 0;
  let era = 0;
  let calls = 0;
  let failures = 0;
  let probing = false;
  const open = () => {
    state = 'open';
    openFor = RESET_MS;
    era += 1;
  };
  return {
    state: () => state,
    /** The era of a call that goes through, or null for one withheld. */
    begin(kind: 'run' | 'probe'): { readonly era: number; readonly probe: boolean } | null {
      if (state === 'closed') return { era, probe: false };
      if (state === 'open' || kind === 'run' || probing) return null;
      probing = true;
      return { era, probe: true };
    },
    end(call: { readonly era: number; readonly probe: boolean }, how: End) {
      if (call.probe) {
        probing = false;
        if (how === 'good') {
          state = 'closed';
          era += 1;
          calls = 0;
          failures = 0;
        } else open();
        return;
      }
      if (call.era !== era || how === 'neutral') return;
      calls += 1;
      if (how === 'bad') failures += 1;
      if (how === 'bad' && calls >= VOLUME && failures / calls > 0.5) open();
    },
    pass(ms: number) {
      if (state !== 'open') return;
      openFor -= ms;
      if (openFor <= 0) state = 'half_open';
    },
  };
}

interface UnderWay {
  readonly began: { readonly era: number; readonly probe: boolean };
  readonly end: (outcome: CallOutcome<number>) => void;
  readonly ended: Promise<CallOutcome<number>>;
}

async function play(breaker: CircuitBreaker, steps: readonly Step[]): Promise<void> {
  const model = createModel();
  const underWay: UnderWay[] = [];
  for (const move of steps) {
    if (move.do === 'pass') {
      model.pass(move.ms);
      jest.advanceTimersByTime(move.ms);
    } else if (move.do === 'end') {
      const [call] = underWay.splice(move.which % Math.max(1, underWay.length), 1);
      if (!call) continue;
      model.end(call.began, move.how);
      call.end(ENDS[move.how]);
      expect(await call.ended).toBe(ENDS[move.how]);
    } else {
      const began = model.begin(move.do);
      const { promise, resolve } = Promise.withResolvers<CallOutcome<number>>();
      let called = false;
      const ended = breaker[move.do](() => {
        called = true;
        return promise;
      });
      expect(called).toBe(began !== null);
      if (began) underWay.push({ began, end: resolve, ended });
      else expect(await ended).toMatchObject({ kind: 'withheld', code: 'BREAKER_OPEN' });
    }
    expect(breaker.state()).toBe(model.state());
  }
  for (const call of underWay) call.end(ENDS.neutral);
  await Promise.all(underWay.map(({ ended }) => ended));
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a breaker', () => {
  it('is in the state that its model is in, whatever calls overlap and however they end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const breaker = createCircuitBreaker({
          clock: { now: () => Date.now() },
          resetMs: RESET_MS,
          volume: VOLUME,
          windowMs: 1_000_000_000,
        });
        try {
          await play(breaker, steps);
        } finally {
          breaker.dispose();
        }
      }),
      { numRuns: 500 },
    );
  });
});
