import type { CrmHttp } from '../../connectors/connector.port.ts';
import type { Link } from '../../domain/link.ts';
import type { Clock } from '../../runtime/clock.ts';

/** How far a CRM's clock is behind ours, as far as its answers tell; one that is ahead is never taken at its word. */
export interface CrmClock {
  /** What the CRM told of a record's last change, and when we heard that: of our own writes, just when it made them. */
  learn(link: Pick<Link, 'remote' | 'copy'>): void;
  /** Notes the time that each answer carries. */
  timed(http: CrmHttp): CrmHttp;
  /** A time of ours as the CRM's clock may have shown it: at the earliest. */
  asShown(at: number): number;
}

/** More than that is no clock, but a time zone or a field that means something else, ms. */
const MOST_BEHIND_MS = 25 * 3_600_000;
/** What records tell holds for so long: the nearest of it is the truest, and clocks are set, ms. */
const TOLD_FOR_MS = 3_600_000;

export function createCrmClock(clock: Pick<Clock, 'now'>): CrmClock {
  let byAnswers = 0;
  let byRecords: { readonly ms: number; readonly at: number } | null = null;
  return {
    learn({ remote, copy }) {
      const ms = remote === null || copy === null ? null : behindBy(remote.version, copy.heldAt);
      const now = clock.now();
      if (ms === null) return;
      if (byRecords === null || ms <= byRecords.ms || now - byRecords.at > TOLD_FOR_MS)
        byRecords = { ms, at: now };
    },
    timed: (http) => ({
      async request(request) {
        const outcome = await http.request(request);
        if (outcome.kind !== 'applied') return outcome;
        byAnswers = behindBy(outcome.value.headers['date'] ?? null, clock.now()) ?? byAnswers;
        return outcome;
      },
    }),
    asShown: (at) => at - Math.max(byAnswers, byRecords?.ms ?? 0),
  };
}

/** Null: it tells no time that can be one. */
function behindBy(told: string | null, at: number): number | null {
  const time = told === null ? Number.NaN : Date.parse(told);
  if (Number.isNaN(time) || at - time > MOST_BEHIND_MS) return null;
  return Math.max(0, at - time);
}
