import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LoopTurns } from '../../../runtime/loop-turns.ts';
import type { LogSync } from './log-sync.ts';
import { asStoreError } from './sqlite-errors.ts';

/**
 * The one way to the database: statements prepared once, writes in transactions.
 *
 * Writes that are asked for in the same turn of the event loop share one transaction; each has a savepoint of its own, so that
 * one that throws takes nothing of the others along. SQLite puts a commit into its log, and the log is synced to the disk beside
 * the event loop: a slow disk makes whoever waits for a write wait longer, and holds up nothing else. Both `write` and `read`
 * resolve only after everything that they saw is durable.
 *
 * The database answers at once, so that whoever asks it again and again would never let go of the event loop: each is let through by
 * turns, and so others come between, whatever one sets off.
 */
export interface SqliteSession {
  readonly database: DatabaseSync;
  /**
   * Compiled at the first call, then kept. A limit that is bound is written `LIMIT +?`: SQLite plans by the value of a bare one, so it
   * would compile the statement anew for each call, which takes ten times as long as a look at an index.
   */
  prepare(sql: string): StatementSync;
  /** Runs `work`, which must not wait for anything, in a transaction. */
  write<T>(work: () => T): Promise<T>;
  read<T>(work: () => T): Promise<T>;
  /**
   * As `read`, but resolves at once, without a word about the disk: for what is shown, and for what nobody acts on before a write or a `read`
   * has resolved. That one waits for all that was committed before it, so also for what this saw: in a delivery, the gate's own look at
   * the connection before each request; in taking in, the look at whose connections are marked.
   */
  peek<T>(work: () => T): Promise<T>;
  /** Lets others have their turn, where this one has had much of the present one. */
  breathe(): Promise<void>;
  /** Commits what is under way and runs `work`, which must not wait for anything, outside any transaction. */
  apart<T>(work: () => T): Promise<T>;
  /** Commits what is under way and closes the database. */
  close(): Promise<void>;
}

interface Group {
  readonly done: Promise<void>;
  /** Ends the group: commits where `error` is undefined. */
  end(error?: unknown): void;
}

/**
 * `log` null commits each write by itself: for a database in memory, where there is no disk to wait for. `turns` null lets everybody through
 * at once: what happens in which order depends on nothing but what is asked.
 */
export function createSqliteSession(
  database: DatabaseSync,
  log: LogSync | null,
  turns: LoopTurns | null = null,
): SqliteSession {
  const statements = new Map<string, StatementSync>();
  let group: Group | null = null;

  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  const changes = (): unknown => prepare('SELECT total_changes() AS count').get()?.['count'];
  const onDisk = (): Promise<void> | undefined => log?.pending ?? undefined;
  const begin = (): Group => {
    if (log?.failure) throw log.failure;
    prepare('BEGIN IMMEDIATE').run();
    const before = changes();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // A group may end before anyone waits for it; whoever does wait still sees the failure.
    promise.catch(() => undefined);
    const begun: Group = {
      done: promise,
      end(error) {
        if (group !== begun) return;
        group = null;
        const failure = error ?? attempt(() => prepare('COMMIT').run());
        // What changed nothing may still have seen what is not on the disk yet.
        if (failure === undefined) return resolve(changes() === before ? onDisk() : log?.reach());
        rollBack(database);
        reject(asStoreError(failure));
      },
    };
    // Before the next turn is filled, which may be long: whoever waits for this would wait for that as well.
    if (log !== null) (turns?.atEnd ?? setImmediate)(() => begun.end());
    return begun;
  };

  return {
    database,
    prepare,
    async write(work) {
      const turn = turns?.take();
      if (turn) await turn;
      group ??= attemptOrThrow(begin);
      const current = group;
      const value = inSavepoint({ database, prepare, inMemory: log === null }, current, work);
      if (log === null) current.end();
      await current.done;
      return value;
    },
    async read(work) {
      const turn = turns?.take();
      if (turn) await turn;
      const value = attemptOrThrow(work);
      await (group === null ? onDisk() : group.done);
      return value;
    },
    async peek(work) {
      const turn = turns?.take();
      if (turn) await turn;
      return attemptOrThrow(work);
    },
    async breathe() {
      await turns?.take();
    },
    async apart(work) {
      group?.end();
      const value = attemptOrThrow(work);
      await log?.reach();
      return value;
    },
    async close() {
      group?.end();
      statements.clear();
      if (database.isOpen) database.close();
      await log?.close();
    },
  };
}

interface SavepointParts extends Pick<SqliteSession, 'database' | 'prepare'> {
  readonly inMemory: boolean;
}

function inSavepoint<T>({ database, prepare, inMemory }: SavepointParts, current: Group, work: () => T): T {
  try {
    prepare('SAVEPOINT work').run();
    const value = work();
    prepare('RELEASE work').run();
    return value;
  } catch (error) {
    // Some failures (a full disk) make SQLite undo the whole transaction: then all of the group failed.
    if (!database.isOpen || !database.isTransaction) current.end(error);
    else database.exec('ROLLBACK TO work; RELEASE work');
    // In memory nobody else ends it, and readers wait for its end.
    if (inMemory) current.end();
    throw asStoreError(error);
  }
}

function rollBack(database: DatabaseSync): void {
  if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
}

function attempt(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

function attemptOrThrow<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asStoreError(error);
  }
}
