import { join } from 'node:path';
import type { StartConfig } from '../config/config.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { SqliteStateStore } from '../state-store/sqlite/open-sqlite-store.ts';

/** The store of this process; the embedded one also keeps the change log. */
export type OpenedStore =
  | { readonly kind: 'embedded'; readonly store: SqliteStateStore; readonly label: string }
  | { readonly kind: 'mongodb'; readonly store: StateStore; readonly label: string };

const STORE_DEADLINE_MS = 5_000;

/** Opens what the configuration names; drivers are loaded only where they are used. */
export async function openStore(config: StartConfig): Promise<OpenedStore> {
  if (config.mode === 'servers' && config.mongodbUrl !== null) {
    const { openMongoStore } = await import('../state-store/mongo/open-mongo-store.ts');
    const store = await openMongoStore({
      url: config.mongodbUrl.reveal(),
      deadlineMs: STORE_DEADLINE_MS,
      appName: 'zena-crm-sync',
    });
    return { kind: 'mongodb', store, label: 'MongoDB' };
  }
  const { openSqliteStore } = await import('../state-store/sqlite/open-sqlite-store.ts');
  const path = join(config.dataDir, 'zena-crm.sqlite');
  return { kind: 'embedded', store: await openSqliteStore({ path }), label: path };
}
