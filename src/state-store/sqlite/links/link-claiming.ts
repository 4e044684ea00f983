import type { Scope } from '../../../domain/connection.ts';
import { LANES, type Lane, type Link } from '../../../domain/link.ts';
import { weightOf } from '../../../domain/json.ts';
import { urgencyOf } from '../../lane-urgency.ts';
import type { ClaimRequest, LinkStore } from '../../link-store.port.ts';
import { PAGE_BYTES } from '../../../domain/page.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';
import { copyColumns, intentColumns, linkOf, remoteColumns, type LinkRow } from './stored-link.ts';

const UNHELD = '(claim_token IS NULL OR claim_until <= :now)';

// Bound by place (scope, lane, now, epoch, limit), since names take twice the time.
const DUE = `
  scope = ?1 AND lane = ?2 AND next_at <= ?3 AND due_at <= ?3
  AND (claim_token IS NULL OR claim_epoch < ?4 OR claim_until <= ?3)`;
export const CLAIMABLE = `SELECT * FROM links WHERE ${DUE} ORDER BY next_at LIMIT +?5`;
// Without an order the planner would take the index of scopes, and step over a backlog of other lanes.
export const ANY_CLAIMABLE = `SELECT 1 FROM links INDEXED BY links_due WHERE ${DUE} LIMIT 1`;

/**
 * Hops from scope to scope in the index, then looks at each scope's earliest due link only: a scope's backlog costs
 * nothing, be it due or waiting. What is due but claimed is stepped over; that is what workers have in hand.
 */
export const DUE_SCOPES = `
  WITH RECURSIVE hop (scope) AS (
    SELECT min(scope) FROM links INDEXED BY links_due_scope WHERE due_at IS NOT NULL AND scope > :after
    UNION ALL
    SELECT (
      SELECT min(scope) FROM links INDEXED BY links_due_scope
      WHERE due_at IS NOT NULL AND links.scope > hop.scope
    ) FROM hop WHERE hop.scope IS NOT NULL
  )
  SELECT scope FROM hop
  WHERE scope IS NOT NULL AND EXISTS (
    SELECT 1 FROM links INDEXED BY links_due_scope
    WHERE links.scope = hop.scope AND due_at IS NOT NULL AND due_at <= :now AND ${UNHELD}
  )
  LIMIT +:limit`;

/** Both are partial indexes with few rows: what a process died over, or could not tell. */
export const UNFINISHED_SCOPES = `
  SELECT scope FROM links WHERE wake = 1 UNION SELECT scope FROM links WHERE untold = 1 LIMIT +?`;

const CLAIM = 'UPDATE links SET claim_token = ?, claim_epoch = ?, claim_until = ? WHERE id = ?';
const NOTE_REMOTE = `
  UPDATE links SET
    remote_id = :remote_id, remote_version = :remote_version, remote_origin = :remote_origin, key_hash = :key_hash, wake = 1,
    shadow = NULL, copy = NULL
  WHERE id = :id AND claim_token = :token`;
const NOTE_MADE = `
  UPDATE links SET
    remote_id = :remote_id, remote_version = :remote_version, remote_origin = :remote_origin, key_hash = :key_hash, wake = 1,
    shadow = NULL, copy = :copy, intent = :intent, intent_key_hash = :intent_key_hash
  WHERE id = :id AND claim_token = :token`;
const TAKE_OVER = 'UPDATE links SET quiet_until = ?, starts = ? WHERE id = ?';

type Claiming = Pick<
  LinkStore,
  'dueScopes' | 'unfinishedScopes' | 'claim' | 'extendClaim' | 'beginCreate' | 'noteRemote' | 'noteMade'
>;

/** Who may act on a link. */
export function createLinkClaiming(session: SqliteSession): Claiming {
  const { prepare } = session;
  let lastScope = '';

  /**
   * Goes on after the scope that the call before ended with: where more scopes are due than a caller takes at a time and
   * it can't act on some of them, the others still get their turn.
   */
  const dueScopes = (now: number, limit: number): Scope[] => {
    const after = (scope: string, most: number): Scope[] =>
      prepare(DUE_SCOPES)
        .all({ after: scope, now, limit: most })
        .map((row) => row['scope'] as Scope);
    const scopes = after(lastScope, limit);
    if (lastScope !== '' && scopes.length < limit) {
      const begin = lastScope;
      scopes.push(...after('', limit - scopes.length).filter((scope) => scope <= begin));
    }
    lastScope = scopes.length < limit ? '' : (scopes.at(-1) ?? '');
    return scopes;
  };

  const take = (link: Link, { claim }: ClaimRequest): Link => {
    prepare(CLAIM).run(claim.token, claim.epoch, claim.until, link.id);
    if (link.claim === null) return { ...link, claim };
    const quietUntil = Math.max(link.quietUntil ?? 0, link.claim.until);
    // Whose claim is of a lower epoch died with it in hand; one that only took too long did not.
    const starts = (link.starts ?? 0) + (link.claim.epoch < claim.epoch ? 1 : 0);
    prepare(TAKE_OVER).run(quietUntil, starts, link.id);
    return { ...link, claim, quietUntil, ...(starts > 0 && { starts }) };
  };

  return {
    dueScopes: (now, limit) => session.read(() => dueScopes(now, limit)),
    unfinishedScopes: (limit) =>
      session.read(() =>
        prepare(UNFINISHED_SCOPES)
          .all(limit)
          .map((row) => row['scope'] as Scope),
      ),
    async claim(request) {
      const { scope, lane: named, now, limit, claim } = request;
      const lanes = named === null ? LANES : [named];
      const due = (lane: Lane) => [scope, urgencyOf(lane), now, claim.epoch] as const;
      const hasNone = (lane: Lane): boolean => prepare(ANY_CLAIMABLE).get(...due(lane)) === undefined;
      // Most lanes of most scopes have nothing due, which needs no transaction.
      if (await session.peek(() => lanes.every(hasNone))) return [];
      return await session.write(() => {
        const claimed: Link[] = [];
        let weight = 0;
        for (const lane of lanes) {
          if (claimed.length === limit) break;
          for (const row of prepare(CLAIMABLE).iterate(...due(lane), limit - claimed.length)) {
            const link = linkOf(row as unknown as LinkRow);
            claimed.push(link);
            weight += weightOf(link);
            if (weight >= PAGE_BYTES) break;
          }
          if (weight >= PAGE_BYTES) break;
        }
        // Written after all were read: a statement must not step over what changes under it.
        return claimed.map((link) => take(link, request));
      });
    },
    extendClaim: (id, token, until) =>
      session.write(() => {
        const update = prepare('UPDATE links SET claim_until = ? WHERE id = ? AND claim_token = ?');
        return update.run(until, id, token).changes === 1;
      }),
    beginCreate: (id, token, intent) =>
      session.write(() => {
        const update = prepare(
          'UPDATE links SET intent = :intent, intent_key_hash = :intent_key_hash WHERE id = :id AND claim_token = :token',
        );
        return update.run({ ...intentColumns(intent), id, token }).changes === 1;
      }),
    noteRemote: (id, token, remote, keyHash) =>
      session.write(() => {
        const update = prepare(NOTE_REMOTE);
        return update.run({ ...remoteColumns(remote), key_hash: keyHash, id, token }).changes === 1;
      }),
    noteMade: (id, token, { remote, keyHash, copy }) =>
      session.write(() => {
        const made = { ...remoteColumns(remote), ...intentColumns(null), ...copyColumns(copy) };
        return prepare(NOTE_MADE).run({ ...made, key_hash: keyHash, id, token }).changes === 1;
      }),
  };
}
