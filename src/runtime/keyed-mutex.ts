/** Runs work one at a time per key; work with several keys waits for all of them. Keys are taken in order, so none deadlock. */
export interface KeyedMutex {
  /** `waited`: others had some of the keys first. */
  run<T>(keys: readonly string[], work: (waited: boolean) => Promise<T>): Promise<T>;
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
        const wanted = [...new Set(keys)].sort();
        const waits = wanted.some((key) => tails.has(key));
        for (const key of wanted) releases.push(await take(key));
        return await work(waits);
      } finally {
        for (const release of releases.reverse()) release();
      }
    },
  };
}
