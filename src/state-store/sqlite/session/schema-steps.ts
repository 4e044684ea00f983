// What `dead_letters` held before were events that could not be read, of which the topic tells the entity. A key that can be
// an id is taken for one: printable ASCII without spaces.
const OLD_LETTERS = `
  INSERT INTO dead_letters
    (id, kind, status, code, entity, entity_id, first_failed_at, failed_at, attempts, replays, document, key, value)
  SELECT
    id, 'decode', 'open', code,
    CASE WHEN topic LIKE '%property%' THEN 'property' WHEN topic LIKE '%deal%' THEN 'deal' ELSE 'contact' END,
    CASE
      WHEN length(key) BETWEEN 1 AND 256 AND length(CAST(key AS TEXT)) = length(key)
        AND CAST(key AS TEXT) NOT GLOB '*[^!-~]*' THEN CAST(key AS TEXT)
    END,
    failed_at, failed_at, 1, 0,
    json_object(
      'detail', detail, 'fields', json('[]'), 'delivery', NULL,
      'source', json_object('topic', topic, 'partition', partition, 'offset', "offset")
    ),
    key, value
  FROM old_letters;
  DROP TABLE old_letters;
`;

/**
 * The index of dead letters, and what a link owes it.
 *
 * `value` stands last, so that a list does not read it. Each filter's index ends in the list's order.
 */
export const DEAD_LETTER_INDEX = `
  ALTER TABLE links ADD COLUMN untold INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX links_untold ON links (scope) WHERE untold = 1;
  ALTER TABLE dead_letters RENAME TO old_letters;
  CREATE TABLE dead_letters (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    code TEXT NOT NULL,
    provider TEXT,
    user_id TEXT,
    connection_id TEXT,
    entity TEXT NOT NULL,
    entity_id TEXT,
    first_failed_at INTEGER NOT NULL,
    failed_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    replays INTEGER NOT NULL,
    document TEXT NOT NULL,
    key BLOB,
    value BLOB
  ) STRICT;
  ${OLD_LETTERS}
  CREATE INDEX dead_letters_by_time ON dead_letters (failed_at DESC, id);
  CREATE INDEX dead_letters_by_status ON dead_letters (status, failed_at DESC, id);
  CREATE INDEX dead_letters_by_code ON dead_letters (code, failed_at DESC, id);
  CREATE INDEX dead_letters_by_user ON dead_letters (user_id, failed_at DESC, id) WHERE user_id IS NOT NULL;
  CREATE INDEX dead_letters_by_connection ON dead_letters (connection_id, failed_at DESC, id)
    WHERE connection_id IS NOT NULL;
  CREATE INDEX dead_letters_by_entity ON dead_letters (entity_id, entity, failed_at DESC, id)
    WHERE entity_id IS NOT NULL;
`;

export const REPLAYS_AND_OWNERSHIP = `
  CREATE TABLE replays (
    replay_id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    finished_at INTEGER,
    revision INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX replays_running ON replays (created_at, replay_id) WHERE status = 'running';
  CREATE INDEX replays_begun ON replays (created_at, replay_id) WHERE status <> 'planned';
  CREATE TABLE workers (
    worker_id TEXT PRIMARY KEY,
    beat INTEGER NOT NULL,
    draining INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    beat_at INTEGER NOT NULL,
    label TEXT NOT NULL
  ) STRICT;
  CREATE TABLE shards (shard INTEGER PRIMARY KEY, owner TEXT, epoch INTEGER NOT NULL) STRICT;
  CREATE TABLE budgets (budget TEXT PRIMARY KEY, paused_until INTEGER, open_until INTEGER) STRICT;
  CREATE TABLE budget_days (
    budget TEXT NOT NULL,
    day TEXT NOT NULL,
    reserved INTEGER NOT NULL,
    PRIMARY KEY (budget, day)
  ) STRICT, WITHOUT ROWID;
`;

/** Finds records that had another owner, which are few, by a look at those alone. */
export const MOVED_RECORDS = `
  CREATE INDEX records_moved ON records (key) WHERE instr(document, '"formerUserIds"') > 0;
`;

/** What the API keeps of requests: the first answers of those with a key, and who did what. */
export const ANSWERS_AND_AUDIT = `
  CREATE TABLE idempotency_keys (
    key TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    token TEXT NOT NULL,
    free_at INTEGER NOT NULL,
    answer TEXT
  ) STRICT;
  CREATE INDEX idempotency_keys_by_end ON idempotency_keys (free_at);
  CREATE INDEX idempotency_keys_by_user ON idempotency_keys (user_id);
  CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    act TEXT NOT NULL,
    resource_id TEXT,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_by_time ON audit (at DESC, id);
  CREATE INDEX audit_by_user ON audit (user_id, at DESC, id);
  CREATE INDEX audit_by_resource ON audit (resource_id, at DESC, id) WHERE resource_id IS NOT NULL;
`;

/** What a worker knows of sharing the shards; those of before knew the first rule. */
export const SHARD_RULES = `
  ALTER TABLE workers ADD COLUMN shard_rule INTEGER NOT NULL DEFAULT 1;
`;

/** What is known of the CRM records of links, and how far each CRM's own list of changes was read. */
export const CRM_COPIES = `
  ALTER TABLE links ADD COLUMN copy TEXT;
  ALTER TABLE links ADD COLUMN touched_at INTEGER;
  ALTER TABLE links ADD COLUMN sought TEXT;
  CREATE TABLE looks (
    scope TEXT NOT NULL,
    kind TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    looked_from INTEGER NOT NULL,
    looked_to INTEGER NOT NULL,
    PRIMARY KEY (scope, kind)
  ) STRICT, WITHOUT ROWID;
`;

/** Which scopes are of one CRM account, and finding the connections of one. */
export const ACCOUNTS = `
  CREATE TABLE accounts (
    scope TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL,
    account TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX accounts_by_account ON accounts (account);
  CREATE INDEX connections_by_account ON connections (provider, json_extract(document, '$.accountKey'));
`;

/** What is ours of CRM records that were left for others. */
export const LEFT_RECORDS = `
  ALTER TABLE links ADD COLUMN left_records TEXT;
  CREATE INDEX links_left ON links (scope, kind) WHERE left_records IS NOT NULL;
`;

/** How far the feed was taken in; stores of before know no places. */
export const FEED_POSITIONS = `
  CREATE TABLE feed_positions (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID;
`;

/** When another connection of a link's CRM account last wrote to its CRM record. */
export const KIN_WRITES = `
  ALTER TABLE links ADD COLUMN kin_wrote_at INTEGER;
`;

/** How many processes died with a link in hand. */
export const LINK_STARTS = `
  ALTER TABLE links ADD COLUMN starts INTEGER NOT NULL DEFAULT 0;
`;

/**
 * What lists show of records; null for those that were stored before, until they change. It stands before what may be large: behind it, all
 * of that would be walked over to reach it. Hence the table is made anew.
 */
export const RECORD_SUMMARIES = `
  CREATE TABLE records_with_summaries (
    key TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    summary TEXT,
    search TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  INSERT INTO records_with_summaries
    SELECT key, user_id, kind, entity_id, revision, deleted, NULL, search, document FROM records;
  DROP TABLE records;
  ALTER TABLE records_with_summaries RENAME TO records;
  CREATE UNIQUE INDEX records_by_user ON records (user_id, kind, entity_id);
  CREATE INDEX records_moved ON records (key) WHERE instr(document, '"formerUserIds"') > 0;
`;

/** Which entries of timelines were written by who asks whose the record is; those of before are found, and rewritten, by this. */
export const CHECKED_ENTRIES = `
  ALTER TABLE timeline ADD COLUMN checked INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX timeline_unchecked ON timeline (checked) WHERE checked = 0;
`;

/** How far each CRM's clock was behind, where it told so. */
export const CRM_CLOCKS = `
  ALTER TABLE looks ADD COLUMN behind TEXT;
`;
