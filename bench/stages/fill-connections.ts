import { join } from 'node:path';
import { openSqliteStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { connection } from '../../test/support/builders.ts';

const AT_ONCE = 500;

/** Stores active connections of as many users that have nothing to do. */
export async function fillConnections(folder: string, count: number): Promise<void> {
  const store = await openSqliteStore({ path: join(folder, 'zena-crm.sqlite') });
  try {
    for (let from = 0; from < count; from += AT_ONCE) {
      await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, at) => {
          const id = `idle-${from + at}`;
          const owner = { type: 'user', id } as const;
          return store.connections.insert(
            connection({ connectionId: id, budgetKey: id, accountKey: id, owner, sealed: null }),
          );
        }),
      );
    }
  } finally {
    await store.close();
  }
}
