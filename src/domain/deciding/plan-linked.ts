import type { OurShare } from '../crm-copy.ts';
import type { Json } from '../json.ts';
import type { Link, Remote } from '../link.ts';
import { firstKeyOf, type Draft, type FieldSharings } from '../mapping.ts';
import { isChangedByPeople } from '../merging/merge-fields.ts';
import { isEmptyField, isOwnField, plainText } from '../merging/field-marks.ts';
import { peoplesContent } from '../merging/peoples-content.ts';
import type { CrmFields } from '../remote-record.ts';
import { appendedFields, withoutFields } from './later-parts.ts';
import { peoplesTexts, unlistedPart } from './peoples-parts.ts';
import { planGainedKey } from './plan-unlinked.ts';
import { isAcknowledged, planWrite } from './plan-write.ts';
import {
  isKey,
  isNewer,
  isOfAnotherKey,
  knownCopy,
  othersOf,
  sharersOf,
  type LiveNeighbour,
} from './sharers.ts';
import type { PlanInput, Step } from './step.ts';

export function planLinked(input: PlanInput, remote: Remote, draft: Draft): Step {
  const { link, record } = input;
  const left = planLeft(input);
  if (left !== null) return left;
  // Another's request that nobody heard the end of could still come after ours: a delete, too, of one that Zena has no more.
  const until = Math.max(0, ...othersOf(input, remote.id).map((other) => other.link.quietUntil ?? 0));
  if (until > input.now) return { do: 'wait', until, reason: 'quiet' };
  const sharers = sharersOf(input, remote.id);
  // Taken by another while this one was deleted, and now it is back.
  if (link.kind !== 'contact' && sharers.length > 0)
    return planTaken(input, remote) ?? unlinkFrom(input, remote, sharers);
  if (sharers.length > 0) {
    if (hasDeparted(link, sharers, draft))
      return planTaken(input, remote) ?? unlinkFrom(input, remote, sharers);
    if (record !== null && sharers.some((sharer) => isNewer(sharer.record, record))) {
      return { do: 'rest', reason: 'superseded' };
    }
  }
  const stands = link.shadow !== null && isAcknowledged(link) && !isOverwrittenByKin(link);
  if (stands && link.shadow?.hash === draft.hash) return { do: 'rest', reason: 'unchanged' };
  const refusals = refusalsOfAll(draft);
  if (refusals.length > 0) return { do: 'refuse', refusals };
  if (draft.refusals.some(({ only }) => only === 'update')) return { do: 'rest', reason: 'sent_once' };
  return planGainedKey(input, remote, draft) ?? planWrite(input, remote, draft);
}

/** What keeps a record from being sent at all, and not only from being made. */
export function refusalsOfAll({ refusals }: Pick<Draft, 'refusals'>): Draft['refusals'] {
  return refusals.filter(({ only }) => only === undefined);
}

/** The CRM says that a record of its own is this one, which another of ours has: made anew, it would say so again. Null: it didn't say that. */
function planTaken({ seen }: Pick<PlanInput, 'seen'>, { id }: Remote): Step | null {
  if (!seen.existing.has(id)) return null;
  const detail =
    'The CRM says that it has this record already, and what it names is linked to another record of yours.';
  return { do: 'give_up', code: 'TAKEN_IN_CRM', detail };
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
  const unlisted = unlistedPart(input, left.remoteId);
  if (unlisted !== null) return { do: 'list_part', part: unlisted, remoteId: left.remoteId };
  const { sharings, parts } = input.crm;
  const theirs = {
    ...peoplesContent({ held, ours, sharings, sent: [], rest: input.seen.rests.get(left.remoteId) ?? null }),
    ...peoplesTexts(input, left.remoteId, ours),
  };
  // What people had entered before we last saw it is theirs as well.
  const isOurs = Object.keys(theirs).length === 0;
  const shown = withoutFields(read, appendedFields(parts));
  const untouched = left.denials < MOST_DENIALS && isOurs && isUntouched({ held, ours }, shown, sharings);
  return untouched ? { do: 'remove_left', remoteId: left.remoteId } : { do: 'keep_left' };
}

function beginsWith(held: Json | undefined, read: Json | undefined): boolean {
  if (typeof held !== 'string' || typeof read !== 'string' || isEmptyField(read)) return false;
  return plainText(held).startsWith(plainText(read));
}

/** Nor did people enter anything of which Zena knows nothing. What the CRM answered our own write with is its own writing. */
function isUntouched(
  { held, ours }: { readonly held: CrmFields; readonly ours: OurShare },
  read: CrmFields,
  sharings: FieldSharings,
): boolean {
  const adds = (name: string): boolean => !(name in held) && !isOwnField(name) && !isEmptyField(read[name]);
  // A text that the CRM cut short was cut by it.
  const stands = (name: string): boolean =>
    !isChangedByPeople({ known: held[name], shown: read[name] }, name, ours) ||
    (sharings[name] === 'lines' && beginsWith(held[name], read[name]));
  return Object.keys(held).every(stands) && !Object.keys(read).some(adds);
}
