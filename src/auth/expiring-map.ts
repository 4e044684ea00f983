/** Values by key, each until its end, never more than a number of them. */
export interface ExpiringMap<V> {
  /** Keeps a value until `end`; when full, what is over goes first, then the oldest. */
  put(key: string, value: V, end: number, now: number): void;
  /** The value, or null when there is none or its end has come. */
  get(key: string, now: number): V | null;
  delete(key: string): void;
  /** The keys of the values that pass the test, the oldest first. */
  keysOf(test: (value: V) => boolean): readonly string[];
}

/** Makes a map that holds at most `limit` values. */
export function createExpiringMap<V>(limit: number): ExpiringMap<V> {
  const entries = new Map<string, { readonly value: V; readonly end: number }>();
  const makeRoom = (now: number) => {
    for (const [key, { end }] of entries) if (end <= now) entries.delete(key);
    for (const key of entries.keys()) {
      if (entries.size < limit) break;
      entries.delete(key);
    }
  };
  return {
    put(key, value, end, now) {
      if (entries.size >= limit) makeRoom(now);
      entries.set(key, { value, end });
    },
    get(key, now) {
      const entry = entries.get(key);
      if (entry && entry.end > now) return entry.value;
      entries.delete(key);
      return null;
    },
    delete: (key) => {
      entries.delete(key);
    },
    keysOf: (test) => [...entries].filter(([, { value }]) => test(value)).map(([key]) => key),
  };
}
