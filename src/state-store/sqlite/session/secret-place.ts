import type { DatabaseSync } from 'node:sqlite';
import { textHash } from '../../../domain/content-hash.ts';

/** The function by that name in statements. */
export const BUDGET_MARK = 'budget_mark';

/** As much as a page can hold of a row, and more: what follows it in the row stands in pages of that row alone. */
export const SECRET_PAD = 'zeroblob((SELECT page_size FROM pragma_page_size))';

/** Some 16 bits by which connections of a budget are found among others, and nothing is told of the key; null for an empty one. */
export function budgetMarkOf(budgetKey: string): number | null {
  return budgetKey === '' ? null : Number.parseInt(textHash(budgetKey).slice(0, 4), 16);
}

/** Lets statements make the mark of a budget key. */
export function addBudgetMark(database: DatabaseSync): void {
  const options = { deterministic: true, directOnly: true };
  database.function(BUDGET_MARK, options, (key) => (typeof key === 'string' ? budgetMarkOf(key) : null));
}

/**
 * Gives what must not outlive its time a page of its own: sealed credentials, and the budget key, which holds a fingerprint of them.
 *
 * SQLite moves rows between pages and leaves copies where they lay, which no statement reaches. What of a row doesn't fit into its page
 * stands in pages that are of this row alone, never moved, and zeroed when they are freed (`secure_delete`). `pad` fills as much as a
 * page can hold of a row, so that all that follows it stands there. Searched is by what tells nothing: the form of a sealing, and
 * 16 bits of a budget key's hash.
 */
export const SECRETS = `
  CREATE TABLE secrets (
    connection_id TEXT PRIMARY KEY,
    pad BLOB NOT NULL,
    sealed TEXT,
    budget_key TEXT NOT NULL
  ) STRICT;
  DROP INDEX connections_by_owner;
  DROP INDEX connections_by_account;
  ALTER TABLE connections RENAME TO old_connections;
  CREATE TABLE connections (
    connection_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    status TEXT NOT NULL,
    sealed_v INTEGER,
    sealed_key_id TEXT,
    budget_mark INTEGER,
    last_sync_at INTEGER,
    revision INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  INSERT INTO connections
  SELECT
    connection_id, user_id, provider, status, sealed ->> '$.v', sealed ->> '$.keyId',
    ${BUDGET_MARK}(document ->> '$.budgetKey'), last_sync_at, revision, json_remove(document, '$.budgetKey')
  FROM old_connections;
  INSERT INTO secrets
  SELECT connection_id, ${SECRET_PAD}, sealed, document ->> '$.budgetKey' FROM old_connections
  WHERE sealed IS NOT NULL OR document ->> '$.budgetKey' <> '';
  DROP TABLE old_connections;
  CREATE UNIQUE INDEX connections_by_owner ON connections (user_id, provider);
  CREATE INDEX connections_by_account ON connections (provider, json_extract(document, '$.accountKey'));
  CREATE INDEX connections_connected ON connections (connection_id) WHERE status <> 'disconnected';
  CREATE INDEX connections_sealed ON connections (connection_id, sealed_v, sealed_key_id) WHERE sealed_v IS NOT NULL;
  CREATE INDEX connections_by_budget ON connections (budget_mark) WHERE budget_mark IS NOT NULL;
  CREATE INDEX connections_rested_budgets ON connections (connection_id)
    WHERE status = 'disconnected' AND budget_mark IS NOT NULL;
`;
