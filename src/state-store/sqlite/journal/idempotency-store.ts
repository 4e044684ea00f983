import {
  KEPT_ANSWER_BYTES,
  KEY_BYTES,
  LARGE_ANSWER,
  SMALL_ANSWERS,
  type ClaimedKey,
  type IdempotencyStore,
  type KeptAnswer,
} from '../../idempotency-store.port.ts';
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

/** Newest first; what stands beyond the bytes of those before it goes. Claims that are worked on stay. */
const TRIM_USER = `
  DELETE FROM idempotency_keys WHERE key IN (
    SELECT key FROM (
      SELECT key, sum(octet_length(answer) + :each) OVER (ORDER BY free_at DESC, key) AS held
      FROM idempotency_keys
      WHERE user_id = (SELECT user_id FROM idempotency_keys WHERE key = :key) AND answer IS NOT NULL
    ) WHERE held > :most
  )`;

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
  let small = 0;
  const mayTrim = (bytes: number): boolean => {
    small = bytes < LARGE_ANSWER ? (small + 1) % SMALL_ANSWERS : 0;
    return small === 0;
  };
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
        if (prepare(COMPLETE).run({ key, token, answer, until }).changes === 0) return false;
        const most = KEPT_ANSWER_BYTES;
        if (mayTrim(answer.length)) prepare(TRIM_USER).run({ key, each: KEY_BYTES, most });
        return true;
      }),
    release: (key, token) => session.write(() => prepare(RELEASE).run(key, token).changes === 1),
    prune: (now) => inChunks(session, PRUNED_AT_ONCE, () => Number(prepare(PRUNE_KEYS).run(now).changes)),
    forgetUser: (userId) =>
      inChunks(session, PRUNED_AT_ONCE, () => Number(prepare(FORGET_KEYS).run(userId).changes)),
  };
}
