import type { OwnershipStore, ShardLease, WorkerRow } from '../../ownership-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

const JOIN = `
  INSERT INTO workers (worker_id, beat, draining, started_at, beat_at, label, shard_rule)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`;

const BEAT = 'UPDATE workers SET beat = beat + 1, draining = ?, beat_at = ? WHERE worker_id = ?';

const FIRST_TAKE = 'INSERT INTO shards (shard, owner, epoch) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';

const TAKE = `
  UPDATE shards SET owner = :owner, epoch = :epoch
  WHERE shard = :shard AND owner IS :fromOwner AND epoch = :fromEpoch`;

const RELEASE = 'UPDATE shards SET owner = NULL WHERE shard = ? AND owner = ? AND epoch = ?';

interface StoredWorker {
  readonly worker_id: string;
  readonly beat: number;
  readonly draining: number;
  readonly started_at: number;
  readonly beat_at: number;
  readonly label: string;
  readonly shard_rule: number;
}

/** A worker that was fenced or has left has no row, and only rows can be beaten. */
export function createOwnershipStore(session: SqliteSession): OwnershipStore {
  const { prepare } = session;

  const workers = (): WorkerRow[] => {
    const rows = prepare('SELECT * FROM workers ORDER BY worker_id').all() as unknown as StoredWorker[];
    return rows.map(workerOf);
  };

  const take = (from: ShardLease | null, { shard, owner, epoch }: ShardLease): boolean => {
    if (from === null) return prepare(FIRST_TAKE).run(shard, owner, epoch).changes === 1;
    if (from.shard !== shard) return false;
    const parameters = { shard, owner, epoch, fromOwner: from.owner, fromEpoch: from.epoch };
    return prepare(TAKE).run(parameters).changes === 1;
  };

  return {
    join: ({ workerId, beat, draining, startedAt, beatAt, label, shardRule }) =>
      session.write(() => {
        prepare(JOIN).run(workerId, beat, draining ? 1 : 0, startedAt, beatAt, label, shardRule);
      }),
    beat: (workerId, draining, at) =>
      session.write(() => prepare(BEAT).run(draining ? 1 : 0, at, workerId).changes === 1),
    workers: () => session.read(workers),
    fence: (workerId, beat) =>
      session.write(
        () =>
          prepare('DELETE FROM workers WHERE worker_id = ? AND beat = ?').run(workerId, beat).changes === 1,
      ),
    leave: (workerId) =>
      session.write(() => {
        prepare('DELETE FROM workers WHERE worker_id = ?').run(workerId);
      }),
    shards: () =>
      session.read(() =>
        prepare('SELECT shard, owner, epoch FROM shards ORDER BY shard')
          .all()
          .map((row) => ({ ...row }) as unknown as ShardLease),
      ),
    take: (from, next) => session.write(() => take(from, next)),
    release: ({ shard, owner, epoch }) =>
      session.write(() => prepare(RELEASE).run(shard, owner, epoch).changes === 1),
  };
}

function workerOf(row: StoredWorker): WorkerRow {
  return {
    workerId: row.worker_id,
    beat: row.beat,
    draining: row.draining === 1,
    startedAt: row.started_at,
    beatAt: row.beat_at,
    label: row.label,
    shardRule: row.shard_rule,
  };
}
