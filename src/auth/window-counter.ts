/** How often something was counted in its window, this time included, and when the window ends, ms from now. */
export interface WindowCount {
  readonly count: number;
  readonly resetMs: number;
}

/** Counts by key, in a window that begins with each key's first count. */
export interface WindowCounter {
  count(key: string, now: number): WindowCount;
}

/** Makes a counter that keeps at most `limit` keys; when full, the one whose window began longest ago is forgotten. */
export function createWindowCounter(windowMs: number, limit: number): WindowCounter {
  // Every window is as long as the others, so the order of their beginnings is that of their ends.
  const windows = new Map<string, { count: number; readonly end: number }>();
  const drop = (now: number) => {
    for (const [key, { end }] of windows) {
      if (end > now && windows.size < limit) return;
      windows.delete(key);
    }
  };
  return {
    count(key, now) {
      const current = windows.get(key);
      if (current !== undefined && current.end > now) {
        current.count += 1;
        return { count: current.count, resetMs: current.end - now };
      }
      windows.delete(key);
      drop(now);
      windows.set(key, { count: 1, end: now + windowMs });
      return { count: 1, resetMs: windowMs };
    },
  };
}
