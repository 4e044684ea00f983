import type { CrmCopy, OurShare, Sought } from './crm-copy.ts';
import type { JsonObject } from './json.ts';
import type { EntityKind, RecordKey } from './entity.ts';
import { splitRecordKey } from './entity.ts';
import type { FieldError } from './outcome.ts';
import type { Scope } from './connection.ts';

/** Why a link is due, most urgent first. */
export const LANES = ['live', 'retry', 'replay', 'sync'] as const;
export type Lane = (typeof LANES)[number];

/** `<scope>/<kind>/<Zena id>`: one record in one CRM account of one connection. */
export type LinkId = `${Scope}/${RecordKey}`;

export function linkId(scope: Scope, key: RecordKey): LinkId {
  return `${scope}/${key}`;
}

/** A worker's right to act on a link. `until` is past the deadline of every request that it may still have on the wire. */
export interface Claim {
  readonly token: string;
  /** The owner's epoch: a claim of an earlier owner is taken over, after waiting it out. */
  readonly epoch: number;
  /** Epoch ms. */
  readonly until: number;
}

/** Written before a create is sent; holds what was sent, so that the look-up after an ambiguous end asks for that. */
export interface CreateIntent {
  /** The key's value as sent; null for a record that can't be recognised. */
  readonly keyValue: Readonly<Record<string, string>> | null;
  readonly keyHash: string | null;
  readonly bodyHash: string;
  /** The names of the fields sent: what a found record is compared by, also when the record itself is gone by then. */
  readonly fieldNames: readonly string[];
  /** What of the CRM record is ours where it was made; absent in intents of before. */
  readonly share?: OurShare;
  /** Epoch ms. */
  readonly sentAt: number;
  /** When no effect of the request can appear any more, epoch ms. */
  readonly sentUntil: number;
  /** The job that it went with, written down before that could take effect. Absent: it went by itself, or that job is over. */
  readonly job?: IntentJob;
}

/** A job of the CRM's that carries a create among others. */
export interface IntentJob {
  /** What finds the job again, as the connector keeps it. */
  readonly job: JsonObject;
  /** What its results name this record by. */
  readonly row: string;
  /** When it is looked at next, epoch ms. */
  readonly lookAgainAt: number;
}

export interface Remote {
  readonly id: string;
  readonly version: string | null;
  /** Whether this connection made the CRM's record or found it there. */
  readonly origin: 'created' | 'adopted';
}

/** The values that the CRM last acknowledged, and what they were made of. */
export interface Shadow {
  readonly fields: JsonObject;
  readonly hash: string;
  readonly version: number;
  readonly revision: number;
  readonly mapping: string;
}

export interface DeadLetterMark {
  readonly code: string;
  readonly detail: string;
  readonly fields: readonly FieldError[];
  /** Epoch ms. */
  readonly at: number;
  readonly revision: number;
  readonly attempts: number;
  /** The letter's id in the index and in the topic. */
  readonly id: string;
  /** What it was made of beside the revision: another mapping, or credentials that came after, start its replays anew. */
  readonly mapping: string;
  readonly connectionEpoch: number;
  /** Epoch ms of the first failure with the same content. */
  readonly firstAt: number;
  /** How often the same content was tried again and failed. */
  readonly replays: number;
}

export type RunResult =
  'created' | 'updated' | 'unchanged' | 'superseded' | 'deleted' | 'failed' | 'retrying' | 'skipped';

/**
 * One record in one CRM account: one document, so every step is one atomic write.
 *
 * Two groups of fields with two writers. Ingest (and whoever asks for another look) writes `wanted`, `marks`, `nextAt` and
 * `lane`; the claim's holder writes the rest. Nobody writes the other's, but for releasing: `nextAt` is unset only while
 * `wanted` and `marks` are what the holder saw. `touchedAt` and `kinWroteAt` are of neither: whoever looks at the
 * CRM, or writes to it through another connection, raises them. And who writes a CRM
 * record that several links share, takes over `copy` and unsets the others' shadows, held by whomever.
 */
export interface Link {
  readonly id: LinkId;
  readonly scope: Scope;
  readonly connectionId: string;
  readonly userId: string;
  readonly key: RecordKey;
  readonly kind: EntityKind;
  readonly entityId: string;

  /** The record's revision that the CRM should hold. */
  readonly wanted: number;
  /** Raised by whoever asks for another look without a new revision (a reference that moved, a full sync, a person). */
  readonly marks: number;
  /**
   * Epoch ms; null = nothing to do (absent in the store). Of what is due, also its turn: a change that came by itself is set
   * before those of an import.
   */
  readonly nextAt: number | null;
  readonly lane: Lane;
  /** When the oldest change not yet delivered was accepted, epoch ms; null when nothing waits. */
  readonly dirtySince: number | null;

  readonly claim: Claim | null;
  readonly intent: CreateIntent | null;
  /** Nothing is sent for this link before this time, epoch ms. */
  readonly quietUntil: number | null;
  /** Back-off, epoch ms: kept apart from `nextAt`, so that a hot record can't skip its wait. */
  readonly notBefore: number | null;
  readonly attempts: number;
  /** Since when it has waited for a reference, epoch ms. */
  readonly waitingSince: number | null;
  readonly remote: Remote | null;
  /** Hash of the natural key last sent or adopted by; finds twins. */
  readonly keyHash: string | null;
  readonly shadow: Shadow | null;
  /** What is known of its CRM record; null where it has none, or nothing is known. */
  readonly copy: CrmCopy | null;
  /** When a look last found that somebody else changed its CRM record, epoch ms; written by looks, not by the claim's holder. */
  readonly touchedAt: number | null;
  /** When another connection of its CRM account last wrote to its CRM record, epoch ms; written by that one, not by the claim's holder. */
  readonly kinWroteAt: number | null;
  /** When it was last looked for in vain. */
  readonly sought: Sought | null;
  readonly dead: DeadLetterMark | null;
  /** The revision for which a record that went missing in the CRM was made once more. */
  readonly recreatedAt: number | null;
  /** Its remote id changed and the records that point at it have not all been told. */
  readonly wake: boolean;
  /** Its dead letter is not known to stand in the topic and in the index: the link is the outbox. */
  readonly untold: boolean;
  /** CRM records that we know we made and do not use: known duplicates. */
  readonly strays: readonly string[];
  /**
   * What of the CRM records that it made and left for others this program put there, by their ids: for whoever takes one of them later by the
   * key that it still has.
   */
  readonly left: Readonly<Record<string, OurShare>>;
  /** Entries written to its timeline. */
  readonly journal: number;
  readonly run: { readonly id: string; readonly result: RunResult | null } | null;
  /** Processes that died with it in hand since it last came to an end; absent where none did. */
  readonly starts?: number;
}

export function newLink(scope: Scope, connectionId: string, userId: string, key: RecordKey): Link {
  return {
    id: linkId(scope, key),
    scope,
    connectionId,
    userId,
    key,
    ...splitRecordKey(key),
    wanted: 0,
    marks: 0,
    nextAt: null,
    lane: 'live',
    dirtySince: null,
    claim: null,
    intent: null,
    quietUntil: null,
    notBefore: null,
    attempts: 0,
    waitingSince: null,
    remote: null,
    keyHash: null,
    shadow: null,
    copy: null,
    touchedAt: null,
    kinWroteAt: null,
    sought: null,
    dead: null,
    recreatedAt: null,
    wake: false,
    untold: false,
    strays: [],
    left: {},
    journal: 0,
    run: null,
  };
}

/** A link without what the CRM holds: what others need to know of it. */
export type LinkHead = Omit<Link, 'shadow' | 'copy'>;

/** What tells a link's state. */
export type LinkStanding = Pick<
  Link,
  'intent' | 'claim' | 'nextAt' | 'notBefore' | 'quietUntil' | 'dead' | 'remote'
>;

/** What a list shows of a link. */
export type LinkGlance = LinkStanding & Pick<Link, 'id' | 'key' | 'userId' | 'kind' | 'entityId'>;

export function glanceOf(link: LinkHead): LinkGlance {
  const { id, key, userId, kind, entityId, intent, claim, nextAt, notBefore, quietUntil, dead, remote } =
    link;
  return { id, key, userId, kind, entityId, intent, claim, nextAt, notBefore, quietUntil, dead, remote };
}

/** A link's state in a word; derived, never stored. */
export type LinkState = 'linked' | 'due' | 'working' | 'creating' | 'waiting' | 'dead' | 'unlinked';

export const LINK_STATES: readonly LinkState[] = [
  'linked',
  'due',
  'working',
  'creating',
  'waiting',
  'dead',
  'unlinked',
];

export function linkState(link: LinkStanding, now: number): LinkState {
  if (link.intent !== null) return 'creating';
  if (link.claim !== null && link.claim.until > now) return 'working';
  if (link.nextAt !== null) return dueTime(link) > now ? 'waiting' : 'due';
  if (link.dead !== null) return 'dead';
  return link.remote === null ? 'unlinked' : 'linked';
}

/** When the link may be worked on next; meaningless while `nextAt` is null. */
export function dueTime(link: Pick<Link, 'nextAt' | 'notBefore' | 'quietUntil'>): number {
  return Math.max(link.nextAt ?? 0, link.notBefore ?? 0, link.quietUntil ?? 0);
}
