/** The value below which `part` (0 to 1) of the samples lie; NaN of none. */
export function percentile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(part * sorted.length) - 1));
  return sorted[at] ?? Number.NaN;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Of a figure that several rounds gave. */
export function spreadOf(figures: readonly number[]): Spread {
  return {
    min: Math.min(...figures),
    median: percentile(figures, 0.5),
    max: Math.max(...figures),
  };
}
