/** Milliseconds before the next attempt at a batch that could not be handled: 100 ms, doubling to 5 s. `attempt` counts from 1. */
export function retryWaitMs(attempt: number): number {
  return Math.min(5_000, 100 * 2 ** Math.min(attempt - 1, 10));
}

/** What keeps a feed from going on: the code that the error carries, else that of a store that is away. */
export function stallCode(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z_]+$/.test(code) ? code : 'STORE_UNAVAILABLE';
}
