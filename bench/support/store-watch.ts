import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/runtime/clock.ts';
import { openMongoStore } from '../../src/state-store/mongo/open-mongo-store.ts';
import { withDatabase } from '../../test/support/real-tier/real-tier.ts';

/** Somebody who asks the store's server for next to nothing, again and again, while others use it. */
export interface StoreWatch {
  /** How long each look-up took meanwhile, ms. */
  during<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly looks: readonly number[] }>;
  close(): Promise<void>;
}

const EVERY_MS = 20;

export async function openStoreWatch(mongodbUrl: string): Promise<StoreWatch> {
  const url = withDatabase(mongodbUrl, `bench-${randomUUID().slice(0, 8)}`);
  const store = await openMongoStore({ url, deadlineMs: 60_000 });
  return {
    async during(work) {
      const looks: number[] = [];
      const ended = new AbortController();
      const look = async (): Promise<void> => {
        while (!ended.signal.aborted) {
          const began = performance.now();
          await store.connections.read('nobody');
          looks.push(performance.now() - began);
          await systemClock.sleep(EVERY_MS);
        }
      };
      // Together, so that a look-up that fails is seen at once.
      const [value] = await Promise.all([work().finally(() => ended.abort()), look()]);
      return { value, looks };
    },
    close: () => store.close(),
  };
}
