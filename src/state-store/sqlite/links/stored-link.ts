import type { SQLInputValue } from 'node:sqlite';
import type { Scope } from '../../../domain/connection.ts';
import type { CrmCopy, Sought } from '../../../domain/crm-copy.ts';
import type { EntityKind, RecordKey } from '../../../domain/entity.ts';
import type {
  Claim,
  CreateIntent,
  DeadLetterMark,
  Link,
  LinkGlance,
  LinkHead,
  LinkId,
  Remote,
  RunResult,
  Shadow,
} from '../../../domain/link.ts';
import { laneOf } from '../../lane-urgency.ts';
import type { LinkPatch } from '../../link-store.port.ts';
import { deadMarkOf, type StoredDeadMark } from '../../stored-dead-mark.ts';

export interface LinkRow {
  readonly id: LinkId;
  readonly scope: Scope;
  readonly connection_id: string;
  readonly user_id: string;
  readonly key: RecordKey;
  readonly kind: EntityKind;
  readonly entity_id: string;
  readonly wanted: number;
  readonly marks: number;
  readonly next_at: number | null;
  readonly lane: number;
  readonly dirty_since: number | null;
  readonly claim_token: string | null;
  readonly claim_epoch: number | null;
  readonly claim_until: number | null;
  readonly quiet_until: number | null;
  readonly not_before: number | null;
  readonly attempts: number;
  readonly waiting_since: number | null;
  readonly remote_id: string | null;
  readonly remote_version: string | null;
  readonly remote_origin: Remote['origin'] | null;
  readonly key_hash: string | null;
  readonly recreated_at: number | null;
  readonly wake: number;
  readonly untold: number;
  readonly journal: number;
  readonly run_id: string | null;
  readonly run_result: RunResult | null;
  readonly strays: string | null;
  readonly left_records: string | null;
  readonly intent: string | null;
  readonly dead: string | null;
  readonly shadow: string | null;
  readonly copy: string | null;
  readonly touched_at: number | null;
  readonly kin_wrote_at: number | null;
  readonly sought: string | null;
  readonly starts: number;
}

export function linkOf(row: LinkRow): Link {
  return {
    id: row.id,
    scope: row.scope,
    connectionId: row.connection_id,
    userId: row.user_id,
    key: row.key,
    kind: row.kind,
    entityId: row.entity_id,
    wanted: row.wanted,
    marks: row.marks,
    nextAt: row.next_at,
    lane: laneOf(row.lane),
    dirtySince: row.dirty_since,
    claim: claimOf(row),
    intent: parsed<CreateIntent>(row.intent),
    quietUntil: row.quiet_until,
    notBefore: row.not_before,
    attempts: row.attempts,
    waitingSince: row.waiting_since,
    remote: remoteOf(row),
    keyHash: row.key_hash,
    shadow: parsed<Shadow>(row.shadow),
    copy: parsed<CrmCopy>(row.copy),
    touchedAt: row.touched_at,
    kinWroteAt: row.kin_wrote_at,
    sought: parsed<Sought>(row.sought),
    dead: deadOf(row),
    recreatedAt: row.recreated_at,
    wake: row.wake === 1,
    untold: row.untold === 1,
    strays: parsed<string[]>(row.strays) ?? [],
    left: parsed<Link['left']>(row.left_records) ?? {},
    journal: row.journal,
    run: row.run_id === null ? null : { id: row.run_id, result: row.run_result },
    ...(row.starts > 0 && { starts: row.starts }),
  };
}

/** The columns that `linkHeadOf` needs: what is large stays in the database. */
export const LINK_HEAD_COLUMNS: readonly string[] = [
  ...['id', 'scope', 'connection_id', 'user_id', 'key', 'kind', 'entity_id', 'wanted', 'marks'],
  ...[
    'next_at',
    'lane',
    'dirty_since',
    'claim_token',
    'claim_epoch',
    'claim_until',
    'quiet_until',
    'not_before',
    'attempts',
  ],
  ...[
    'waiting_since',
    'remote_id',
    'remote_version',
    'remote_origin',
    'key_hash',
    'recreated_at',
    'wake',
    'untold',
    'journal',
  ],
  ...[
    'run_id',
    'run_result',
    'strays',
    'dead',
    'touched_at',
    'kin_wrote_at',
    'left_records',
    'sought',
    'starts',
  ],
  ...['intent'],
];

export function linkHeadOf(row: Omit<LinkRow, 'shadow' | 'copy'>): LinkHead {
  const { shadow: _shadow, copy: _copy, ...head } = linkOf({ ...row, shadow: null, copy: null });
  return head;
}

type GlanceRow = Pick<LinkRow, (typeof GLANCE_COLUMNS)[number]>;

/** The columns that `linkGlanceOf` needs: all of them stand before what may be large, which a row is walked over for what stands behind. */
export const GLANCE_COLUMNS = [
  ...(['id', 'user_id', 'key', 'kind', 'entity_id', 'next_at', 'claim_token', 'claim_epoch'] as const),
  ...(['claim_until', 'quiet_until', 'not_before', 'remote_id', 'remote_version', 'remote_origin'] as const),
  ...(['intent', 'dead'] as const),
] as const;

export function linkGlanceOf(row: GlanceRow): LinkGlance {
  return {
    id: row.id,
    key: row.key,
    userId: row.user_id,
    kind: row.kind,
    entityId: row.entity_id,
    nextAt: row.next_at,
    claim: claimOf(row),
    quietUntil: row.quiet_until,
    notBefore: row.not_before,
    remote: remoteOf(row),
    intent: parsed<CreateIntent>(row.intent),
    dead: deadOf(row),
  };
}

function claimOf(row: Pick<LinkRow, 'claim_token' | 'claim_epoch' | 'claim_until'>): Claim | null {
  if (row.claim_token === null || row.claim_epoch === null || row.claim_until === null) return null;
  return { token: row.claim_token, epoch: row.claim_epoch, until: row.claim_until };
}

function remoteOf(row: Pick<LinkRow, 'remote_id' | 'remote_version' | 'remote_origin'>): Remote | null {
  if (row.remote_id === null || row.remote_origin === null) return null;
  return { id: row.remote_id, version: row.remote_version, origin: row.remote_origin };
}

function deadOf(row: Pick<LinkRow, 'id' | 'dead'>): DeadLetterMark | null {
  const stored = parsed<StoredDeadMark>(row.dead);
  return stored === null ? null : deadMarkOf(row.id, stored);
}

function parsed<T>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T);
}

type ColumnValues = Readonly<Record<string, SQLInputValue>>;

export function intentColumns(intent: CreateIntent | null): ColumnValues {
  return { intent: jsonOrNull(intent), intent_key_hash: intent?.keyHash ?? null };
}

export function remoteColumns(remote: Remote | null): ColumnValues {
  return {
    remote_id: remote?.id ?? null,
    remote_version: remote?.version ?? null,
    remote_origin: remote?.origin ?? null,
  };
}

export function copyColumns(copy: CrmCopy | null): ColumnValues {
  return { copy: jsonOrNull(copy) };
}

/** The columns that a patch sets, `runResult` left out: it depends on the run that the link carries. */
export function patchColumns(patch: LinkPatch): Record<string, SQLInputValue> {
  return {
    ...(patch.intent !== undefined && intentColumns(patch.intent)),
    ...(patch.quietUntil !== undefined && { quiet_until: patch.quietUntil }),
    ...(patch.notBefore !== undefined && { not_before: patch.notBefore }),
    ...(patch.attempts !== undefined && { attempts: patch.attempts }),
    ...(patch.waitingSince !== undefined && { waiting_since: patch.waitingSince }),
    ...(patch.remote !== undefined && remoteColumns(patch.remote)),
    ...(patch.keyHash !== undefined && { key_hash: patch.keyHash }),
    ...(patch.shadow !== undefined && { shadow: jsonOrNull(patch.shadow) }),
    ...(patch.copy !== undefined && copyColumns(patch.copy)),
    ...(patch.sought !== undefined && { sought: jsonOrNull(patch.sought) }),
    ...(patch.strays !== undefined && { strays: JSON.stringify(patch.strays) }),
    ...(patch.left !== undefined && {
      left_records: jsonOrNull(Object.keys(patch.left).length === 0 ? null : patch.left),
    }),
    ...(patch.dead !== undefined && { dead: jsonOrNull(patch.dead) }),
    ...(patch.recreatedAt !== undefined && { recreated_at: patch.recreatedAt }),
    ...(patch.wake !== undefined && { wake: patch.wake ? 1 : 0 }),
    ...(patch.untold !== undefined && { untold: patch.untold ? 1 : 0 }),
    ...(patch.journal !== undefined && { journal: patch.journal }),
    ...(patch.starts !== undefined && { starts: patch.starts }),
  };
}

function jsonOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
