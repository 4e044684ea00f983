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
