import { DatabaseSync } from 'node:sqlite';
import {
  ACCOUNTS,
  ANSWERS_AND_AUDIT,
  CHECKED_ENTRIES,
  CRM_CLOCKS,
  CRM_COPIES,
  DEAD_LETTER_INDEX,
  FEED_POSITIONS,
  LEFT_RECORDS,
  KIN_WRITES,
  LINK_STARTS,
  MOVED_RECORDS,
  RECORD_SUMMARIES,
  REPLAYS_AND_OWNERSHIP,
  SHARD_RULES,
} from './schema-steps.ts';
import { addBudgetMark, SECRETS } from './secret-place.ts';
import { StoreTooNew } from './sqlite-errors.ts';

const RECORDS = `
  CREATE TABLE records (
    key TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    search TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX records_by_user ON records (user_id, kind, entity_id);
  CREATE TABLE record_refs (
    user_id TEXT NOT NULL,
    target TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (user_id, target, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX record_refs_by_key ON record_refs (key);
`;

const CONNECTIONS_AND_RUNS = `
  CREATE TABLE connections (
    connection_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    status TEXT NOT NULL,
    sealed TEXT,
    last_sync_at INTEGER,
    revision INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX connections_by_owner ON connections (user_id, provider);
  CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL,
    open INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX runs_open ON runs (connection_id) WHERE open = 1;
  CREATE INDEX runs_by_connection ON runs (connection_id, created_at, run_id);
`;

// `due_at` is when a link may be worked on; null while there is nothing to do. Indexing it lets a scope whose whole
// backlog waits be told from a scope with one due link by a single look.
// The index for claiming leaves the claim out, so that claiming does not rewrite it.
const LINKS = `
  CREATE TABLE links (
    id TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    wanted INTEGER NOT NULL DEFAULT 0,
    marks INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER,
    lane INTEGER NOT NULL DEFAULT 0,
    dirty_since INTEGER,
    claim_token TEXT,
    claim_epoch INTEGER,
    claim_until INTEGER,
    quiet_until INTEGER,
    not_before INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    waiting_since INTEGER,
    remote_id TEXT,
    remote_version TEXT,
    remote_origin TEXT,
    key_hash TEXT,
    intent_key_hash TEXT,
    recreated_at INTEGER,
    wake INTEGER NOT NULL DEFAULT 0,
    journal INTEGER NOT NULL DEFAULT 0,
    run_id TEXT,
    run_result TEXT,
    due_at INTEGER GENERATED ALWAYS AS
      (max(next_at, coalesce(not_before, 0), coalesce(quiet_until, 0))) VIRTUAL,
    strays TEXT,
    intent TEXT,
    dead TEXT,
    shadow TEXT
  ) STRICT;
  CREATE INDEX links_due ON links (scope, lane, next_at, due_at) WHERE next_at IS NOT NULL;
  CREATE INDEX links_due_scope ON links (scope, due_at, dirty_since) WHERE due_at IS NOT NULL;
  CREATE INDEX links_remote ON links (scope, kind, remote_id) WHERE remote_id IS NOT NULL;
  CREATE INDEX links_key_hash ON links (scope, kind, key_hash) WHERE key_hash IS NOT NULL;
  CREATE INDEX links_intent_key_hash ON links (scope, kind, intent_key_hash) WHERE intent_key_hash IS NOT NULL;
  CREATE INDEX links_wake ON links (scope) WHERE wake = 1;
  CREATE INDEX links_dead ON links (scope) WHERE dead IS NOT NULL;
  CREATE INDEX links_run ON links (run_id, kind, run_result) WHERE run_id IS NOT NULL;
`;

const JOURNALS = `
  CREATE TABLE timeline (
    link_id TEXT NOT NULL,
    slot INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (link_id, slot)
  ) STRICT;
  CREATE INDEX timeline_by_user ON timeline (user_id, id);
  CREATE INDEX timeline_by_time ON timeline (at);
  CREATE TABLE dead_letters (
    id TEXT PRIMARY KEY,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    "offset" TEXT NOT NULL,
    key BLOB,
    value BLOB,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    failed_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE settings (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE change_log (
    "offset" INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL
  ) STRICT;
`;

/** One text per schema version, oldest first; a text that was released is never edited, only followed by another. */
export const MIGRATIONS: readonly string[] = [
  RECORDS + CONNECTIONS_AND_RUNS + LINKS + JOURNALS,
  DEAD_LETTER_INDEX + REPLAYS_AND_OWNERSHIP,
  MOVED_RECORDS,
  ANSWERS_AND_AUDIT,
  SHARD_RULES,
  CRM_COPIES,
  ACCOUNTS,
  FEED_POSITIONS,
  LEFT_RECORDS,
  KIN_WRITES,
  LINK_STARTS,
  SECRETS,
  CHECKED_ENTRIES,
  CRM_CLOCKS,
  RECORD_SUMMARIES,
];

/**
 * Brings the file's schema to this program's version, each step in a transaction of its own; an empty file's at once.
 *
 * @throws {StoreTooNew} when a newer program has written the file: an older one would misread it.
 */
export function migrate(database: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version > migrations.length) throw new StoreTooNew(version, migrations.length);
  if (version === 0 && migrations === MIGRATIONS) {
    madeBySteps ??= schemaMadeBy(migrations);
    database.exec(step(madeBySteps, migrations.length));
  } else takeSteps(database, migrations, version);
}

/** What all steps make of an empty file, once it is known: to make that costs a fifth of going through them. */
let madeBySteps: string | null = null;

const MADE = `
  SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid`;

function schemaMadeBy(migrations: readonly string[]): string {
  const database = new DatabaseSync(':memory:');
  try {
    takeSteps(database, migrations, 0);
    const made = database.prepare(MADE).all();
    return made.map(({ sql }) => `${String(sql)};`).join('\n');
  } finally {
    database.close();
  }
}

function takeSteps(database: DatabaseSync, migrations: readonly string[], from: number): void {
  addBudgetMark(database);
  for (const [index, migration] of migrations.entries())
    if (index >= from) database.exec(step(migration, index + 1));
}

function step(statements: string, version: number): string {
  return `BEGIN IMMEDIATE; ${statements} PRAGMA user_version = ${String(version)}; COMMIT`;
}
