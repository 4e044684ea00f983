/** What a service answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; null where there is none. */
  readonly body: unknown;
}
