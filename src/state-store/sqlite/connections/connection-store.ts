import { DEFAULT_SYNC_CONFIG, type Connection, type SealedCredentials } from '../../../domain/connection.ts';
import type { ConnectionStore } from '../../connection-store.port.ts';
import { inChunks } from '../session/in-chunks.ts';
import { budgetMarkOf, SECRET_PAD } from '../session/secret-place.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

interface ConnectionRow {
  readonly sealed: string | null;
  readonly budget_key: string | null;
  readonly last_sync_at: number | null;
  readonly document: string;
}

/** Kept apart: what must leave no copy (`secrets`), and what is written without the rest. */
type ConnectionDocument = Omit<Connection, 'sealed' | 'budgetKey' | 'lastSyncAt'>;

const SELECT =
  'SELECT sealed, budget_key, last_sync_at, document FROM connections LEFT JOIN secrets USING (connection_id)';

function connectionOf(row: ConnectionRow): Connection {
  const document = JSON.parse(row.document) as ConnectionDocument;
  return {
    connectionId: document.connectionId,
    owner: document.owner,
    provider: document.provider,
    ...(document.dialect !== undefined && { dialect: document.dialect }),
    status: document.status,
    accountKey: document.accountKey,
    ...(document.accountName !== undefined && { accountName: document.accountName }),
    ...(document.credentialsUntil !== undefined && { credentialsUntil: document.credentialsUntil }),
    budgetKey: row.budget_key ?? '',
    instanceUrl: document.instanceUrl,
    sealed: row.sealed === null ? null : (JSON.parse(row.sealed) as SealedCredentials),
    // A program before this one wrote no time zone.
    syncConfig: {
      ...document.syncConfig,
      timeZone: document.syncConfig.timeZone ?? DEFAULT_SYNC_CONFIG.timeZone,
    },
    health: document.health,
    epoch: document.epoch,
    connectedAt: document.connectedAt,
    ...(document.opening !== undefined && { opening: document.opening }),
    lastSyncAt: row.last_sync_at,
    revision: document.revision,
  };
}

/** Values for the columns `user_id` to `document`. */
function connectionValues(connection: Connection): (string | number | null)[] {
  const { sealed, budgetKey, lastSyncAt, ...document } = connection;
  return [
    connection.owner.id,
    connection.provider,
    connection.status,
    sealed?.v ?? null,
    sealed?.keyId ?? null,
    budgetMarkOf(budgetKey),
    lastSyncAt,
    connection.revision,
    JSON.stringify(document satisfies ConnectionDocument),
  ];
}

const INSERT = `
  INSERT INTO connections (
    connection_id, user_id, provider, status, sealed_v, sealed_key_id, budget_mark, last_sync_at, revision, document
  ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

const REPLACE = `
  UPDATE connections
  SET user_id = ?, provider = ?, status = ?, sealed_v = ?, sealed_key_id = ?, budget_mark = ?, last_sync_at = ?,
    revision = ?, document = ?
  WHERE connection_id = ? AND revision = ?`;

// Written only where it changed: each write frees the pages of before.
const PUT_SECRET = `
  INSERT INTO secrets (connection_id, pad, sealed, budget_key) VALUES (:id, ${SECRET_PAD}, :sealed, :budgetKey)
  ON CONFLICT (connection_id) DO UPDATE SET sealed = excluded.sealed, budget_key = excluded.budget_key
  WHERE sealed IS NOT excluded.sealed OR budget_key <> excluded.budget_key`;
export const DROP_SECRET = 'DELETE FROM secrets WHERE connection_id = ?';

const RESEAL = `
  UPDATE connections
  SET sealed_v = :v, sealed_key_id = :keyId,
    revision = revision + 1, document = json_set(document, '$.revision', revision + 1)
  WHERE connection_id = :id AND revision = :expected AND sealed_v IS NOT NULL`;

export const COUNT_SEALED = `
  SELECT sealed_v AS v, sealed_key_id AS key_id, count(*) AS count FROM connections
  WHERE sealed_v IS NOT NULL GROUP BY 1, 2`;

export const SEALED_UNLIKE = `
  connection_id > ? AND sealed_v IS NOT NULL AND (sealed_v IS NOT ? OR sealed_key_id IS NOT ?)
  ORDER BY connection_id LIMIT +?`;

export const CONNECTED = "connection_id > ? AND status <> 'disconnected' ORDER BY connection_id LIMIT +?";

/** The index knows this expression as it stands here. */
export const OF_ACCOUNT = "provider = ? AND json_extract(document, '$.accountKey') = ? LIMIT 1000";

export const USES_BUDGET = `
  SELECT 1 FROM connections JOIN secrets USING (connection_id)
  WHERE budget_mark = ? AND status <> 'disconnected' AND budget_key = ? LIMIT 1`;

const ACCOUNTS_ON_BUDGET = `
  SELECT count(DISTINCT json_extract(document, '$.accountKey')) AS accounts
  FROM connections JOIN secrets USING (connection_id)
  WHERE budget_mark = ? AND status = 'active' AND budget_key = ?`;

const RESTED_AT_ONCE = 500;
export const RESTED_BUDGETS = `
  SELECT connection_id, budget_key FROM connections INDEXED BY connections_rested_budgets JOIN secrets USING (connection_id)
  WHERE status = 'disconnected' AND budget_mark IS NOT NULL LIMIT ${String(RESTED_AT_ONCE)}`;
const DROP_RESTED_BUDGET = `
  UPDATE connections
  SET budget_mark = NULL, revision = revision + 1, document = json_set(document, '$.revision', revision + 1)
  WHERE connection_id = ?`;

const TOUCH = `
  UPDATE connections SET last_sync_at = :at
  WHERE connection_id = :id AND coalesce(last_sync_at, -1) < :at`;

export function createConnectionStore(session: SqliteSession): ConnectionStore {
  const select = (where: string, ...values: (string | number)[]): Connection[] => {
    const rows = session.prepare(`${SELECT} WHERE ${where}`).all(...values);
    return (rows as unknown as ConnectionRow[]).map(connectionOf);
  };
  return {
    read: (id) => session.read(() => select('connection_id = ?', id)[0] ?? null),
    findByOwner: (userId, provider) =>
      session.read(() => select('user_id = ? AND provider = ?', userId, provider)[0] ?? null),
    listByOwner: (userId) => session.read(() => select('user_id = ? ORDER BY provider', userId)),
    listForUsers: (userIds) =>
      session.read(() =>
        [...new Set(userIds)].flatMap((userId) => select("user_id = ? AND status <> 'disconnected'", userId)),
      ),
    listByAccount: (provider, accountKey) => session.read(() => select(OF_ACCOUNT, provider, accountKey)),
    usesBudget: (budgetKey) =>
      session.read(() => session.prepare(USES_BUDGET).get(budgetMarkOf(budgetKey), budgetKey) !== undefined),
    accountsOnBudget: (budgetKey) =>
      session.read(
        () =>
          session.prepare(ACCOUNTS_ON_BUDGET).get(budgetMarkOf(budgetKey), budgetKey)?.['accounts'] as number,
      ),
    async dropRestedBudgets() {
      const taken = new Set<string>();
      await inChunks(session, RESTED_AT_ONCE, () => {
        const rested = session.prepare(RESTED_BUDGETS).all() as Record<string, string>[];
        for (const { connection_id: id = '', budget_key: key = '' } of rested) {
          taken.add(key);
          session.prepare(DROP_RESTED_BUDGET).run(id);
          session.prepare(DROP_SECRET).run(id);
        }
        return rested.length;
      });
      return [...taken];
    },
    pageConnected: (after, limit) => session.read(() => select(CONNECTED, after ?? '', limit)),
    insert: (connection) =>
      session.write(() => {
        const values = connectionValues(connection);
        const { changes } = session.prepare(INSERT).run(connection.connectionId, ...values);
        if (changes === 1) keepSecret(session, connection);
        return changes === 1;
      }),
    replace: (connection, expectedRevision) =>
      session.write(() => {
        const values = connectionValues(connection);
        const { changes } = session
          .prepare(REPLACE)
          .run(...values, connection.connectionId, expectedRevision);
        if (changes === 1) keepSecret(session, connection);
        return changes === 1;
      }),
    countSealed: () =>
      session.read(() =>
        session
          .prepare(COUNT_SEALED)
          .all()
          .map((row) => ({
            v: Number(row['v']),
            keyId: String(row['key_id']),
            count: Number(row['count']),
          })),
      ),
    pageSealedUnlike: ({ v, keyId }, after, limit) =>
      session.read(() => select(SEALED_UNLIKE, after ?? '', v, keyId, limit)),
    reseal: (id, sealed, expected) =>
      session.write(() => {
        const { v, keyId } = sealed;
        if (session.prepare(RESEAL).run({ id, v, keyId, expected }).changes !== 1) return false;
        session
          .prepare('UPDATE secrets SET sealed = ? WHERE connection_id = ?')
          .run(JSON.stringify(sealed), id);
        return true;
      }),
    touchLastSync: (id, at) =>
      session.write(() => {
        session.prepare(TOUCH).run({ id, at });
      }),
  };
}

function keepSecret({ prepare }: SqliteSession, { connectionId: id, sealed, budgetKey }: Connection): void {
  const text = sealed === null ? null : JSON.stringify(sealed);
  if (text === null && budgetKey === '') prepare(DROP_SECRET).run(id);
  else prepare(PUT_SECRET).run({ id, sealed: text, budgetKey });
}
