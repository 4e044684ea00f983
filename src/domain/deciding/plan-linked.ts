import { IN_DOUBT } from '../crm-copy.ts';
import { canonicalJson, type Json } from '../json.ts';
import type { Link, Remote } from '../link.ts';
import { firstKeyOf, type Draft, type FieldSharings } from '../mapping.ts';
import { mergeFields, sameFields } from '../merging/merge-fields.ts';
import { isEmptyField, isOwnField, plainText } from '../merging/field-marks.ts';
import { peoplesContent } from '../merging/peoples-content.ts';
import type { CrmFields, NaturalKey } from '../remote-record.ts';
import { planGainedKey } from './plan-unlinked.ts';
import {
  isKey,
  isNewer,
  isOfAnotherKey,
  knownCopy,
  sharersOf,
  UNKNOWN_COPY,
  type LiveNeighbour,
} from './sharers.ts';
import type { PlanInput, Step } from './step.ts';

export function planLinked(input: PlanInput, remote: Remote, draft: Draft): Step {
  const { link, record } = input;
  const left = planLeft(input);
  if (left !== null) return left;
  const sharers = sharersOf(input, remote.id);
  // Taken by another while this one was deleted, and now it is back.
  if (link.kind !== 'contact' && sharers.length > 0) return unlinkFrom(input, remote, sharers);
  if (sharers.length > 0) {
    // A sharer's request that nobody heard the end of could still come after ours.
    const until = Math.max(...sharers.map((sharer) => sharer.link.quietUntil ?? 0));
    if (until > input.now) return { do: 'wait', until, reason: 'quiet' };
    if (hasDeparted(link, sharers, draft)) return unlinkFrom(input, remote, sharers);
    if (record !== null && sharers.some((sharer) => isNewer(sharer.record, record))) {
      return { do: 'rest', reason: 'superseded' };
    }
  }
  const stands = link.shadow !== null && isAcknowledged(link) && !isOverwrittenByKin(link);
  if (stands && link.shadow?.hash === draft.hash) return { do: 'rest', reason: 'unchanged' };
  return planGainedKey(input, remote, draft) ?? planWrite(input, remote, draft);
}

export function unlinkFrom(
  holders: Parameters<typeof knownCopy>[0],
  remote: Remote,
  sharers: readonly LiveNeighbour[],
): Step {
  const tell = sharers.map((sharer) => sharer.link.id);
  return { do: 'unlink', tell, pass: knownCopy(holders, remote.id) };
}

/**
 * Whether a contact has another key than the CRM record that it shares: than it last had itself, or than all the others have. Those
 * found the record by their key, which an update of this one that nobody heard the end of may have given it.
 */
function hasDeparted(link: Link, sharers: readonly LiveNeighbour[], draft: Draft): boolean {
  const key = firstKeyOf(draft);
  if (link.keyHash !== null && !isKey(link.keyHash, key)) return true;
  return isOfAnotherKey(sharers, key);
}

/**
 * Whether the shadow is what the CRM holds. A claim that was taken over, which leaves `quietUntil` behind, may have sent something
 * that nobody heard the end of: then only another look makes it certain.
 */
function isAcknowledged(link: Link): boolean {
  return link.quietUntil === null;
}

/**
 * Whether another connection of the account wrote to the CRM record since it was last known: what that one says may stand there now. Of a link
 * of before nothing is known but what was acknowledged, which is left as it is until Zena says something new.
 */
export function isOverwrittenByKin({ kinWroteAt, copy }: Link): boolean {
  return kinWroteAt !== null && copy !== null && kinWroteAt >= copy.heldAt;
}

/** A CRM that says so often that a record is gone, which a read still shows, is left alone with it. */
const MOST_DENIALS = 2;

/** Our own record that was left for an older one goes where deletes are wanted and nobody touched it. */
function planLeft(input: Pick<PlanInput, 'seen' | 'connection' | 'crm' | 'account'>): Step | null {
  const { left, reads } = input.seen;
  if (left === null) return null;
  const { deletions } = input.connection.syncConfig;
  const { held, ours } = left;
  if (deletions === 'never' || !input.crm.canDelete || held === null || input.account.shared)
    return { do: 'keep_left' };
  const read = reads.get(left.remoteId);
  if (read === undefined) return { do: 'read', remoteId: left.remoteId, known: null };
  if (read === null) return { do: 'left_gone', remoteId: left.remoteId };
  const { sharings } = input.crm;
  // What people had entered before we last saw it is theirs as well.
  const isOurs = Object.keys(peoplesContent({ held, ours, sharings, sent: [] })).length === 0;
  const untouched = left.denials < MOST_DENIALS && isOurs && isUntouched(held, read, sharings);
  return untouched ? { do: 'remove_left', remoteId: left.remoteId } : { do: 'keep_left' };
}

function beginsWith(held: Json | undefined, read: Json | undefined): boolean {
  if (typeof held !== 'string' || typeof read !== 'string' || isEmptyField(read)) return false;
  return plainText(held).startsWith(plainText(read));
}

/** Nor did people enter anything of which Zena knows nothing. */
function isUntouched(held: CrmFields, read: CrmFields, sharings: FieldSharings): boolean {
  const adds = (name: string): boolean => !(name in held) && !isOwnField(name) && !isEmptyField(read[name]);
  // A text that the CRM cut short was cut by it.
  const stands = (name: string): boolean =>
    sameFields([name], held, read) || (sharings[name] === 'lines' && beginsWith(held[name], read[name]));
  return Object.keys(held).every(stands) && !Object.keys(read).some(adds);
}

/** What was sent without an answer, or is known no more, is read before it is written; the rest by what looks have shown. */
function planWrite(input: PlanInput, remote: Remote, draft: Draft): Step {
  const { link, seen, crm } = input;
  if (isDenied(input, remote)) return planGone(input, remote);
  const copy = knownCopy(input, remote.id) ?? UNKNOWN_COPY;
  const inDoubt = !isAcknowledged(link) || copy.heldAt === IN_DOUBT;
  const read = seen.reads.get(remote.id) ?? (copy.held === null ? seen.shown.get(remote.id) : null) ?? null;
  if (read === null) {
    if (copy.held === null || inDoubt || isTouched(input, remote.id, copy.heldAt))
      return { do: 'read', remoteId: remote.id, known: inDoubt ? null : copy.held };
    if (input.looks?.due === true) return { do: 'look_at_changes' };
  }
  const held = read ?? copy.held ?? {};
  const merged = mergeFields({
    zena: draft.fields,
    sharings: crm.sharings,
    held,
    ours: copy.ours,
    heldBefore: inDoubt ? copy.held : null,
  });
  const { before } = copy;
  // Also of those who are deleted or another user's now: they may come back with just what they last knew to be there.
  const overwrites = input.neighbours
    .filter((other) => other.link.id !== link.id && other.link.remote?.id === remote.id)
    .map((other) => other.link.id);
  // Whoever shares it and spoke before must be told that another speaks now, also with the same words.
  if (merged.differs.length === 0 && overwrites.length === 0)
    return { do: 'confirm', remoteId: remote.id, draft, merged, held, before };
  return {
    do: 'update',
    remoteId: remote.id,
    draft,
    merged,
    held,
    before,
    former: copy,
    changed: merged.differs,
    overwrites,
  };
}

/** Whether somebody else may have changed the CRM record since it was last known. */
export function isTouched(
  { link: own, looks, neighbours }: Pick<PlanInput, 'link' | 'looks' | 'neighbours'>,
  remoteId: string,
  heldAt: number,
): boolean {
  if (looks === null || heldAt < looks.from) return true;
  // Those who share it may have been told of it, and this one not.
  const sharing = neighbours.map(({ link }) => link).filter(({ remote }) => remote?.id === remoteId);
  const told = [own, ...sharing].flatMap(({ touchedAt, kinWroteAt }) => [touchedAt, kinWroteAt]);
  return [looks.touchedAt, ...told].some((at) => at !== null && at >= heldAt);
}

/** Whether the CRM said in this delivery that the link's record is not there. */
export function isDenied({ seen }: Pick<PlanInput, 'seen'>, { id }: Remote): boolean {
  return seen.denied.has(id) || seen.reads.get(id) === null;
}

/** For so long reads say of a record without a key that it is not there, until they are believed, ms: longer than a route is away by chance. */
const READ_AS_GONE_FOR_MS = 30_000;

/** Gone is proven: neither a read by id nor a search by what it was found by shows the record. */
export function planGone(
  {
    seen: { reads, found },
    draft,
    hints,
    link,
    now,
  }: Pick<PlanInput, 'seen' | 'draft' | 'hints' | 'link' | 'now'>,
  remote: Remote,
): Step {
  const read = reads.get(remote.id);
  if (read === undefined) return { do: 'read', remoteId: remote.id, known: null };
  if (read !== null) return contradicted('a read still shows it');
  const keys = [...(draft?.keys ?? []), ...hints.lastKeys];
  if (keys.length === 0 && now - (link.waitingSince ?? now) < READ_AS_GONE_FOR_MS) return UNPROVEN;
  for (const key of keys) {
    const hits = found.get(key.hash);
    if (hits === undefined) return { do: 'look', key, also: otherWritings(key, hints.lastKeys) };
    if (hits.some(({ id }) => id === remote.id)) return contradicted('a search still shows it');
  }
  return { do: 'lost', remoteId: remote.id };
}

/** A CRM that searches exactly finds a record by the writing alone that it holds. */
function otherWritings(key: NaturalKey, lastKeys: readonly NaturalKey[]): readonly NaturalKey[] {
  const written = new Set([canonicalJson(key.value)]);
  return lastKeys.filter(({ hash, value }) => {
    const writing = canonicalJson(value);
    if (hash !== key.hash || written.has(writing)) return false;
    written.add(writing);
    return true;
  });
}

/** What nothing but reads can tell of: no search contradicts what stands before a CRM for a moment. */
const UNPROVEN: Step = {
  do: 'look_again',
  code: 'GONE_UNPROVEN',
  detail: 'The CRM says that the record is gone, and it has nothing to be looked for by.',
};

function contradicted(how: string): Step {
  return {
    do: 'look_again',
    code: 'GONE_CONTRADICTED',
    detail: `The CRM says that the record is gone, but ${how}.`,
  };
}
