import { utcDay } from '../domain/deciding/day-of-calls.ts';
import { shareIdOf } from '../domain/connection.ts';
import type { Clock } from '../runtime/clock.ts';
import type { BudgetStore } from '../state-store/ownership-store.port.ts';
import { createFairShares } from './fair-shares.ts';

export interface DaySharesOptions {
  readonly store: Pick<BudgetStore, 'reserve' | 'usedOn'>;
  /** The hash of the budget's key. */
  readonly budget: string;
  readonly requestsPerDay: number;
  readonly keptForLive?: number;
  /** How many agencies share the budget now. Absent: one. */
  readonly agencies?: () => Promise<number>;
  readonly clock: Pick<Clock, 'now'>;
  readonly onError: (error: unknown) => void;
}

/** The agencies' shares of today, with what the store knows of them. */
export interface DayShares {
  /** `others`: what is left is another's, or kept. `unknown`: the store can't tell. Rejects never. */
  ask(agency: string, isLive: boolean): Promise<{ giveBack(): void } | 'others' | 'unknown'>;
  /** Epoch ms until when an agency gets nothing but for live changes, since the rest is others'; null where it does. */
  othersUntil(agency: string): number | null;
}

const DAY_MS = 86_400_000;
/** An agency that had its share looks again after this, ms. */
const LOOK_AGAIN_MS = 300_000;
/** How old the number of agencies may get, ms. */
const COUNT_AGAIN_MS = 60_000;
/** How often a share of an agency's calls is written down: so much of a share can be had twice after a crash. */
const NOTES_OF_A_SHARE = 20;

export function nextMidnight(now: number): number {
  return now - (now % DAY_MS) + DAY_MS;
}

/** How long an agency that had its share waits for what others leave, ms. */
export function shareWaitMs(now: number): number {
  return Math.min(LOOK_AGAIN_MS, nextMidnight(now) - now);
}

/**
 * Of one agency alone nothing is asked and nothing written. Of several each one's use is kept in the store beside the budget's, so that whoever
 * owns the budget next gives no share twice.
 */
export function createDayShares(options: DaySharesOptions): DayShares {
  const { store, budget, requestsPerDay, keptForLive = 0, clock, onError } = options;
  const shares = createFairShares(requestsPerDay, keptForLive);
  let day = '';
  const sharers = createCount(options);
  /** Of the day's calls, over all; of a day that others worked in it is read once. */
  let used = 0;
  let isRead = false;
  /** Taken since it was last written down. */
  const unwritten = new Map<string, number>();
  /** Taken while nobody else was there. */
  const alone = new Map<string, number>();
  const kept = requestsPerDay - Math.floor(requestsPerDay * (1 - keptForLive));

  const turnDay = (now: number): void => {
    const today = utcDay(now);
    if (today === day) return;
    day = today;
    used = 0;
    isRead = false;
    unwritten.clear();
    alone.clear();
    shares.begin(now, nextMidnight(now));
  };
  const learn = async (agency: string): Promise<void> => {
    const of = day;
    if (!isRead) {
      const before = await store.usedOn(budget, of);
      if (of === day && !isRead) [used, isRead] = [before, true];
    }
    if (shares.knows(agency)) return;
    const before = await store.usedOn(shareIdOf(budget, agency), of);
    if (of === day) shares.enter(agency, before + (alone.get(agency) ?? 0));
  };
  const note = (agency: string): void => {
    const most = Math.max(1, Math.floor(requestsPerDay / sharers.count / NOTES_OF_A_SHARE));
    const taken = (unwritten.get(agency) ?? 0) + 1;
    unwritten.set(agency, taken < most ? taken : 0);
    if (taken >= most)
      store.reserve(shareIdOf(budget, agency), day, taken, Number.MAX_SAFE_INTEGER).catch(onError);
  };

  return {
    async ask(agency, isLive) {
      await sharers.refresh();
      turnDay(clock.now());
      shares.among(sharers.count);
      if (sharers.count === 1) {
        isRead = false;
        alone.set(agency, (alone.get(agency) ?? 0) + 1);
        return ALONE;
      }
      try {
        await learn(agency);
      } catch (error) {
        onError(error);
        return 'unknown';
      }
      const now = clock.now();
      turnDay(now);
      const left = requestsPerDay - used;
      // Where the day's calls are used up it is not others that take them.
      if (left > (isLive ? 0 : kept) && !shares.mayTake({ agency, isLive, left, now })) return 'others';
      const untake = shares.took(agency, now);
      used += 1;
      note(agency);
      const takenOf = day;
      return once(() => {
        if (takenOf !== day) return;
        used -= 1;
        untake();
      });
    },
    othersUntil(agency) {
      const now = clock.now();
      turnDay(now);
      if (sharers.count === 1 || !isRead) return null;
      const left = requestsPerDay - used;
      if (left <= kept || shares.mayTake({ agency, isLive: false, left, now })) return null;
      return now + shareWaitMs(now);
    },
  };
}

function once(undo: () => void): { giveBack(): void } {
  let isUndone = false;
  return {
    giveBack() {
      if (!isUndone) undo();
      isUndone = true;
    },
  };
}

/** How many agencies there are, counted again where that is due; all who ask meanwhile wait for it. */
function createCount({ agencies, clock, onError }: Pick<DaySharesOptions, 'agencies' | 'clock' | 'onError'>) {
  let count = 1;
  let countedAt = Number.NEGATIVE_INFINITY;
  let counting: Promise<void> | null = null;
  return {
    get count() {
      return count;
    },
    async refresh(): Promise<void> {
      if (
        agencies !== undefined &&
        counting === null &&
        Math.abs(clock.now() - countedAt) >= COUNT_AGAIN_MS
      ) {
        countedAt = clock.now();
        counting = agencies()
          .then((counted) => {
            count = Math.max(1, counted);
          }, onError)
          .finally(() => {
            counting = null;
          });
      }
      await counting;
    },
  };
}

const ALONE = { giveBack: () => undefined };
