import type { Clock } from '../runtime/clock.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import { startPeriodicLoop } from '../runtime/periodic-loop.ts';

const RENEW_EVERY_MS = 60_000;

/** What a worker does for connections beside their work: older programs may still write what they knew. */
export function startAccountUpkeep(
  parts: {
    readonly renewBudgetKeys: () => Promise<void>;
    readonly clock: Clock;
    readonly onError: (event: string, error: unknown) => void;
  },
  lifecycle: Lifecycle,
): void {
  const renewing = startPeriodicLoop({
    run: parts.renewBudgetKeys,
    waitMs: RENEW_EVERY_MS,
    clock: parts.clock,
    onError: (error) => {
      parts.onError('budget_keys_not_renewed', error);
    },
  });
  lifecycle.own('renewing of budget keys', () => renewing.stop());
}
