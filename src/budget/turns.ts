import Bottleneck from 'bottleneck/light.js';
import { spacingMs } from './adaptive-rate.ts';

export interface RateLimits {
  readonly requestsPerSecond: number;
  readonly maxConcurrent: number;
}

/** A turn that was asked for, once for each call that waits. */
export interface Turn {
  /** Of the call that asked: the lowest number goes first. */
  readonly priority: number;
  /** How many turns had been asked for when bottleneck chose this one as the next and set its time. */
  chosenAfter: number;
}

/** A call that took a turn. */
export interface Begun {
  /** Resolves once it has ended, either way. */
  readonly ended: Promise<void>;
  giveUp(): void;
}

/** The turns of a budget's calls: bottleneck spaces them, bounds how many calls run, and says which priority is next. */
export interface Turns {
  /** `take` begins what the turn is for, once it has come: a call, or nothing. */
  ask(priority: number, take: (turn: Turn) => Promise<Begun | null>): void;
}

const LONGEST_CALL_MS = 120_000;

/**
 * Of the build without clustering: the same code, but with async functions of the language's own, so a job costs a quarter.
 * None of its settings ever changes: a reservoir stalls for good after that, and a pause or a lower rate is no matter of turns.
 */
export function createTurns({ requestsPerSecond, maxConcurrent }: RateLimits): Turns {
  const bottleneck = new Bottleneck({ minTime: spacingMs(requestsPerSecond), maxConcurrent });
  leaveOutPauses(bottleneck);
  let queued = 0;
  bottleneck.on('queued', () => {
    queued += 1;
  });
  bottleneck.on('scheduled', ({ args }) => {
    (args as [Turn])[0].chosenAfter = queued;
  });
  return {
    ask(priority, take) {
      let begun: Begun | null = null;
      const job = async (turn: Turn): Promise<void> => {
        begun = await take(turn);
        await begun?.ended;
      };
      const turn: Turn = { priority, chosenAfter: Number.POSITIVE_INFINITY };
      bottleneck.schedule({ priority, expiration: LONGEST_CALL_MS }, job, turn).catch((error: unknown) => {
        // Only the expiration is expected; anything else is a fault of the program, which must not go unseen.
        if (!(error instanceof Bottleneck.BottleneckError)) throw error;
        begun?.giveUp();
      });
    },
  };
}

/**
 * Bottleneck lets a timer of no time pass at each of its steps, under a lock: four or five for a call, one after the other, and each
 * late where the processors are busy, which took a third of 200 calls a second. Its steps need no turn of the event loop. The
 * version is pinned, and has had no successor since 2019.
 */
function leaveOutPauses(bottleneck: Bottleneck): void {
  const { _store: store } = bottleneck as unknown as { readonly _store?: { yieldLoop?: unknown } };
  if (typeof store?.yieldLoop !== 'function')
    throw new TypeError('bottleneck is not the version that is repaired');
  store.yieldLoop = () => Promise.resolve();
}
