/** Runs work one at a time per key; work with several keys waits for all of them. Keys are taken in order, so none deadlock. */
export interface KeyedMutex {
  run<T>(keys: readonly string[], work: () => Promise<T>): Promise<T>;
  /** Keys held or waited for. */
  readonly size: number;
}

export function createKeyedMutex(): KeyedMutex {
  const tails = new Map<string, Promise<void>>();

  async function take(key: string): Promise<() => void> {
    const before = tails.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    const tail = (before ?? Promise.resolve()).then(() => promise);
    tails.set(key, tail);
    await before;
    return () => {
      resolve();
      if (tails.get(key) === tail) tails.delete(key);
    };
  }

  return {
    get size() {
      return tails.size;
    },
    async run(keys, work) {
      const releases: (() => void)[] = [];
      try {
        for (const key of [...new Set(keys)].sort()) releases.push(await take(key));
        return await work();
      } finally {
        for (const release of releases.reverse()) release();
      }
    },
  };
}
