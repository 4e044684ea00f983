import Bottleneck from 'bottleneck/light.js';
import { spacingMs } from './adaptive-rate.ts';

export interface RateLimits {
  readonly requestsPerSecond: number;
  readonly maxConcurrent: number;
}

/** A call that took a turn. */
export interface Begun {
  /** Resolves once it has ended, either way. */
  readonly ended: Promise<void>;
  giveUp(): void;
}

/** The next turn of a budget, as bottleneck spaces them. */
export interface Turns {
  /** One is asked for and has not come yet. */
  readonly asked: boolean;
  ask(): void;
  /** Bottleneck forgets what it knew, and a turn that was asked for never comes. */
  beginAnew(): void;
}

const LONGEST_CALL_MS = 120_000;

/**
 * What waits inside of bottleneck is the next turn and no call, so none of its settings ever has to change. `take` begins what the
 * turn is for, once it has come: a call, those that earlier turns came too late for, or nothing.
 */
export function createTurns(limits: RateLimits, take: () => readonly Begun[]): Turns {
  let lane = createLane(limits);
  return {
    get asked() {
      return lane.asked;
    },
    ask() {
      const mine = lane;
      let calls: readonly Begun[] = [];
      const turn = async () => {
        mine.asked = false;
        if (mine === lane) calls = take();
        await Promise.all(calls.map(({ ended }) => ended));
      };
      mine.asked = true;
      mine.bottleneck.schedule({ expiration: LONGEST_CALL_MS }, turn).catch((error: unknown) => {
        // Only the expiration is expected; anything else is a fault of the program, which must not go unseen.
        if (!(error instanceof Bottleneck.BottleneckError)) throw error;
        for (const call of calls) call.giveUp();
      });
    },
    beginAnew() {
      lane = createLane(limits);
    },
  };
}

interface Lane {
  readonly bottleneck: Bottleneck;
  asked: boolean;
}

/** Of the build without clustering: the same code, but with async functions of the language's own, so a job costs a quarter. */
function createLane({ requestsPerSecond, maxConcurrent }: RateLimits): Lane {
  const bottleneck = new Bottleneck({ minTime: spacingMs(requestsPerSecond), maxConcurrent });
  return { bottleneck, asked: false };
}
