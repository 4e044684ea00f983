import type { Collection, Db, MongoClient } from 'mongodb';
import { StoreUnavailable } from '../../state-store.port.ts';
import type { AuditDocument } from '../journal/audit-document.ts';
import type { BudgetDocument } from '../ownership/budget-document.ts';
import type { ConnectionDocument } from '../connections/stored-connection.ts';
import type { StoredDeadLetter } from '../letters/stored-dead-letter.ts';
import type { IdempotencyDocument } from '../journal/idempotency-document.ts';
import type { LinkDocument } from '../links/stored-link.ts';
import { asStoreError } from './mongo-errors.ts';
import type { RecordDocument } from '../records/stored-record.ts';
import type { ReplayDocument } from '../letters/stored-replay.ts';
import type { RunDocument } from '../runs/stored-run.ts';
import type { SettingDocument } from '../connections/setting-document.ts';
import type { ShardDocument, WorkerDocument } from '../ownership/ownership-document.ts';
import type { TimelineDocument } from '../journal/stored-timeline-entry.ts';

export interface MongoSession {
  readonly database: Db;
  readonly records: Collection<RecordDocument>;
  readonly connections: Collection<ConnectionDocument>;
  readonly links: Collection<LinkDocument>;
  readonly runs: Collection<RunDocument>;
  readonly timeline: Collection<TimelineDocument>;
  readonly deadLetters: Collection<StoredDeadLetter>;
  readonly replays: Collection<ReplayDocument>;
  readonly workers: Collection<WorkerDocument>;
  readonly shards: Collection<ShardDocument>;
  readonly budgets: Collection<BudgetDocument>;
  readonly idempotencyKeys: Collection<IdempotencyDocument>;
  readonly audit: Collection<AuditDocument>;
  readonly settings: Collection<SettingDocument>;
  /**
   * Sends one request and waits for it no longer than the deadline. What was given up on may still take effect, as with
   * any request whose answer was lost.
   *
   * @throws {StoreUnavailable} when the server can't answer in time or at all.
   */
  ask<T>(request: () => Promise<T>): Promise<T>;
}

/** Ordinary reads see only what can't be rolled back; this one sees the newest, for telling why a conditional write missed. */
export const NEWEST = { readConcern: { level: 'local' } } as const;

export function createMongoSession(client: MongoClient, name: string, deadlineMs: number): MongoSession {
  const database = client.db(name, {
    readPreference: 'primary',
    readConcern: client.options.readConcern ?? { level: 'majority' },
    writeConcern: { w: 'majority', journal: true },
  });
  return {
    database,
    records: database.collection('records'),
    connections: database.collection('connections'),
    links: database.collection('links'),
    runs: database.collection('runs'),
    timeline: database.collection('timeline'),
    deadLetters: database.collection('dead_letters'),
    replays: database.collection('replays'),
    workers: database.collection('workers'),
    shards: database.collection('shards'),
    budgets: database.collection('budgets'),
    idempotencyKeys: database.collection('idempotency_keys'),
    audit: database.collection('audit'),
    settings: database.collection('settings'),
    ask: (request) => withinDeadline(request, deadlineMs),
  };
}

/**
 * The driver's own time limits are one for each of choosing a server, waiting for a connection and its answer, and begin
 * anew when it repeats a request; its limit over all of them (`timeoutMS`) has no effect in version 7.9.
 */
export async function withinDeadline<T>(request: () => Promise<T>, deadlineMs: number): Promise<T> {
  const { promise: passed, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new StoreUnavailable(`MongoDB can't answer: no answer within ${String(deadlineMs)} ms`));
  }, deadlineMs);
  try {
    return await Promise.race([request(), passed]);
  } catch (error) {
    throw asStoreError(error);
  } finally {
    clearTimeout(timer);
  }
}
