import { IN_DOUBT, type CrmCopy } from '../crm-copy.ts';
import type { JsonObject } from '../json.ts';
import type { Remote } from '../link.ts';
import { eitherShare } from '../merging/merge-fields.ts';
import { peoplesContent } from '../merging/peoples-content.ts';
import type { CrmFields } from '../remote-record.ts';
import { isDenied, planGone } from './plan-gone.ts';
import { unlinkFrom } from './plan-linked.ts';
import { isTouched } from './plan-write.ts';
import { peoplesTexts, unlistedPart } from './peoples-parts.ts';
import { knownCopy, sharersOf, UNKNOWN_COPY } from './sharers.ts';
import type { PlanInput, Step } from './step.ts';

/** Zena has the record no more: its CRM record goes where deletes are wanted and nobody else has anything in it. */
export function planDelete(input: PlanInput): Step {
  const { link, connection, crm, account } = input;
  const { remote } = link;
  if (remote === null) return { do: 'rest', reason: 'deleted' };
  const sharers = sharersOf(input, remote.id);
  if (sharers.length > 0) return unlinkFrom(input, remote, sharers);
  const { deletions } = connection.syncConfig;
  const made = remote.origin === 'created' || account.inherited?.made === true;
  const deletes = crm.canDelete && (deletions === 'all' || (deletions === 'created' && made));
  if (!deletes) return { do: 'rest', reason: 'kept_in_crm' };
  if (account.shared) return { do: 'rest', reason: 'kept_for_connection' };
  return isDenied(input, remote) ? planGone(input, remote) : planRemoval(input, remote);
}

/**
 * It is read right before it is removed, whatever was known of it: after a delete no look can notice what went with it. So is what is in doubt,
 * since a delete of which nobody heard the end is looked at, not repeated blindly. What people entered keeps the record where only what was
 * created may go, and is told where all may.
 */
function planRemoval(input: PlanInput, remote: Remote): Step {
  const { link, seen, connection } = input;
  const copy = knownCopy(input, remote.id) ?? UNKNOWN_COPY;
  const { held, heldAt } = copy;
  const inDoubt = link.quietUntil !== null || heldAt === IN_DOUBT;
  const read = seen.reads.get(remote.id) ?? null;
  const isKnown = held !== null && !inDoubt && !isTouched(input, remote.id, heldAt);
  const theirs = read !== null || isKnown ? theirsIn(input, remote, copy, read ?? held ?? {}) : {};
  if (connection.syncConfig.deletions !== 'all' && Object.keys(theirs).length > 0)
    return { do: 'rest', reason: 'kept_for_people', theirs };
  if (read === null) return { do: 'read', remoteId: remote.id, known: inDoubt ? null : held };
  const unlisted = unlistedPart(input, remote.id);
  if (unlisted !== null) return { do: 'list_part', part: unlisted, remoteId: remote.id };
  return { do: 'delete', remoteId: remote.id, copy: { ...copy, before: beforeOf(copy, theirs) } };
}

function theirsIn(input: PlanInput, remote: Remote, copy: CrmCopy, now: CrmFields): JsonObject {
  const {
    crm: { sharings },
    account: { inherited },
    link: { shadow },
  } = input;
  const copies = [copy, ...(inherited?.copies ?? [])];
  const sent = [...copies.map(({ held }) => held), shadow?.fields ?? null].filter(
    (fields) => fields !== null,
  );
  const ours = copies.map((each) => each.ours).reduce(eitherShare);
  const rest = input.seen.rests.get(remote.id) ?? null;
  return {
    ...peoplesContent({ held: now, ours, sharings, sent, rest }),
    ...peoplesTexts(input, remote.id, ours),
  };
}

/** What people lose by it: what stands there, and what was replaced before. */
function beforeOf({ before }: CrmCopy, theirs: JsonObject): JsonObject | null {
  return before === null && Object.keys(theirs).length === 0 ? null : { ...before, ...theirs };
}
