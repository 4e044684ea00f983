/** What can be set of a measurement; each has defaults of its own for what is absent. */
export interface MeasureOptions {
  readonly seed: number;
  readonly seconds: number | null;
  readonly rate: number | null;
  readonly rounds: number | null;
  readonly connections: number | null;
  readonly records: number | null;
}
