/** How a day's calls of one key are shared out among the agencies that use it. Pure bookkeeping in memory. */
export interface FairShares {
  /**
   * Whether an agency may take one more of the calls that are left of the day. Its own share is its own; beyond it, only what nobody else is
   * still entitled to.
   */
  mayTake(ask: ShareAsk): boolean;
  /** It took one. The way back, for a call that was certainly not sent. */
  took(agency: string, now: number): () => void;
  /** A day begins, or this process comes into one. */
  begin(now: number, endsAt: number): void;
  /** How many agencies there are, as far as anybody knows. */
  among(agencies: number): void;
  /** Whether this agency's use of the day is taken into account. */
  knows(agency: string): boolean;
  /** What an agency had used of the day before. */
  enter(agency: string, used: number): void;
}

export interface ShareAsk {
  readonly agency: string;
  readonly isLive: boolean;
  /** Of the day's calls, over all agencies. */
  readonly left: number;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Each agency begins the day with an equal part of what isn't kept for live changes. What it hasn't used of that goes back to all in even steps
 * until the day ends, so that one with much to do waits for what others may need, and nothing is left over at the end. What somebody just
 * changed may also use what is kept, and never what another agency is entitled to.
 */
export function createFairShares(requestsPerDay: number, keptForLive: number): FairShares {
  const shared = Math.floor(requestsPerDay * (1 - keptForLive));
  const kept = requestsPerDay - shared;
  /** What each one that was seen today is still entitled to, but for what went back to all. */
  const own = new Map<string, number>();
  let agencies = 1;
  let day = { begins: 0, ends: 0 };

  const count = (): number => Math.max(1, agencies, own.size);
  const share = (): number => shared / count();
  const capAt = (now: number): number =>
    share() * Math.min(1, Math.max(0, (day.ends - now) / Math.max(1, day.ends - day.begins)));
  const ofOne = (agency: string, now: number): number =>
    Math.max(0, Math.min(own.get(agency) ?? share(), capAt(now)));
  const ofOthers = (agency: string, now: number): number => {
    const seen = [...own.keys()].filter((one) => one !== agency);
    const unseen = count() - seen.length - 1;
    return seen.reduce((sum, one) => sum + ofOne(one, now), Math.max(0, unseen) * capAt(now));
  };

  return {
    mayTake({ agency, isLive, left, now }) {
      const mine = ofOne(agency, now) >= 1;
      const others = mine ? 0 : ofOthers(agency, now);
      return left > others + (isLive ? 0 : kept);
    },
    took(agency, now) {
      const before = ofOne(agency, now);
      const taken = Math.min(1, before);
      own.set(agency, before - taken);
      return () => own.set(agency, (own.get(agency) ?? 0) + taken);
    },
    begin(now, endsAt) {
      own.clear();
      day = { begins: now, ends: endsAt };
    },
    among(known) {
      agencies = known;
    },
    knows: (agency) => own.has(agency),
    enter(agency, used) {
      if (!own.has(agency)) own.set(agency, Math.max(0, share() - used));
    },
  };
}
