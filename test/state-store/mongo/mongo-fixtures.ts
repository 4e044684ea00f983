import { randomUUID } from 'node:crypto';
import {
  openMongoStore,
  type MongoStateStore,
  type MongoStoreOptions,
} from '../../../src/state-store/mongo/open-mongo-store.ts';
import { withDatabase } from '../../support/real-tier/real-tier.ts';

/** The URL of a database of a server that no other test uses, with more options than the server's URL has. */
export function freshDatabaseUrl(serverUrl: string, options: Record<string, string> = {}): string {
  const url = new URL(withDatabase(serverUrl, `store-${randomUUID()}`));
  for (const [name, value] of Object.entries(options)) url.searchParams.set(name, value);
  return url.href;
}

export interface FreshStore {
  readonly store: MongoStateStore;
  /** Drops the database, too. */
  close(): Promise<void>;
}

/** Opens a store on a database of its own. */
export async function openFreshStore(
  serverUrl: string,
  options: Partial<MongoStoreOptions> = {},
): Promise<FreshStore> {
  const store = await openMongoStore({ url: freshDatabaseUrl(serverUrl), ...options });
  return {
    store,
    async close() {
      await store.client.db().dropDatabase();
      await store.close();
    },
  };
}
