import { randomBytes, randomUUID } from 'node:crypto';

/** Chance as the program sees it. */
export interface Random {
  /** Unpredictable bytes, fit for codes and ids. */
  bytes(count: number): Uint8Array;
  /** A number from 0 up to, but not including, 1: for jitter, never for secrets. */
  next(): number;
  /** A version 4 UUID. */
  uuid(): string;
}

/** The machine's randomness. */
export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  next: () => Math.random(),
  uuid: () => randomUUID(),
};
