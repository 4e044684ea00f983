import type { Measured } from './part.ts';

/** What a round did. */
export interface Counted {
  readonly events: number;
}

type Rounds = readonly Measured<Counted>[];

/** Events a second of each round, by the clock. */
export function perSecond(rounds: Rounds): number[] {
  return rounds.map(({ value, ms }) => (value.events / ms) * 1_000);
}

/** Processor time an event of each round, µs. */
export function cpuMicros(rounds: Rounds): number[] {
  return rounds.map(({ value, cpuMs }) => (cpuMs / value.events) * 1_000);
}

/** The most memory that the part's process had held by the end of each round, MiB. */
export function peaks(rounds: readonly Measured<unknown>[]): number[] {
  return rounds.map(({ peakMiB }) => peakMiB);
}
