import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { createExpiringMap } from '../../auth/expiring-map.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { App } from '../base/app-types.ts';
import type { Problem } from '../problems/problem.ts';
import { addressOf, createCounter, tooManyCalls } from './rate-limits.ts';

/** More than a client that misses its token's end needs; a guess has 256 bits to find. */
export const MOST_FAILURES = 300;
const REMEMBERED_MS = 900_000;
const MOST_REMEMBERED = 20_000;

/** Slows down who tries tokens, codes or session ids. */
export interface FailedSignIns {
  /** Null when the credential may be looked at; otherwise it is refused unseen, right or wrong. */
  refusal(request: FastifyRequest, credential: string): Promise<Problem | null>;
  /** Tells whether the credential was right. */
  note(request: FastifyRequest, credential: string, right: boolean): Promise<void>;
}

/**
 * Counts failures by address, for a minute each. An address with too many may still use what was right from anywhere within
 * the last quarter of an hour: behind a proxy all have one address, and nobody shall be able to shut out the others.
 */
export function createFailedSignIns(app: App, clock: Pick<Clock, 'monotonic'>): FailedSignIns {
  const failures = createCounter(app, MOST_FAILURES, addressOf);
  const known = createExpiringMap<true>(MOST_REMEMBERED);
  return {
    async refusal(request, credential) {
      const count = await failures.read(request);
      if (!count.exceeded || known.get(hash(credential), clock.monotonic()) !== null) return null;
      return tooManyCalls(count);
    },
    async note(request, credential, right) {
      if (!right) {
        await failures.count(request);
        return;
      }
      const now = clock.monotonic();
      const key = hash(credential);
      if (known.get(key, now) === null) known.put(key, true, now + REMEMBERED_MS, now);
    },
  };
}

function hash(credential: string): string {
  return createHash('sha256').update(credential).digest('base64url');
}
