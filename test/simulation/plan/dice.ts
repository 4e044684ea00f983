import { seededRandom } from '../../../src/runtime/seeded-random.ts';

/** Chance as a plan's maker uses it. */
export interface Dice {
  /** Whole numbers from 0 up to, but not including, `below`. */
  below(below: number): number;
  chance(of: number): boolean;
  pick<T>(from: readonly T[]): T;
}

export function diceOf(seed: number): Dice {
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995);
  const below = (most: number): number => Math.floor(random.next() * most);
  return {
    below,
    chance: (of) => random.next() < of,
    pick: <T>(from: readonly T[]): T => from[below(from.length)] as T,
  };
}
