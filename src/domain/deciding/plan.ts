import { syncsKind, type Connection } from '../connection.ts';
import { contentHash } from '../content-hash.ts';
import type { RecordKey } from '../entity.ts';
import { canonicalJson, type Json, type JsonObject } from '../json.ts';
import type { CreateIntent, Link, LinkId, Remote } from '../link.ts';
import { firstKeyOf, type Draft } from '../mapping.ts';
import { REFERENCE_PATIENCE_MS, type References } from '../reference.ts';
import type { CrmFields, RemoteHit, SoughtKey } from '../remote-record.ts';
import type { ZenaRecord } from '../record.ts';

/** Another link of the same scope and kind that shares a CRM record or a natural key with the one planned. */
export interface Neighbour {
  readonly link: Link;
  readonly record: ZenaRecord | null;
}

/** What the CRM is known to do, as far as planning needs it. */
export interface CrmFacts {
  readonly searchLagMs: number;
  /** Whether it keeps records of this kind at all. */
  readonly supportsKind: boolean;
  readonly canDelete: boolean;
  readonly canListChanges: boolean;
}

export interface PlanInput {
  readonly now: number;
  readonly link: Link;
  readonly record: ZenaRecord | null;
  readonly connection: Pick<Connection, 'owner' | 'syncConfig'>;
  readonly crm: CrmFacts;
  readonly references: References;
  /** Null when there is no live record to send. */
  readonly draft: Draft | null;
  readonly neighbours: readonly Neighbour[];
  /** What searches of this claim found, by the key's hash. */
  readonly found: ReadonlyMap<string, readonly RemoteHit[]>;
  /** What a listing of this claim found; null before it. */
  readonly listed: readonly RemoteHit[] | null;
  /** CRM records that the CRM said are gone, to a call of this claim: nobody's link and no search can bring them back. */
  readonly gone: ReadonlySet<string>;
}

export type RestReason =
  'unchanged' | 'superseded' | 'not_synced' | 'not_owner' | 'deleted' | 'kept_in_crm' | 'unlinked';

/** The next thing to do for a link. Every step is small, so that each leaves the link in a state that a successor can go on from. */
export type Step =
  | { readonly do: 'rest'; readonly reason: RestReason }
  | {
      readonly do: 'wait';
      readonly until: number;
      readonly reason: 'quiet' | 'create_uncertain' | 'waiting_for_twin';
    }
  | { readonly do: 'wait_for_references'; readonly until: number; readonly unmarked: readonly RecordKey[] }
  | { readonly do: 'look'; readonly key: SoughtKey }
  | { readonly do: 'list_changed'; readonly since: number }
  /** Remember a CRM record that exists; the next plan updates it. `matches`: how many there were to choose from. */
  | {
      readonly do: 'link';
      readonly remote: Remote;
      readonly keyHash: string | null;
      readonly matches: number;
    }
  /** The earlier create certainly had no effect. */
  | { readonly do: 'drop_intent' }
  | { readonly do: 'create'; readonly draft: Draft }
  /** `overwrites`: other links of the CRM record, whose shadows must be unset before the write. */
  | {
      readonly do: 'update';
      readonly remoteId: string;
      readonly draft: Draft;
      readonly changed: readonly string[];
      readonly overwrites: readonly LinkId[];
    }
  | { readonly do: 'delete'; readonly remoteId: string }
  /** Forget the CRM record without touching it; `tell`: its other links, which write their content next. */
  | { readonly do: 'unlink'; readonly tell: readonly LinkId[] }
  | { readonly do: 'give_up'; readonly code: 'CREATE_AMBIGUOUS'; readonly detail: string };

/** How far back a listing looks before the create was sent, for clocks that differ. */
const LISTING_OVERLAP_MS = 60_000;
const TWIN_WAIT_MS = 1_000;

/** Decides the next step of one link. Pure: the same input, the same step. */
export function plan(input: PlanInput): Step {
  const { now, link, record, connection, draft, crm } = input;
  if (link.quietUntil !== null && link.quietUntil > now)
    return { do: 'wait', until: link.quietUntil, reason: 'quiet' };
  // Before anything else: what an unanswered create left behind decides whether there is a CRM record.
  if (link.intent !== null) return planIntent(input, link.intent);
  if (record === null) return { do: 'rest', reason: 'deleted' };
  if (record.userId !== connection.owner.id) return planLeft(input);
  if (!crm.supportsKind || !syncsKind(connection.syncConfig, record.kind))
    return { do: 'rest', reason: 'not_synced' };
  if (record.deleted || draft === null) return planDelete(input);
  const waiting = planReferences(input);
  if (waiting !== null) return waiting;
  return link.remote === null ? planUnlinked(input, draft) : planLinked(input, link.remote, draft);
}

function planIntent(input: PlanInput, intent: CreateIntent): Step {
  const certain = intent.sentUntil + input.crm.searchLagMs;
  if (input.now < certain) return { do: 'wait', until: certain, reason: 'create_uncertain' };
  if (intent.keyHash !== null && intent.keyValue !== null) {
    const hits = input.found.get(intent.keyHash);
    if (hits === undefined) {
      return { do: 'look', key: { kind: input.link.kind, value: intent.keyValue, hash: intent.keyHash } };
    }
    return planFound(withoutTaken(input, hits), intent, intent.keyHash);
  }
  if (!input.crm.canListChanges) return giveUp('the CRM can not list what changed');
  if (input.listed === null) return { do: 'list_changed', since: intent.sentAt - LISTING_OVERLAP_MS };
  const equal = withoutTaken(input, input.listed).filter((hit) => equalsSent(hit.fields, intent));
  return equal.length === 1
    ? linkTo(equal, 'created', null)
    : giveUp(`${equal.length} records of the CRM look like it`);
}

/** What holds just what was sent is ours; another with the same key may be what people made meanwhile: never ours to delete. */
function planFound(hits: readonly RemoteHit[], intent: CreateIntent, keyHash: string): Step {
  if (hits.length === 0) return { do: 'drop_intent' };
  const equal = hits.filter((hit) => equalsSent(hit.fields, intent));
  return equal.length > 0 ? linkTo(equal, 'created', keyHash) : linkTo(hits, 'adopted', keyHash);
}

function giveUp(why: string): Step {
  return {
    do: 'give_up',
    code: 'CREATE_AMBIGUOUS',
    detail: `A create ended without a success, the record has nothing to find it by, and ${why}.`,
  };
}

function equalsSent(fields: CrmFields, intent: CreateIntent): boolean {
  const sent: Record<string, Json> = {};
  for (const name of intent.fieldNames) sent[name] = fields[name] ?? null;
  return contentHash(sent) === intent.bodyHash;
}

function linkTo(hits: readonly RemoteHit[], origin: Remote['origin'], keyHash: string | null): Step {
  const oldest = hits[0] as RemoteHit;
  return {
    do: 'link',
    remote: { id: oldest.id, version: oldest.version, origin },
    keyHash,
    matches: hits.length,
  };
}

/** Only contacts share a CRM record; a property or a deal never takes one that belongs to another live record. */
function adoptable(input: PlanInput, hits: readonly RemoteHit[], keyHash: string): readonly RemoteHit[] {
  const there = hits.filter((hit) => !input.gone.has(hit.id));
  if (input.link.kind !== 'contact') return withoutTaken(input, there);
  return there.filter((hit) => !isOfAnotherKey(sharersOf(input, hit.id), keyHash));
}

/** Whether those who have a CRM record all know it by another key: then they write that key back. */
function isOfAnotherKey(sharers: readonly Neighbour[], keyHash: string | null): boolean {
  return sharers.length > 0 && sharers.every(({ link }) => link.keyHash !== null && link.keyHash !== keyHash);
}

/** Hits that no other live record has: what another one has was not made by an unanswered create of this one. */
function withoutTaken(input: PlanInput, hits: readonly RemoteHit[]): readonly RemoteHit[] {
  const taken = new Set(liveNeighbours(input).map(({ link }) => link.remote?.id));
  return hits.filter((hit) => !taken.has(hit.id));
}

function liveNeighbours(input: PlanInput): readonly (Neighbour & { readonly record: ZenaRecord })[] {
  return input.neighbours.filter(
    (neighbour): neighbour is Neighbour & { readonly record: ZenaRecord } =>
      neighbour.record !== null &&
      !neighbour.record.deleted &&
      neighbour.record.userId === input.connection.owner.id &&
      neighbour.link.id !== input.link.id,
  );
}

function sharersOf(
  input: PlanInput,
  remoteId: string,
): readonly (Neighbour & { readonly record: ZenaRecord })[] {
  return liveNeighbours(input).filter(({ link }) => link.remote?.id === remoteId);
}

/** Another user's record by now: its CRM record stays, and those of this owner who share it write their own content. */
function planLeft(input: PlanInput): Step {
  const { remote } = input.link;
  const sharers = remote === null ? [] : sharersOf(input, remote.id);
  return sharers.length > 0
    ? { do: 'unlink', tell: sharers.map((sharer) => sharer.link.id) }
    : { do: 'rest', reason: 'not_owner' };
}

function planDelete(input: PlanInput): Step {
  const { link, connection, crm } = input;
  if (link.remote === null) return { do: 'rest', reason: 'deleted' };
  const sharers = sharersOf(input, link.remote.id);
  if (sharers.length > 0) return { do: 'unlink', tell: sharers.map((sharer) => sharer.link.id) };
  const { deletions } = connection.syncConfig;
  const deletes =
    crm.canDelete && (deletions === 'all' || (deletions === 'created' && link.remote.origin === 'created'));
  return deletes ? { do: 'delete', remoteId: link.remote.id } : { do: 'rest', reason: 'kept_in_crm' };
}

function planReferences({ now, link, references }: PlanInput): Step | null {
  const unmarked: RecordKey[] = [];
  let pending = false;
  for (const [key, state] of references) {
    if (state.kind !== 'pending') continue;
    pending = true;
    if (!state.marked) unmarked.push(key);
  }
  const until = (link.waitingSince ?? now) + REFERENCE_PATIENCE_MS;
  return pending && now < until ? { do: 'wait_for_references', until, unmarked } : null;
}

function planUnlinked(input: PlanInput, draft: Draft): Step {
  const twins = input.neighbours.filter(({ link }) => link.id !== input.link.id);
  for (const key of draft.keys) {
    if (twins.some(({ link }) => link.intent?.keyHash === key.hash)) {
      return { do: 'wait', until: input.now + TWIN_WAIT_MS, reason: 'waiting_for_twin' };
    }
    const shared = input.link.kind === 'contact' ? sharedRemote(input, key.hash) : null;
    if (shared !== null) return { do: 'link', remote: shared, keyHash: key.hash, matches: 1 };
    const hits = input.found.get(key.hash);
    if (hits === undefined) return { do: 'look', key };
    const usable = adoptable(input, hits, key.hash);
    if (usable.length > 0) return linkTo(usable, 'adopted', key.hash);
  }
  return { do: 'create', draft };
}

/**
 * Our own links know a twin's CRM record before the CRM's search does. Its origin comes with it: what this connection made stays
 * its own, whoever of the sharers goes last.
 */
function sharedRemote(input: PlanInput, keyHash: string): Remote | null {
  for (const { link } of liveNeighbours(input)) {
    if (link.keyHash === keyHash && link.remote !== null && !input.gone.has(link.remote.id))
      return link.remote;
  }
  return null;
}

function planLinked(input: PlanInput, remote: Remote, draft: Draft): Step {
  const { link, record } = input;
  const sharers = sharersOf(input, remote.id);
  // Taken by another while this one was deleted, and now it is back.
  if (link.kind !== 'contact' && sharers.length > 0)
    return { do: 'unlink', tell: sharers.map((sharer) => sharer.link.id) };
  if (sharers.length > 0) {
    // A sharer's request that nobody heard the end of could still come after ours.
    const until = Math.max(...sharers.map((sharer) => sharer.link.quietUntil ?? 0));
    if (until > input.now) return { do: 'wait', until, reason: 'quiet' };
    if (hasDeparted(link, sharers, draft))
      return { do: 'unlink', tell: sharers.map((sharer) => sharer.link.id) };
    if (record !== null && sharers.some((sharer) => isNewer(sharer.record, record))) {
      return { do: 'rest', reason: 'superseded' };
    }
  }
  if (link.shadow !== null && isAcknowledged(link) && link.shadow.hash === draft.hash)
    return { do: 'rest', reason: 'unchanged' };
  return {
    do: 'update',
    remoteId: remote.id,
    draft,
    changed: changedFields(link.shadow?.fields ?? null, draft.fields),
    // Also of those who are deleted or another user's now: they may come back with just what they last knew to be there.
    overwrites: input.neighbours
      .filter((other) => other.link.id !== link.id && other.link.remote?.id === remote.id)
      .map((other) => other.link.id),
  };
}

/**
 * Whether a contact has another key than the CRM record that it shares: than it last had itself, or than all the others have. Those
 * found the record by their key, which an update of this one that nobody heard the end of may have given it.
 */
function hasDeparted(link: Link, sharers: readonly Neighbour[], draft: Draft): boolean {
  const key = firstKeyOf(draft)?.hash ?? null;
  if (link.keyHash !== null && key !== link.keyHash) return true;
  return isOfAnotherKey(sharers, key);
}

/**
 * Whether the shadow is what the CRM holds. A claim that was taken over, which leaves `quietUntil` behind, may have sent something
 * that nobody heard the end of: then only another write makes it certain.
 */
function isAcknowledged(link: Link): boolean {
  return link.quietUntil === null;
}

/** Which of two records that share a CRM record speaks for it: the one that changed last in Zena. */
export function isNewer(a: ZenaRecord, b: ZenaRecord): boolean {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt > b.occurredAt;
  return a.entityId > b.entityId;
}

/** Names of the fields whose values differ from the last acknowledged ones; all of them where none are known. */
export function changedFields(before: JsonObject | null, after: JsonObject): string[] {
  return Object.keys(after).filter(
    (name) => before === null || canonicalJson(before[name] ?? null) !== canonicalJson(after[name] as Json),
  );
}
