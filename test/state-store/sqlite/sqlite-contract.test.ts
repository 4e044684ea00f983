import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import { stateStoreContract } from '../../contract/state-store/state-store-contract.ts';

stateStoreContract('a store in memory', async () => {
  const store = await openSqliteStore({ path: ':memory:' });
  return { store, close: () => store.close() };
});

stateStoreContract('a store in a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'store-'));
  const store = await openSqliteStore({ path: join(folder, 'zena.db') });
  return {
    store,
    async close() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});
