import type { CrmHttp } from '../../connectors/connector.port.ts';
import { IN_DOUBT, type ClockLag, type LookedAt } from '../../domain/crm-copy.ts';
import type { Link } from '../../domain/link.ts';
import type { Clock } from '../../runtime/clock.ts';

type Told = Pick<Link, 'remote' | 'copy' | 'quietUntil'>;

/** How far a CRM's clock is behind ours, as far as its answers tell; one that is ahead is never taken at its word. */
export interface CrmClock {
  /** What the CRM told of a record's last change, and when we heard that: of our own writes, just when it made them. */
  learn(link: Pick<Link, 'remote' | 'copy'>): void;
  /** The same of a write of ours just now, of which it tells best: what is to be kept; null where nothing new is. */
  learnWritten(link: Told): ClockLag | null;
  /** What an earlier round, or another process, learned of our writes. */
  remember(behind: ClockLag | null | undefined): void;
  /** How far was looked, with what is known of our writes. */
  noted(looked: LookedAt): LookedAt;
  /** Notes the time that each answer carries. */
  timed(http: CrmHttp): CrmHttp;
  /** A time of ours as the CRM's clock may have shown it: at the earliest. */
  asShown(at: number): number;
}

/** More than that is no clock, but a time zone or a field that means something else, ms. */
const MOST_BEHIND_MS = 25 * 3_600_000;
/** What records tell holds for so long: the nearest of it is the truest, and clocks are set, ms. */
const TOLD_FOR_MS = 3_600_000;
/** Less than that is in the overlap of looks, with the time that a request takes: not worth keeping, ms. */
const KEPT_FROM_MS = 15_000;

export function createCrmClock(clock: Pick<Clock, 'now'>): CrmClock {
  let byAnswers = 0;
  let byRecords: ClockLag | null = null;
  let byWrites: ClockLag | null = null;
  let kept = 0;

  /** Of a record that people changed it says too much, of our own write just what is so. */
  function ofRecords(): number {
    const told = byWrites?.ms ?? 0;
    const isFresh = byWrites !== null && clock.now() - byWrites.at <= TOLD_FOR_MS;
    return isFresh ? told : Math.max(told, byRecords?.ms ?? 0);
  }

  return {
    learn({ remote, copy }) {
      const ms = remote === null || copy === null ? null : behindBy(remote.version, copy.heldAt);
      const now = clock.now();
      if (ms === null || copy?.heldAt === IN_DOUBT) return;
      if (byRecords === null || ms <= byRecords.ms || now - byRecords.at > TOLD_FOR_MS)
        byRecords = { ms, at: now };
    },
    learnWritten({ remote, copy, quietUntil }) {
      if (remote === null || copy === null || copy.heldAt === IN_DOUBT || quietUntil !== null) return null;
      const ms = behindBy(remote.version, copy.heldAt);
      if (ms === null) return null;
      byWrites = { ms, at: clock.now() };
      if (Math.abs(ms - kept) < KEPT_FROM_MS) return null;
      kept = ms;
      return byWrites;
    },
    remember(behind) {
      if (behind == null || (byWrites !== null && byWrites.at >= behind.at)) return;
      byWrites = behind;
      kept = behind.ms;
    },
    noted: (looked) => (byWrites === null || kept === 0 ? looked : { ...looked, behind: byWrites }),
    timed: (http) => ({
      async request(request) {
        const outcome = await http.request(request);
        if (outcome.kind !== 'applied') return outcome;
        byAnswers = behindBy(outcome.value.headers['date'] ?? null, clock.now()) ?? byAnswers;
        return outcome;
      },
    }),
    asShown: (at) => at - Math.max(byAnswers, ofRecords()),
  };
}

/** Null: it tells no time that can be one. */
function behindBy(told: string | null, at: number): number | null {
  const time = told === null ? Number.NaN : Date.parse(told);
  if (Number.isNaN(time) || at - time > MOST_BEHIND_MS) return null;
  return Math.max(0, at - time);
}
