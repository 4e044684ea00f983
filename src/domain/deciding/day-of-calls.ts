const DAY_MS = 86_400_000;
/** Less of a day says nothing of how it goes on, ms. */
const TELLING_MS = 3_600_000;

/** What a CRM allows for a day and what became of it, for all connections of one budget together. */
export interface DayOfCalls {
  /** Reserved so far: a little more than were made. */
  readonly used: number;
  readonly left: number;
  /** What of the rest only changes that people just made may use. */
  readonly keptForLive: number;
  /** How many it will be at the end of the day where it goes on as so far; null: it is too early to tell. */
  readonly forecast: number | null;
  /** When the next day begins, epoch ms. */
  readonly resetsAt: number;
}

export function callsOfDay(of: {
  readonly requestsPerDay: number;
  readonly keptForLive: number;
  readonly used: number;
  /** Epoch ms. */
  readonly now: number;
}): DayOfCalls {
  const { requestsPerDay, used, now } = of;
  const left = Math.max(0, requestsPerDay - used);
  const passed = now % DAY_MS;
  return {
    used,
    left,
    keptForLive: Math.min(left, requestsPerDay - Math.floor(requestsPerDay * (1 - of.keptForLive))),
    forecast: passed < TELLING_MS ? null : Math.round((used * DAY_MS) / passed),
    resetsAt: now - passed + DAY_MS,
  };
}

/** The UTC date, as quotas are kept by. */
export function utcDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
