import { contentHash } from '../content-hash.ts';
import type { Json } from '../json.ts';
import type { CreateIntent, Link, Remote } from '../link.ts';
import type { Draft } from '../mapping.ts';
import { newFields, saysWhatWasSent, wholeShare } from '../merging/merge-fields.ts';
import { SOUGHT_FOR_MS } from '../reference.ts';
import type { CrmFields, NaturalKey, RemoteHit } from '../remote-record.ts';
import { laterFields } from './later-parts.ts';
import {
  isKey,
  isLeavingKey,
  isOfAnotherKey,
  liveNeighbours,
  othersOf,
  otherWritings,
  sharersOf,
  type Company,
} from './sharers.ts';
import type { LeftRecord, PlanInput, Step } from './step.ts';

/** How far back a listing looks before the create was sent, for clocks that differ. */
const LISTING_OVERLAP_MS = 60_000;
const TWIN_WAIT_MS = 1_000;
/** CRM records that are read for one unanswered create. */
const MOST_READ = 8;
/** What the CRM says it had for longer before a create was sent isn't what that made, however far the clocks differ in practice. */
const MADE_BEFORE_MS = 600_000;

/** What an unanswered create left behind decides whether there is a CRM record. */
export function planIntent(input: PlanInput, intent: CreateIntent): Step {
  const { job } = intent;
  // The job tells what became of it, and until then nobody else knows.
  if (job !== undefined) {
    const isTime = input.now >= job.lookAgainAt;
    return isTime ? { do: 'look_at_job', job } : { do: 'wait', until: job.lookAgainAt, reason: 'in_job' };
  }
  const certain = intent.sentUntil + input.crm.searchLagMs;
  if (input.now < certain) return { do: 'wait', until: certain, reason: 'create_uncertain' };
  if (input.crm.unsearchable === true) return giveUp('the CRM can not be searched');
  if (intent.keyHash !== null && intent.keyValue !== null) {
    const hits = input.seen.found.get(intent.keyHash);
    if (hits === undefined) {
      const key = { kind: input.link.kind, value: intent.keyValue, hash: intent.keyHash, formerHashes: [] };
      return { do: 'look', key };
    }
    return planFound(input, withoutTaken(input, hits), intent, intent.keyHash);
  }
  if (!input.crm.canListChanges) return giveUp('the CRM can not list what changed');
  if (input.seen.listed === null) return { do: 'list_changed', since: intent.sentAt - LISTING_OVERLAP_MS };
  const listed = withoutTaken(input, input.seen.listed).map((hit) => asRead(input, hit));
  const inPart = listed.filter((hit) => !isMadeBy(hit, intent) && mayBeSent(hit.fields, intent));
  const unread = inPart.filter(({ id }) => !input.seen.reads.has(id));
  const [next] = unread;
  if (next !== undefined && input.crm.canRead && unread.length + input.seen.reads.size <= MOST_READ)
    return { do: 'read', remoteId: next.id, known: null };
  const equal = next === undefined ? listed.filter((hit) => isMadeBy(hit, intent)) : [];
  return equal.length === 1
    ? linkTo(equal, 'created', null)
    : giveUp(`${equal.length} records of the CRM look like it`);
}

/** A list that shows records in part, or their ids alone, says nothing of them: each is read. */
function asRead({ seen }: Pick<PlanInput, 'seen'>, hit: RemoteHit): RemoteHit {
  const read = seen.reads.get(hit.id);
  return read == null ? hit : { ...hit, fields: { ...hit.fields, ...read } };
}

/** Whether it isn't shown whole, and what is shown may be what was sent. */
function mayBeSent(fields: CrmFields, { share, fieldNames }: CreateIntent): boolean {
  const shown = fieldNames.filter((name) => fields[name] !== undefined);
  return shown.length < fieldNames.length && share !== undefined && saysWhatWasSent(share, shown, fields);
}

/**
 * What holds just what was sent is ours; another with the same key may be what people made meanwhile: never ours to delete. One that only
 * shares what stands for no e-mail is somebody else, and so is one that only has a phone number or a name of it.
 */
function planFound(
  input: Pick<PlanInput, 'hints' | 'draft' | 'crm'>,
  hits: readonly RemoteHit[],
  intent: CreateIntent,
  keyHash: string,
): Step {
  const { hints, draft } = input;
  if (hits.length === 0) return { do: 'drop_intent' };
  const made = hits.filter((hit) => isMadeBy(hit, intent));
  if (made.length > 0) return linkTo(made, 'created', keyHash);
  if (hints.intentKeyless) return { do: 'drop_intent' };
  const usable = hints.intentNeedsAgreement
    ? hits.filter(({ fields }) => draft !== null && agrees(input, fields, draft))
    : hits;
  return usable.length === 0 ? { do: 'drop_intent' } : linkTo(usable, 'adopted', keyHash);
}

/** A CRM that names what it has instead of making it again may have taken our values into a record of people's. */
function isMadeBy({ fields, createdAt }: RemoteHit, intent: CreateIntent): boolean {
  return equalsSent(fields, intent) && (createdAt === null || createdAt >= intent.sentAt - MADE_BEFORE_MS);
}

function agrees({ crm }: Pick<PlanInput, 'crm'>, found: CrmFields | null, draft: Draft): boolean {
  return found !== null && crm.agrees !== null && crm.agrees(found, draft.fields);
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
  if (contentHash(sent) === intent.bodyHash) return true;
  return intent.share !== undefined && saysWhatWasSent(intent.share, intent.fieldNames, fields);
}

function linkTo(hits: readonly RemoteHit[], origin: Remote['origin'], keyHash: string | null): Step {
  const oldest = hits[0] as RemoteHit;
  return {
    do: 'link',
    remote: { id: oldest.id, version: oldest.version, origin },
    keyHash,
    matches: hits.length,
    hit: oldest,
  };
}

/** Only contacts share a CRM record; a property or a deal never takes one that belongs to another live record. */
function adoptable(
  input: Company & Pick<PlanInput, 'seen'>,
  hits: readonly RemoteHit[],
  key: NaturalKey,
): readonly RemoteHit[] {
  const there = hits.filter((hit) => !input.seen.gone.has(hit.id));
  if (input.link.kind !== 'contact') return withoutTaken(input, there);
  const sharers = Map.groupBy(liveNeighbours(input), ({ link }) => link.remote?.id);
  return there.filter((hit) => !isOfAnotherKey(sharers.get(hit.id) ?? [], key));
}

/** Hits that no other live record has: what another one has was not made by an unanswered create of this one. */
function withoutTaken(company: Company, hits: readonly RemoteHit[]): readonly RemoteHit[] {
  const taken = new Set(liveNeighbours(company).map(({ link }) => link.remote?.id));
  return hits.filter((hit) => !taken.has(hit.id));
}

/**
 * A twin that is given up, or another user's by now, looks for nothing until somebody asks for it: what its create made shows in a search as soon
 * as it can have no effect any more.
 */
function isAwaited({ now, crm }: Pick<PlanInput, 'now' | 'crm'>, { intent, nextAt }: Link): boolean {
  if (intent === null) return false;
  const until = Math.max(intent.sentUntil, intent.job?.lookAgainAt ?? 0) + crm.searchLagMs;
  return nextAt !== null || now < until;
}

/** A CRM record by one of the draft's keys: a step that finds one, or learns whether there is any; null where there is none. */
function planSearch(input: PlanInput, draft: Draft, except: string | null): Step | null {
  const twins = input.neighbours.filter(({ link }) => link.id !== input.link.id);
  for (const key of draft.keys) {
    if (twins.some(({ link }) => isKey(link.intent?.keyHash, key) && isAwaited(input, link))) {
      return { do: 'wait', until: input.now + TWIN_WAIT_MS, reason: 'waiting_for_twin' };
    }
    const leaving = liveNeighbours(input).filter((twin) => isLeavingKey(twin, key));
    const until = Math.max(0, ...leaving.map(({ link }) => (link.quietUntil ?? 0) + input.crm.searchLagMs));
    if (until > input.now) return { do: 'wait', until, reason: 'quiet' };
    const shared = knownRemote(input, draft, key);
    if (shared !== null && shared.id !== except)
      return { do: 'link', remote: shared, keyHash: key.hash, matches: 1, hit: null };
    if (input.crm.unsearchable === true) continue;
    const hits = input.seen.found.get(key.hash);
    if (hits === undefined) return lookFor(input, key);
    const usable = adoptable(input, hits, key)
      .filter(({ id }) => id !== except)
      .filter(({ fields }) => key.strength !== 'needs_agreement' || agrees(input, fields, draft));
    const stays = leaving.find(({ link }) => link.remote?.id === usable[0]?.id)?.link.remote ?? null;
    if (stays !== null) return { do: 'link', remote: stays, keyHash: key.hash, matches: 1, hit: null };
    if (isInOthersHands(input, draft, usable[0]?.id))
      return { do: 'wait', until: input.now + TWIN_WAIT_MS, reason: 'waiting_for_twin' };
    if (usable.length > 0) return linkTo(usable, 'adopted', key.hash);
  }
  return null;
}

/** What others of ours wrote there in other letters is found as well where the CRM searches by the writing alone. */
function lookFor({ hints }: Pick<PlanInput, 'hints'>, key: NaturalKey): Step {
  const also = otherWritings(key, hints.neighbourKeys);
  return also.length === 0 ? { do: 'look', key } : { do: 'look', key, also };
}

/**
 * Whether one that is deleted, or another user's by now, has it in hand and is known by another key: nothing keeps the two apart, and what of it
 * is ours is told only when that one is done.
 */
function isInOthersHands(
  company: Company & Pick<PlanInput, 'now'>,
  { keys }: Draft,
  remoteId: string | undefined,
): boolean {
  if (remoteId === undefined) return false;
  const living = new Set(liveNeighbours(company).map(({ link }) => link.id));
  return (
    othersOf(company, remoteId)
      .map(({ link }) => link)
      // Whom nobody takes up again after a death is in no hands once its claim is over.
      .filter(({ claim, nextAt }) => claim !== null && (nextAt !== null || claim.until > company.now))
      .filter(({ id }) => !living.has(id))
      .some(({ keyHash }) => !keys.some((key) => isKey(keyHash, key)))
  );
}

export function planUnlinked(input: PlanInput, draft: Draft): Step {
  return planSearch(input, draft, null) ?? planCreate(input, draft);
}

function planCreate({ crm }: Pick<PlanInput, 'crm'>, draft: Draft): Step {
  const refusals = draft.refusals.filter(({ only }) => only !== 'update');
  if (refusals.length > 0) return { do: 'refuse', refusals };
  const merged = newFields(draft.fields, crm.sharings);
  const later = laterFields(crm.parts);
  return { do: 'create', draft, merged, left: merged.differs.filter((name) => later.includes(name)) };
}

/**
 * Made before there was anything to find it by, and now there is, or a contact that has another key now: a CRM record with that key is taken,
 * and our own goes. Null: there is none.
 */
export function planGainedKey(input: PlanInput, remote: Remote, draft: Draft): Step | null {
  if (remote.origin !== 'created' || !gainsKey(input, draft)) return null;
  const step = planSearch(input, draft, remote.id);
  if (step?.do !== 'link') return step;
  const { remote: older, keyHash } = step;
  const leaves = { remoteId: remote.id, ...lastKnown(input), denials: 0 };
  return { do: 'relink', remote: older, keyHash: keyHash ?? '', leaves };
}

/** Linked twins keep a CRM record each, as before: what each made stays its own. */
function gainsKey(input: Pick<PlanInput, 'link' | 'neighbours' | 'connection'>, { keys }: Draft): boolean {
  const { kind, keyHash } = input.link;
  const [key] = keys;
  if (key === undefined || isKey(keyHash, key)) return false;
  if (keyHash === null) return true;
  const hasTwin = liveNeighbours(input).some(({ link }) => link.remote !== null && isKey(link.keyHash, key));
  return kind === 'contact' && !hasTwin;
}

/** Before copies were kept, what was acknowledged had been written whole. */
function lastKnown({
  link: { copy, shadow },
  crm,
}: Pick<PlanInput, 'link' | 'crm'>): Pick<LeftRecord, 'held' | 'ours'> {
  if (copy !== null) return { held: copy.held, ours: copy.ours };
  const held = shadow?.fields ?? null;
  return { held, ours: wholeShare(held ?? {}, crm.sharings) };
}

/** A kind that isn't synced is looked up where something refers to it, and never written. */
export function planLookUp(input: PlanInput, draft: Draft): Step {
  const rest: Step = { do: 'rest', reason: 'not_synced' };
  const { link, hints, now } = input;
  if (!hints.referred || link.remote !== null) return rest;
  const keyHash = draft.keys[0]?.hash ?? '';
  if (link.sought?.keyHash === keyHash && now - link.sought.at < SOUGHT_FOR_MS) return rest;
  return planSearch(input, draft, null) ?? { do: 'not_found', keyHash };
}

/**
 * Our own links know a CRM record before the CRM's search does: a twin's, for contacts, with its origin, since what this connection made
 * stays its own, whoever of the sharers goes last; and that of another connection of the account, which is adopted.
 */
function knownRemote(
  input: Company & Pick<PlanInput, 'seen' | 'account' | 'crm'>,
  draft: Draft,
  key: NaturalKey,
): Remote | null {
  const isGone = (id: string): boolean => input.seen.gone.has(id);
  const isIt = (held: CrmFields | null): boolean =>
    key.strength !== 'needs_agreement' || agrees(input, held, draft);
  if (input.link.kind === 'contact') {
    for (const twin of liveNeighbours(input)) {
      const { link } = twin;
      const { remote, copy, shadow } = link;
      if (isLeavingKey(twin, key) && input.crm.unsearchable !== true) continue;
      if (!isKey(link.keyHash, key) || remote === null || isGone(remote.id)) continue;
      if (isIt(copy?.held ?? shadow?.fields ?? null)) return remote;
    }
  }
  const id = input.account.known.get(key.hash);
  if (id === undefined || isGone(id) || !isIt(input.account.held.get(id) ?? null)) return null;
  const taken = input.link.kind !== 'contact' && sharersOf(input, id).length > 0;
  return taken ? null : { id, version: null, origin: 'adopted' };
}
