import type { Collection } from 'mongodb';
import type { Scope } from '../../../domain/connection.ts';
import type { CrmCopy, OurShare, Sought } from '../../../domain/crm-copy.ts';
import type { EntityKind, RecordKey } from '../../../domain/entity.ts';
import type { JsonObject } from '../../../domain/json.ts';
import {
  glanceOf,
  type Claim,
  type CreateIntent,
  type DeadLetterMark,
  type IntentJob,
  type Lane,
  type Link,
  type LinkGlance,
  type LinkHead,
  type LinkId,
  type Remote,
  type RunResult,
  type Shadow,
} from '../../../domain/link.ts';
import { laneOf } from '../../lane-urgency.ts';
import { deadMarkOf, type StoredDeadMark } from '../../stored-dead-mark.ts';
import { fieldErrors } from '../journal/stored-timeline-entry.ts';
import type { MongoSession } from '../session/mongo-session.ts';

/**
 * A link as stored. What is null in the domain is absent here, since `$min` and sparse indexes take null for a value.
 *
 * A link that is due or waiting has `nextAt`, `lane` and `queue`; one at rest has none of them and keeps the latter two as
 * `restLane` and `restQueue`. So one update can give a resting link the lane that a mark names, and a due one the more
 * urgent of the two, without knowing which it meets: `$min` sets what is absent.
 */
export interface LinkDocument {
  /** The link's id. */
  readonly _id: string;
  readonly scope: string;
  readonly connectionId: string;
  readonly userId: string;
  readonly key: string;
  readonly kind: EntityKind;
  readonly entityId: string;
  readonly wanted: number;
  readonly marks: number;
  readonly nextAt?: number;
  /** Its urgency: 0 is the most urgent lane. */
  readonly lane?: number;
  /** The scope. */
  readonly queue?: string;
  readonly restLane?: number;
  readonly restQueue?: string;
  readonly dirtySince?: number;
  readonly claim?: ClaimDocument;
  readonly intent?: IntentDocument;
  readonly quietUntil?: number;
  readonly notBefore?: number;
  readonly attempts: number;
  readonly waitingSince?: number;
  readonly remote?: RemoteDocument;
  readonly keyHash?: string;
  readonly shadow?: ShadowDocument;
  readonly copy?: CopyDocument;
  readonly touchedAt?: number;
  readonly kinWroteAt?: number;
  readonly sought?: Sought;
  readonly dead?: StoredDeadMark;
  readonly recreatedAt?: number;
  readonly wake?: true;
  readonly untold?: true;
  readonly strays?: readonly string[];
  readonly left?: readonly LeftDocument[];
  readonly journal: number;
  readonly run?: { readonly id: string; readonly result?: RunResult };
  readonly starts?: number;
}

export interface ClaimDocument extends Claim {
  /** Names the one call that made the claim, so that it reads back what it got and nothing else. */
  readonly call: string;
}

/** `keyValue` is JSON text: its names are the CRM's. */
interface IntentDocument {
  readonly keyValue?: string;
  readonly keyHash?: string;
  readonly bodyHash: string;
  readonly fieldNames: readonly string[];
  readonly share?: string;
  readonly sentAt: number;
  readonly sentUntil: number;
  /** JSON text. */
  readonly job?: string;
}

interface RemoteDocument {
  readonly id: string;
  readonly version?: string;
  readonly origin: Remote['origin'];
}

/** `fields` is JSON text: their names are the CRM's. */
interface ShadowDocument {
  readonly fields: string;
  readonly hash: string;
  readonly version: number;
  readonly revision: number;
  readonly mapping: string;
}

/** What has names of the CRM's is JSON text. */
interface CopyDocument {
  readonly held?: string;
  readonly heldAt: number;
  readonly ours: string;
  readonly before?: string;
  readonly unfinished?: true;
}

/** `ours` is JSON text: its names are the CRM's. */
interface LeftDocument {
  readonly id: string;
  readonly ours: string;
}

export function leftDocuments(left: Link['left']): LeftDocument[] {
  return Object.entries(left).map(([id, ours]) => ({ id, ours: JSON.stringify(ours) }));
}

export function linksIn({ database }: MongoSession): Collection<LinkDocument> {
  return database.collection('links');
}

/** Of a document that was read without its large members. */
export function linkHeadOf(document: LinkDocument): LinkHead {
  const { shadow: _shadow, copy: _copy, ...head } = linkOf(document);
  return head;
}

/** As `linkHeadOf`, for lists; `shadow` may be there without what it holds. */
export function linkGlanceOf({ shadow: _shadow, copy: _copy, ...document }: LinkDocument): LinkGlance {
  return glanceOf(linkHeadOf(document));
}

export function linkOf(document: LinkDocument): Link {
  const { claim, intent, remote, shadow, copy, sought, dead, run } = document;
  return {
    id: document._id as LinkId,
    scope: document.scope as Scope,
    connectionId: document.connectionId,
    userId: document.userId,
    key: document.key as RecordKey,
    kind: document.kind,
    entityId: document.entityId,
    wanted: document.wanted,
    marks: document.marks,
    nextAt: document.nextAt ?? null,
    lane: standingLane(document),
    dirtySince: document.dirtySince ?? null,
    claim: claim === undefined ? null : { token: claim.token, epoch: claim.epoch, until: claim.until },
    intent: intent === undefined ? null : intentOf(intent),
    quietUntil: document.quietUntil ?? null,
    notBefore: document.notBefore ?? null,
    attempts: document.attempts,
    waitingSince: document.waitingSince ?? null,
    remote:
      remote === undefined ? null : { id: remote.id, version: remote.version ?? null, origin: remote.origin },
    keyHash: document.keyHash ?? null,
    shadow: shadow === undefined ? null : shadowOf(shadow),
    copy: copy === undefined ? null : copyOf(copy),
    touchedAt: document.touchedAt ?? null,
    kinWroteAt: document.kinWroteAt ?? null,
    sought: sought === undefined ? null : soughtDocument(sought),
    dead: dead === undefined ? null : deadCopy(deadMarkOf(document._id, dead)),
    recreatedAt: document.recreatedAt ?? null,
    wake: document.wake === true,
    untold: document.untold === true,
    strays: document.strays ?? [],
    left: Object.fromEntries((document.left ?? []).map(({ id, ours }) => [id, JSON.parse(ours) as OurShare])),
    journal: document.journal,
    run: run === undefined ? null : { id: run.id, result: run.result ?? null },
    ...(document.starts !== undefined && document.starts > 0 && { starts: document.starts }),
  };
}

function standingLane({ lane, restLane }: LinkDocument): Lane {
  return laneOf(lane ?? restLane ?? -1);
}

export function intentDocument(intent: CreateIntent): IntentDocument {
  const { keyValue, keyHash } = intent;
  return {
    ...(keyValue !== null && { keyValue: JSON.stringify(keyValue) }),
    ...(keyHash !== null && { keyHash }),
    bodyHash: intent.bodyHash,
    fieldNames: [...intent.fieldNames],
    ...(intent.share !== undefined && { share: JSON.stringify(intent.share) }),
    sentAt: intent.sentAt,
    sentUntil: intent.sentUntil,
    ...(intent.job !== undefined && { job: JSON.stringify(intent.job) }),
  };
}

function intentOf(intent: IntentDocument): CreateIntent {
  const { keyValue } = intent;
  return {
    keyValue: keyValue === undefined ? null : (JSON.parse(keyValue) as Record<string, string>),
    keyHash: intent.keyHash ?? null,
    bodyHash: intent.bodyHash,
    fieldNames: intent.fieldNames,
    ...(intent.share !== undefined && { share: JSON.parse(intent.share) as OurShare }),
    sentAt: intent.sentAt,
    sentUntil: intent.sentUntil,
    ...(intent.job !== undefined && { job: JSON.parse(intent.job) as IntentJob }),
  };
}

export function remoteDocument({ id, version, origin }: Remote): RemoteDocument {
  return { id, ...(version !== null && { version }), origin };
}

export function shadowDocument({ fields, hash, version, revision, mapping }: Shadow): ShadowDocument {
  return { fields: JSON.stringify(fields), hash, version, revision, mapping };
}

function shadowOf({ fields, hash, version, revision, mapping }: ShadowDocument): Shadow {
  return { fields: JSON.parse(fields) as JsonObject, hash, version, revision, mapping };
}

export function copyDocument({ held, heldAt, ours, before, unfinished }: CrmCopy): CopyDocument {
  return {
    ...(held !== null && { held: JSON.stringify(held) }),
    heldAt,
    ours: JSON.stringify(ours),
    ...(before !== null && { before: JSON.stringify(before) }),
    ...(unfinished === true && { unfinished }),
  };
}

function copyOf({ held, heldAt, ours, before, unfinished }: CopyDocument): CrmCopy {
  return {
    held: held === undefined ? null : (JSON.parse(held) as JsonObject),
    heldAt,
    ours: JSON.parse(ours) as OurShare,
    before: before === undefined ? null : (JSON.parse(before) as JsonObject),
    ...(unfinished === true && { unfinished }),
  };
}

export function soughtDocument({ keyHash, at }: Sought): Sought {
  return { keyHash, at };
}

/** Its named members and no others. */
export function deadCopy(dead: DeadLetterMark): DeadLetterMark {
  return {
    code: dead.code,
    detail: dead.detail,
    fields: fieldErrors(dead.fields),
    at: dead.at,
    revision: dead.revision,
    attempts: dead.attempts,
    id: dead.id,
    mapping: dead.mapping,
    connectionEpoch: dead.connectionEpoch,
    firstAt: dead.firstAt,
    replays: dead.replays,
  };
}
