/** Runs work one at a time per key; work with several keys waits for all of them. Keys are taken in order, so none deadlock. */
export interface KeyedMutex {
  /** `waited`: others had some of the keys first. */
  run<T>(keys: readonly string[], work: (waited: boolean) => Promise<T>): Promise<T>;
  /** Keys held or waited for. */
  readonly size: number;
}

export function createKeyedMutex(): KeyedMutex {
  const tails = new Map<string, Promise<void>>();

  /** Each is asked for as its turn comes: others may have taken it since the first was. */
  async function take(key: string): Promise<{ readonly release: () => void; readonly waited: boolean }> {
    const before = tails.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    const tail = (before ?? Promise.resolve()).then(() => promise);
    tails.set(key, tail);
    await before;
    const release = (): void => {
      resolve();
      if (tails.get(key) === tail) tails.delete(key);
    };
    return { release, waited: before !== undefined };
  }

  return {
    get size() {
      return tails.size;
    },
    async run(keys, work) {
      const releases: (() => void)[] = [];
      try {
        let waits = false;
        for (const key of [...new Set(keys)].sort()) {
          const { release, waited } = await take(key);
          releases.push(release);
          waits ||= waited;
        }
        return await work(waits);
      } finally {
        for (const release of releases.reverse()) release();
      }
    },
  };
}
