/** Calls of any 24 hours, of all programs together. */
export interface RollingDayLimit {
  /** How many were made, and how many there are; null: the answer doesn't tell. Pure. */
  told(answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
  }): { readonly used: number; readonly most: number } | null;
  /** What part of them is never used, from 0 to 1. */
  readonly leftToOthers: number;
  /** Once they are used up it is asked so often whether some came back, ms. */
  readonly askAgainMs: number;
}
