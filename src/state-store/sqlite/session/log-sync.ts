import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreUnavailable } from '../../state-store.port.ts';

/** Brings the database's log to the disk while the process goes on with other things. */
export interface LogSync {
  /** Resolves once all that stands in the log now is on the disk; those who ask while one sync runs share the next. */
  reach(): Promise<void>;
  /** What was asked for last, until it is on the disk; then null. One that failed stays. */
  readonly pending: Promise<void> | null;
  /** Why nothing more may be written; null while all is well. */
  readonly failure: StoreUnavailable | null;
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}

/** What is needed of a file. */
export interface SyncedFile {
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens SQLite's log of the database at `path`, and sees that its folder names it on the disk: a synced log that no folder names is
 * lost. SQLite has no lock on that file, so closing it lets go of none.
 */
export async function openLogSync(path: string): Promise<LogSync> {
  const log = await open(`${path}-wal`, 'r+');
  try {
    await syncFolder(dirname(path));
  } catch (error) {
    await log.close();
    throw error;
  }
  return createLogSync(log);
}

async function syncFolder(path: string): Promise<void> {
  // There a folder can't be opened, and its entries are the file system's own business.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * After a sync that failed nobody can tell what of the log is on the disk, and the next may succeed without it: so all are refused
 * from then on. A process that opens the store anew finds all that was acknowledged.
 */
export function createLogSync(file: SyncedFile): LogSync {
  let pending: Promise<void> | null = null;
  let waiting: PromiseWithResolvers<void> | null = null;
  let running: Promise<void> | null = null;
  let failure: StoreUnavailable | null = null;

  const sync = async (): Promise<StoreUnavailable | null> => {
    if (failure !== null) return failure;
    try {
      await file.datasync();
      return null;
    } catch (error) {
      const message = `the embedded store's log can't be written to the disk (${String(error)}); start the program anew`;
      return new StoreUnavailable(message, { cause: 'SYNC_FAILED' });
    }
  };
  const syncAll = async (): Promise<void> => {
    for (let batch = waiting; batch !== null; batch = waiting) {
      waiting = null;
      failure = await sync();
      if (failure !== null) batch.reject(failure);
      else {
        if (pending === batch.promise) pending = null;
        batch.resolve();
      }
    }
    running = null;
  };

  return {
    reach() {
      const { promise } = (waiting ??= Promise.withResolvers());
      pending = promise;
      running ??= syncAll();
      return promise;
    },
    get pending() {
      return pending;
    },
    get failure() {
      return failure;
    },
    async close() {
      await running;
      await file.close();
    },
  };
}
