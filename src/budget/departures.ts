import { NOT_NEEDED, sleepUnlessAborted, type Clock } from '../runtime/clock.ts';
import { createDistance, spacingMs } from './adaptive-rate.ts';
import type { Pace } from './pace.ts';

/** The way of a call from its turn to its first byte. */
export interface Departure {
  /** Resolves when the call may ask whether it may go out: few do at a time, so that no answer is old when its call goes. */
  approach(): Promise<void>;
  /** Resolves when the call may go out, which is at once but where others came late and together. Asked again: at once. */
  depart(): Promise<void>;
}

/** The calls of a budget that have had their turns and are not out yet. */
export interface Departures {
  /** How many wait to ask: no others should follow them. */
  readonly held: number;
  /** More wait to go out than may follow each other soon: others would only wait behind them. */
  readonly crowded: boolean;
  /** `leave`: the call has ended, gone out or not. */
  begin(): Departure & { leave(): void };
  /** Milliseconds until they can be forgotten without breaking the limit. */
  forgettableIn(): number;
}

export interface DeparturesOptions {
  readonly clock: Clock;
  readonly pace: Pick<Pace, 'part'>;
  readonly requestsPerSecond: number;
  /** Nobody is held any more. */
  readonly onFree: () => void;
}

/** How old an answer to whether a call may go out can get while the calls before it leave, ms: so many may ask at a time. */
const OLDEST_ANSWER_MS = 200;

const WINDOW_MS = 1_000;
const MOST_LEAVING = 3;
/** The part of a distance that stays between the first two that go together: the CRM may see them closer together. */
const KEPT_APART = 0.5;
/** Within this no more calls go out than the limit: a second, and some for what is longer on its way to the CRM, ms. */
const COUNTED_MS = 1_015;

/**
 * The limit is kept where calls go out, since what takes time after their turns (a store that hesitates) brings them together. They
 * leave in the order in which they ask.
 */
export function createDepartures(options: DeparturesOptions): Departures {
  const { clock, pace, requestsPerSecond, onFree } = options;
  const distance = createDistance(requestsPerSecond, -KEPT_APART);
  const lately = new Array<number>(Math.max(1, Math.ceil(requestsPerSecond))).fill(Number.NEGATIVE_INFINITY);
  /** Of `lately`. */
  let oldest = 0;
  const most = Math.max(2, Math.floor(OLDEST_ANSWER_MS / spacingMs(requestsPerSecond)));
  const held = new Set<() => void>();
  let asking = 0;
  let leaving = 0;
  let last: Promise<void> = Promise.resolve();
  /** As many as a burst may leave together, and one; no second holds more than the limit. */
  const wait = (): number => {
    const opensAt = Math.max(distance.opensAt(pace.part), (lately[oldest] ?? distance.last) + COUNTED_MS);
    return opensAt - clock.monotonic();
  };

  const admit = (): void => {
    for (const enter of held) {
      if (asking >= most) return;
      held.delete(enter);
      enter();
    }
    onFree();
  };

  const begin = (): ReturnType<Departures['begin']> => {
    const entered = Promise.withResolvers<void>();
    let waiting: AbortController | null = null;
    let asks = false;
    let gone = false;
    let departing: Promise<void> | null = null;
    const enter = (): void => {
      asks = true;
      asking += 1;
      entered.resolve();
    };
    const leave = (): void => {
      if (gone) return;
      gone = true;
      waiting?.abort(NOT_NEEDED);
      if (asks) asking -= 1;
      if (departing) leaving -= 1;
      held.delete(enter);
      entered.resolve();
      admit();
    };
    const goOut = async (): Promise<void> => {
      for (let ms = wait(); ms > 0 && !gone; ms = wait()) {
        waiting ??= new AbortController();
        await sleepUnlessAborted(clock, ms, waiting.signal);
      }
      if (gone) return;
      lately[oldest] = clock.monotonic();
      oldest = (oldest + 1) % lately.length;
      distance.passed(clock.monotonic(), pace.part);
      leave();
    };
    return {
      leave,
      approach() {
        if (!asks && !gone) held.add(enter);
        admit();
        return entered.promise;
      },
      depart() {
        if (!departing && !gone) leaving += 1;
        return (departing ??= last = last.then(goOut));
      },
    };
  };

  return {
    get held() {
      return held.size;
    },
    get crowded() {
      return leaving > MOST_LEAVING;
    },
    begin,
    forgettableIn: () => Math.max(0, distance.last + WINDOW_MS - clock.monotonic()),
  };
}
