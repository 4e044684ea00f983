import { DEFAULT_SYNC_CONFIG, type Connection, type SealedCredentials } from '../../../domain/connection.ts';
import type { ConnectionStore } from '../../connection-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

interface ConnectionRow {
  readonly sealed: string | null;
  readonly last_sync_at: number | null;
  readonly document: string;
}

/** Kept apart: credentials, so that they can be told to be there and are gone once unset; and what is written without the rest. */
type ConnectionDocument = Omit<Connection, 'sealed' | 'lastSyncAt'>;

const COLUMNS = 'sealed, last_sync_at, document';

function connectionOf(row: ConnectionRow): Connection {
  const document = JSON.parse(row.document) as ConnectionDocument;
  return {
    connectionId: document.connectionId,
    owner: document.owner,
    provider: document.provider,
    status: document.status,
    accountKey: document.accountKey,
    budgetKey: document.budgetKey,
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
    lastSyncAt: row.last_sync_at,
    revision: document.revision,
  };
}

/** Values for the columns `user_id, provider, status, sealed, last_sync_at, revision, document`. */
function connectionValues(connection: Connection): (string | number | null)[] {
  const { sealed, lastSyncAt, ...document } = connection;
  return [
    connection.owner.id,
    connection.provider,
    connection.status,
    sealed === null ? null : JSON.stringify(sealed),
    lastSyncAt,
    connection.revision,
    JSON.stringify(document satisfies ConnectionDocument),
  ];
}

const INSERT = `
  INSERT INTO connections
    (connection_id, user_id, provider, status, sealed, last_sync_at, revision, document)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

const REPLACE = `
  UPDATE connections
  SET user_id = ?, provider = ?, status = ?, sealed = ?, last_sync_at = ?, revision = ?, document = ?
  WHERE connection_id = ? AND revision = ?`;

const RESEAL = `
  UPDATE connections
  SET sealed = :sealed, revision = revision + 1, document = json_set(document, '$.revision', revision + 1)
  WHERE connection_id = :id AND revision = :expected AND sealed IS NOT NULL`;

const COUNT_SEALED = `
  SELECT sealed ->> '$.v' AS v, sealed ->> '$.keyId' AS key_id, count(*) AS count FROM connections
  WHERE sealed IS NOT NULL GROUP BY 1, 2`;

const SEALED_UNLIKE = `
  connection_id > ? AND sealed IS NOT NULL AND (sealed ->> '$.v' IS NOT ? OR sealed ->> '$.keyId' IS NOT ?)
  ORDER BY connection_id LIMIT +?`;

/** The index knows this expression as it stands here. */
export const OF_ACCOUNT = "provider = ? AND json_extract(document, '$.accountKey') = ? LIMIT 1000";

const BUDGET = "json_extract(document, '$.budgetKey')";
const USES_BUDGET = `SELECT 1 FROM connections WHERE status <> 'disconnected' AND ${BUDGET} = ? LIMIT 1`;
const RESTED = `status = 'disconnected' AND ${BUDGET} <> ''`;
const RESTED_BUDGETS = `SELECT ${BUDGET} AS budget FROM connections WHERE ${RESTED}`;
const DROP_RESTED_BUDGETS = `
  UPDATE connections
  SET revision = revision + 1, document = json_set(document, '$.budgetKey', '', '$.revision', revision + 1)
  WHERE ${RESTED}`;

const TOUCH = `
  UPDATE connections SET last_sync_at = :at
  WHERE connection_id = :id AND coalesce(last_sync_at, -1) < :at`;

export function createConnectionStore(session: SqliteSession): ConnectionStore {
  const select = (where: string, ...values: (string | number)[]): Connection[] => {
    const rows = session.prepare(`SELECT ${COLUMNS} FROM connections WHERE ${where}`).all(...values);
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
    usesBudget: (budgetKey) => session.read(() => session.prepare(USES_BUDGET).get(budgetKey) !== undefined),
    dropRestedBudgets: () =>
      session.write(() => {
        const taken = session.prepare(RESTED_BUDGETS).all();
        if (taken.length > 0) session.prepare(DROP_RESTED_BUDGETS).run();
        return [...new Set(taken.map((row) => String(row['budget'])))];
      }),
    pageConnected: (after, limit) =>
      session.read(() =>
        select(
          "connection_id > ? AND status <> 'disconnected' ORDER BY connection_id LIMIT +?",
          after ?? '',
          limit,
        ),
      ),
    insert: (connection) =>
      session.write(
        () =>
          session.prepare(INSERT).run(connection.connectionId, ...connectionValues(connection)).changes === 1,
      ),
    replace: (connection, expectedRevision) =>
      session.write(() => {
        const values = connectionValues(connection);
        return (
          session.prepare(REPLACE).run(...values, connection.connectionId, expectedRevision).changes === 1
        );
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
      session.write(
        () => session.prepare(RESEAL).run({ id, sealed: JSON.stringify(sealed), expected }).changes === 1,
      ),
    touchLastSync: (id, at) =>
      session.write(() => {
        session.prepare(TOUCH).run({ id, at });
      }),
  };
}
