import type { ClaimedKey, IdempotencyStore, KeptAnswer } from '../../idempotency-store.port.ts';
import { inChunks } from '../session/in-chunks.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

const CLAIM_KEY = `
  INSERT INTO idempotency_keys (key, user_id, fingerprint, token, free_at, answer)
  VALUES (:key, :userId, :fingerprint, :token, :until, NULL)
  ON CONFLICT (key) DO UPDATE SET
    user_id = excluded.user_id, fingerprint = excluded.fingerprint, token = excluded.token,
    free_at = excluded.free_at, answer = NULL
  WHERE free_at <= :now`;

const READ = 'SELECT fingerprint, answer FROM idempotency_keys WHERE key = ?';

const COMPLETE = `
  UPDATE idempotency_keys SET answer = :answer, free_at = :until
  WHERE key = :key AND token = :token AND answer IS NULL`;

const RELEASE = 'DELETE FROM idempotency_keys WHERE key = ? AND token = ? AND answer IS NULL';

/** Few: each may hold an answer of some size. */
const PRUNED_AT_ONCE = 100;
const pruning = (where: string): string =>
  `DELETE FROM idempotency_keys
  WHERE rowid IN (SELECT rowid FROM idempotency_keys WHERE ${where} LIMIT ${String(PRUNED_AT_ONCE)})`;

export const PRUNE_KEYS = pruning('free_at <= ?');

export const FORGET_KEYS = pruning('user_id = ?');

export function createIdempotencyStore(session: SqliteSession): IdempotencyStore {
  const { prepare } = session;
  const standing = (key: string): ClaimedKey => {
    const row = prepare(READ).get(key);
    if (row === undefined) throw new Error('a key that could not be claimed is not there');
    const answer = row['answer'] as string | null;
    return {
      fingerprint: row['fingerprint'] as string,
      answer: answer === null ? null : (JSON.parse(answer) as KeptAnswer),
    };
  };

  return {
    claim: ({ key, userId, fingerprint, token, now, until }) =>
      session.write(() => {
        const claimed = prepare(CLAIM_KEY).run({ key, userId, fingerprint, token, now, until });
        return claimed.changes === 1 ? null : standing(key);
      }),
    complete: (key, token, { status, headers, body }, until) =>
      session.write(() => {
        const answer = JSON.stringify({ status, headers, body });
        return prepare(COMPLETE).run({ key, token, answer, until }).changes === 1;
      }),
    release: (key, token) => session.write(() => prepare(RELEASE).run(key, token).changes === 1),
    prune: (now) => inChunks(session, PRUNED_AT_ONCE, () => Number(prepare(PRUNE_KEYS).run(now).changes)),
    forgetUser: (userId) =>
      inChunks(session, PRUNED_AT_ONCE, () => Number(prepare(FORGET_KEYS).run(userId).changes)),
  };
}
