import type { SQLInputValue } from 'node:sqlite';
import type { OurShare } from '../../../domain/crm-copy.ts';
import type { Link, LinkId, Remote } from '../../../domain/link.ts';
import { urgencyOf } from '../../lane-urgency.ts';
import type { LinkStore, NextLook, SettleResult, Settlement } from '../../link-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';
import { patchColumns, remoteColumns } from './stored-link.ts';

const STANDING =
  'SELECT wanted, marks, claim_token, run_id, remote_id, key_hash, strays, left_records FROM links WHERE id = ?';

const CLEAR_UNTOLD = "UPDATE links SET untold = 0 WHERE id = ? AND untold = 1 AND dead ->> '$.at' = ?";

interface Standing {
  readonly wanted: number;
  readonly marks: number;
  readonly claim_token: string | null;
  readonly run_id: string | null;
  readonly remote_id: string | null;
  readonly key_hash: string | null;
  readonly strays: string | null;
  readonly left_records: string | null;
}

type Settling = Pick<LinkStore, 'settle' | 'recordLost' | 'clearWake' | 'clearUntold'>;

/** What a link learns from a worker. */
export function createLinkSettling(session: SqliteSession): Settling {
  const { prepare } = session;
  const standing = (id: LinkId): Standing | undefined => prepare(STANDING).get(id) as Standing | undefined;

  /** Sets only what is named, so that only the indexes of those columns are written. Bound by place, since names take twice the time. */
  const update = (id: LinkId, columns: Record<string, SQLInputValue>): void => {
    const assignments = Object.keys(columns).map((column) => `${column} = ?`);
    prepare(`UPDATE links SET ${assignments.join(', ')} WHERE id = ?`).run(...Object.values(columns), id);
  };

  const settle = ({ id, token, seen, patch, next }: Settlement): SettleResult => {
    const link = standing(id);
    if (link?.claim_token !== token) return 'lost';
    const asSeen = link.wanted === seen.wanted && link.marks === seen.marks;
    const { runResult } = patch;
    update(id, {
      claim_token: null,
      claim_epoch: null,
      claim_until: null,
      ...changedOf(patchColumns(patch), link),
      ...(runResult !== undefined && link.run_id === runResult.id && { run_result: runResult.result }),
      ...(asSeen && nextLookColumns(next)),
    });
    return asSeen ? 'released' : 'kept';
  };

  const recordLost = (id: LinkId, remote: Remote, ours?: OurShare): 'set' | 'same' | 'stray' | 'absent' => {
    const link = standing(id);
    if (link === undefined) return 'absent';
    if (link.remote_id === null) {
      update(id, remoteColumns(remote));
      return 'set';
    }
    if (link.remote_id === remote.id) return 'same';
    const strays = new Set(JSON.parse(link.strays ?? '[]') as string[]);
    const left = JSON.parse(link.left_records ?? '{}') as Link['left'];
    update(id, {
      strays: JSON.stringify([...strays.add(remote.id)]),
      ...(ours !== undefined && { left_records: JSON.stringify({ ...left, [remote.id]: ours }) }),
    });
    return 'stray';
  };

  return {
    settle: (settlement) => session.write(() => settle(settlement)),
    recordLost: (id, remote, ours) => session.write(() => recordLost(id, remote, ours)),
    clearWake: (id) =>
      session.write(() => {
        prepare('UPDATE links SET wake = 0 WHERE id = ? AND wake = 1').run(id);
      }),
    clearUntold: (id, failedAt) =>
      session.write(() => {
        prepare(CLEAR_UNTOLD).run(id, failedAt);
      }),
  };
}

/** Without the indexed columns that stand as they would be set: their indexes would be written all the same. */
function changedOf(
  { remote_id: remoteId, key_hash: keyHash, ...others }: Record<string, SQLInputValue>,
  standing: Standing,
): Record<string, SQLInputValue> {
  return {
    ...others,
    ...(remoteId !== undefined && remoteId !== standing.remote_id && { remote_id: remoteId }),
    ...(keyHash !== undefined && keyHash !== standing.key_hash && { key_hash: keyHash }),
  };
}

function nextLookColumns(next: NextLook): Record<string, SQLInputValue> {
  switch (next.kind) {
    case 'rest':
      return { next_at: null, dirty_since: null };
    case 'at':
      return { next_at: next.at };
    case 'back_off':
      return { lane: urgencyOf('retry') };
    case 'keep':
      return {};
  }
}

const OVERTAKE = `
  UPDATE links SET run_result = 'superseded'
  WHERE id = ? AND run_id = ? AND run_result IN ('created', 'updated', 'unchanged')`;
const TOUCH = 'UPDATE links SET touched_at = max(coalesce(touched_at, ?1), ?1) WHERE id = ?2';

export const KIN_WROTE = `
  UPDATE links SET kin_wrote_at = max(coalesce(kin_wrote_at, ?1), ?1)
  WHERE scope = ?2 AND kind = ?3 AND remote_id = ?4`;

type Copies = Pick<
  LinkStore,
  'clearShadows' | 'clearCopies' | 'noteCopy' | 'passOurs' | 'noteTouched' | 'noteKinWrote'
>;

/** What is known of the CRM records of links, also written by those who don't hold them. */
export function createLinkCopies(session: SqliteSession): Copies {
  const { prepare } = session;
  const clear =
    (columns: string): LinkStore['clearCopies'] =>
    (ids, overtakenIn = null) =>
      session.write(() => {
        const update = prepare(`UPDATE links SET ${columns} WHERE id = ?`);
        for (const id of ids) update.run(id);
        if (overtakenIn === null) return;
        const overtake = prepare(OVERTAKE);
        for (const id of ids) overtake.run(id, overtakenIn);
      });

  return {
    clearShadows: clear('shadow = NULL'),
    clearCopies: clear('shadow = NULL, copy = NULL'),
    noteCopy: (id, token, copy) =>
      session.write(() => {
        const update = prepare('UPDATE links SET copy = ? WHERE id = ? AND claim_token = ?');
        return update.run(JSON.stringify(copy), id, token).changes === 1;
      }),
    passOurs: (to, copy) =>
      session.write(() => {
        prepare('UPDATE links SET copy = ? WHERE id = ?').run(JSON.stringify(copy), to);
      }),
    noteTouched: (ids, at) =>
      session.write(() => {
        const touch = prepare(TOUCH);
        for (const id of ids) touch.run(at, id);
      }),
    noteKinWrote: (scopes, { kind, remoteId }, at) =>
      session.write(() => {
        const note = prepare(KIN_WROTE);
        for (const scope of scopes) note.run(at, scope, kind, remoteId);
      }),
  };
}
