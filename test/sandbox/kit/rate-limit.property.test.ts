import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRateLimiter } from '../../../src/sandbox/kit/limits/rate-limit.ts';

it('never lets more through than the burst and the rate allow, and always as much', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 }),
      (requestsPerSecond, burst, gaps) => {
        let now = 1_000_000;
        const limiter = createRateLimiter({ now: () => now, monotonic: () => now }, () => ({
          requestsPerSecond,
          burst,
        }));
        const start = now;
        let allowed = 0;
        let waited = 0;
        for (const gap of gaps) {
          now += gap;
          const verdict = limiter.take('key');
          if (verdict.allowed) {
            allowed += 1;
            continue;
          }
          // Coming back when told to must succeed.
          now += verdict.retryAfterMs;
          expect(limiter.take('key').allowed).toBe(true);
          allowed += 1;
          waited += 1;
        }
        expect(allowed).toBeLessThanOrEqual(burst + ((now - start) / 1000) * requestsPerSecond + 1e-6);
        expect(limiter.refused()).toBe(waited);
      },
    ),
  );
});
