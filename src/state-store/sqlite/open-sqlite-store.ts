import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createLoopTurns } from '../../runtime/loop-turns.ts';
import { StoreUnavailable, type StateStore } from '../state-store.port.ts';
import { createAccountStore } from './connections/account-store.ts';
import { createConnectionStore } from './connections/connection-store.ts';
import { createSettingStore } from './connections/setting-store.ts';
import { createErasureStore } from './erasure/erasure-store.ts';
import { createShredding, finishShredding } from './erasure/shred.ts';
import { createAuditLog } from './journal/audit-log.ts';
import { createIdempotencyStore } from './journal/idempotency-store.ts';
import { createTimelineStore } from './journal/timeline-store.ts';
import { createDeadLetterStore } from './letters/dead-letter-store.ts';
import { createReplayStore } from './letters/replay-store.ts';
import { createLinkStore } from './links/link-store.ts';
import { createLookStore } from './links/look-store.ts';
import { createBudgetStore } from './ownership/budget-store.ts';
import { createOwnershipStore } from './ownership/ownership-store.ts';
import { createFeedPositionStore } from './records/feed-position-store.ts';
import { createRecordStore } from './records/record-store.ts';
import { createRunStore } from './runs/run-store.ts';
import { addFoldFunction } from './session/fold-function.ts';
import { openLogSync, type LogSync } from './session/log-sync.ts';
import { migrate } from './session/schema.ts';
import { asStoreError, errorCode, StoreLocked, unavailableCode } from './session/sqlite-errors.ts';
import { createSqliteSession, type SqliteSession } from './session/sqlite-session.ts';

export interface SqliteStoreOptions {
  /** A file, made where absent with its folder; `:memory:` for a store that ends with the process. */
  readonly path: string;
  /** How long to wait at opening for another process that is just letting go, ms. Blocks the process meanwhile. */
  readonly busyTimeoutMs?: number;
}

export interface SqliteStateStore extends StateStore {
  /** For what is kept in the same file; write through `session` only, which owns the transactions. */
  readonly database: DatabaseSync;
  readonly session: SqliteSession;
}

const IN_MEMORY = ':memory:';
const BUSY_TIMEOUT_MS = 250;

// The lock is held from the first write to the end of the process, whatever ends it; it also spares the shared-memory file.
// The session syncs the log after each commit, hence not FULL; a checkpoint still syncs both files, in their order.
// What was removed shall not linger in free pages, hence secure_delete; nor outside the store's files, hence temp_store.
const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA secure_delete = ON;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -32000;
  PRAGMA wal_autocheckpoint = 4000;
  PRAGMA journal_size_limit = 67108864;
  BEGIN IMMEDIATE; COMMIT;
`;

/**
 * Opens the embedded store, for this process alone.
 *
 * @throws {StoreLocked} when another process has the file open.
 * @throws {StoreTooNew} when a newer version of this program wrote the file.
 * @throws {StoreUnavailable} when the file can't be opened or is no database.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStateStore> {
  const database = openDatabase(options);
  const log = await openLog(database);
  const session = createSqliteSession(database, log, log === null ? null : createLoopTurns());
  return {
    database,
    session,
    records: createRecordStore(session),
    connections: createConnectionStore(session),
    accounts: createAccountStore(session),
    links: createLinkStore(session),
    looks: createLookStore(session),
    runs: createRunStore(session),
    timeline: createTimelineStore(session),
    deadLetters: createDeadLetterStore(session),
    replays: createReplayStore(session),
    ownership: createOwnershipStore(session),
    budgets: createBudgetStore(session),
    idempotency: createIdempotencyStore(session),
    audit: createAuditLog(session),
    feedPositions: createFeedPositionStore(session),
    settings: createSettingStore(session),
    erasure: createErasureStore(session),
    shred: createShredding(session),
    breathe: () => session.breathe(),
    ping: () => session.read(() => void session.prepare('SELECT 1').get()),
    close: () => session.close(),
  };
}

function openDatabase({ path, busyTimeoutMs = BUSY_TIMEOUT_MS }: SqliteStoreOptions): DatabaseSync {
  if (path !== IN_MEMORY) makeFile(path);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    database.exec(SETTINGS);
    migrate(database);
    finishShredding(database);
    addFoldFunction(database);
    return database;
  } catch (error) {
    database?.close();
    if (unavailableCode(error) === 'SQLITE_BUSY') throw new StoreLocked(path);
    throw asStoreError(error);
  }
}

/** Null in memory. */
async function openLog(database: DatabaseSync): Promise<LogSync | null> {
  // As SQLite sees it: the log stands beside the file that a link leads to.
  const path = database.location();
  if (path === null) return null;
  try {
    return await openLogSync(path);
  } catch (error) {
    database.close();
    throw new StoreUnavailable(`the log of ${path} can't be opened: ${String(error)}`, { cause: error });
  }
}

/** Makes the file readable by its owner only. A file that exists is left alone: closing it here would let go of SQLite's locks. */
function makeFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    throw new StoreUnavailable(`the store ${path} can't be made: ${String(error)}`, { cause: error });
  }
}
