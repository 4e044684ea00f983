import { MongoClient } from 'mongodb';
import { createLoopTurns } from '../../runtime/loop-turns.ts';
import type { StateStore } from '../state-store.port.ts';
import { createAccountStore } from './connections/account-store.ts';
import { createConnectionStore } from './connections/connection-store.ts';
import { createSettingStore } from './connections/setting-store.ts';
import { createErasureStore } from './erasure/erasure-store.ts';
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
import { ensureIndexes } from './session/indexes.ts';
import { createMongoSession, withinDeadline } from './session/mongo-session.ts';
import { databaseOf, StoreUrlInvalid } from './session/mongo-url.ts';

export interface MongoStoreOptions {
  /** Database name included. Its options are taken but for the write concern, the read preference and the time limits. */
  readonly url: string;
  /** How long to wait for the answer to one request, ms. */
  readonly deadlineMs?: number;
  /** What the server's operators see of this client. */
  readonly appName?: string;
}

export interface MongoStateStore extends StateStore {
  /** For watching what is sent and how the pool fares; requests go through the store. */
  readonly client: MongoClient;
}

const DEADLINE_MS = 5_000;

/**
 * Opens the store in a MongoDB database, for any number of processes at once. Makes the indexes that are absent.
 *
 * Writes are acknowledged by the majority and its journal, and repeated once by the driver where a replica set answers;
 * nothing needs a session, a transaction or an update pipeline.
 *
 * @throws {StoreUrlInvalid} when the URL is no MongoDB URL or names no database.
 * @throws {IndexMissing} when a unique index is absent and can't be made.
 * @throws {StoreUnavailable} when the server can't answer.
 */
export async function openMongoStore(options: MongoStoreOptions): Promise<MongoStateStore> {
  const { url, deadlineMs = DEADLINE_MS, appName = 'zena-crm-sync' } = options;
  const database = databaseOf(url);
  const client = createClient(url, deadlineMs, appName);
  const session = createMongoSession(client, database, deadlineMs);
  try {
    await session.ask(() => client.connect());
    await ensureIndexes(session);
  } catch (error) {
    await withinDeadline(() => client.close(), deadlineMs);
    throw error;
  }
  const turns = createLoopTurns();
  return {
    client,
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
    // The server's files, journal and oplog are not in a client's hands.
    shred: () => Promise.resolve('removed'),
    async breathe() {
      await turns.take();
    },
    async ping() {
      await session.ask(() => session.database.command({ ping: 1 }));
    },
    close: () => withinDeadline(() => client.close(), deadlineMs),
  };
}

/**
 * A request that was given up on ends by these limits soon after, and its connection with it: nothing piles up. They are
 * shorter than the deadline, since the driver can say what it waited for.
 */
function createClient(url: string, deadlineMs: number, appName: string): MongoClient {
  const limit = Math.ceil(deadlineMs * 0.8);
  try {
    return new MongoClient(url, {
      appName,
      serverSelectionTimeoutMS: limit,
      connectTimeoutMS: limit,
      waitQueueTimeoutMS: limit,
      socketTimeoutMS: limit,
    });
  } catch (error) {
    // Making a client reads its URL and nothing else. The reader's words quote parts of it, which may be parts of a password.
    const name = error instanceof Error ? error.name : typeof error;
    throw new StoreUrlInvalid(`the MongoDB URL can't be read (${name}): check its options and escapes`);
  }
}
