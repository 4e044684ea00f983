import type { Db, MongoClient } from 'mongodb';
import { StoreUnavailable } from '../../state-store.port.ts';
import { asStoreError } from './mongo-errors.ts';

/** The one way to the server. Which collections there are, and what is in them, each sub-folder knows of its own. */
export interface MongoSession {
  readonly database: Db;
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
  return { database, ask: (request) => withinDeadline(request, deadlineMs) };
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
