import { expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { eventually, startRunningService } from '../support/running-service.ts';

const BARE = createHash('sha256').update('sandbox-key').digest('hex').slice(0, 16);

it('a start on an old store takes the bare hash of the API key out of it, for good', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'data-'));
  const env = { DATA_DIR: folder, ENCRYPTION_KEY: '7'.repeat(64) };
  const inStore = async <T>(work: (store: SqliteStateStore) => Promise<T>): Promise<T> => {
    const store = await openSqliteStore({ path: join(folder, 'zena-crm.sqlite') });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  };
  try {
    const before = await startRunningService(env);
    for (const userId of ['ava', 'bo']) expect((await before.connect(userId)).status).toBe(201);
    await before.stop();
    const names = await inStore(async ({ connections }) => {
      const all = await connections.pageConnected(null, 10);
      for (const each of all) {
        const budgetKey = each.budgetKey.replace(/ fp:.*$/, ` ${BARE}`);
        await connections.replace({ ...each, budgetKey, revision: each.revision + 1 }, each.revision);
      }
      return all.map(({ budgetKey }) => budgetKey);
    });
    const after = await startRunningService(env);
    await eventually(async () => {
      const { body } = await after.call('GET', '/api/integrations/crm/user', undefined, { userId: 'ava' });
      expect(body).toMatchObject({ integrations: [{ status: 'active' }] });
    });
    await after.stop();
    await inStore(async ({ connections }) => {
      const all = await connections.pageConnected(null, 10);
      expect(all.map(({ budgetKey }) => budgetKey)).toEqual(names);
      expect(new Set(names).size).toBe(1);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
