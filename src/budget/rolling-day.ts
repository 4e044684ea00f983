import type { CrmAnswer } from '../connectors/connector.port.ts';
import type { RollingDayLimit } from '../connectors/rolling-day-limit.port.ts';
import type { Clock } from '../runtime/clock.ts';
import type { DailyQuota, QuotaTurn } from './daily-quota.ts';

export interface RollingDayOptions {
  readonly limit: RollingDayLimit;
  /** The part of the calls that is kept for live changes, from 0 to 1. */
  readonly keptForLive: number;
  readonly clock: Pick<Clock, 'now'>;
}

/** What the last answer told, and what went out since. */
interface Usage {
  readonly used: number;
  readonly most: number;
  readonly at: number;
  since: number;
}

/**
 * Calls of any 24 hours, of which only the CRM knows how many all programs together have made: by what its answers tell. Nothing is known before the
 * first one, and nobody knows when calls come back, so that once they are used up one goes out now and then to learn.
 */
export function createRollingDay({ limit, keptForLive, clock }: RollingDayOptions): DailyQuota {
  let usage: Usage | null = null;
  const left = (isLive: boolean): number => {
    if (usage === null) return Number.POSITIVE_INFINITY;
    const kept = limit.leftToOthers + (isLive ? 0 : keptForLive);
    return Math.floor(usage.most * (1 - kept)) - usage.used - usage.since;
  };
  const learnsAt = (): number => (usage === null ? 0 : usage.at + limit.askAgainMs);
  const takeOne = (): QuotaTurn => {
    const counted = usage;
    if (counted !== null) counted.since += 1;
    return {
      ok: true,
      giveBack() {
        if (counted !== null) counted.since -= 1;
      },
    };
  };
  return {
    take(isLive = true) {
      if (left(isLive) > 0) return Promise.resolve(takeOne());
      const now = clock.now();
      if (now >= learnsAt()) {
        // Whoever else would learn at the same time waits for this one.
        if (usage !== null) usage = { ...usage, at: now };
        return Promise.resolve(takeOne());
      }
      const isKept = !isLive && left(true) > 0;
      return Promise.resolve({
        ok: false,
        failure: {
          kind: 'rate_limited',
          ...(isKept && { whose: 'request' as const }),
          code: isKept ? 'DAILY_QUOTA_KEPT' : 'DAILY_QUOTA_USED',
          detail: isKept
            ? 'What is left of the CRM’s calls of these 24 hours is kept for changes that people make.'
            : 'The CRM’s calls of these 24 hours are used up, by all programs together.',
          retryAfterMs: learnsAt() - now,
        },
      });
    },
    keptUntil: () => (left(false) <= 0 && left(true) > 0 ? learnsAt() : null),
    holdsCalls: () => false,
    told(answer: Pick<CrmAnswer, 'status' | 'headers'>) {
      const told = limit.told(answer);
      if (told !== null) usage = { ...told, at: clock.now(), since: 0 };
    },
  };
}
