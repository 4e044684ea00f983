import { syncsKind } from '../connection.ts';
import type { RecordKey } from '../entity.ts';
import type { Json } from '../json.ts';
import type { Draft, FieldSharings } from '../mapping.ts';
import { isBlank, isEmptyField } from '../merging/field-marks.ts';
import type { ZenaRecord } from '../record.ts';
import { maySee } from '../may-see.ts';
import { awaitsProperty, LIST_PATIENCE_MS, REFERENCE_PATIENCE_MS } from '../reference.ts';
import { planDelete } from './plan-delete.ts';
import { planLinked, refusalsOfAll, unlinkFrom } from './plan-linked.ts';
import { planIntent, planLookUp, planUnlinked } from './plan-unlinked.ts';
import { sharersOf } from './sharers.ts';
import type { PlanInput, Step } from './step.ts';

/** Decides the next step of one link. Pure: the same input, the same step. */
export function plan(input: PlanInput): Step {
  const { now, link, record, connection, draft, crm } = input;
  if (link.quietUntil !== null && link.quietUntil > now)
    return { do: 'wait', until: link.quietUntil, reason: 'quiet' };
  // Before anything else: what an unanswered create left behind decides whether there is a CRM record.
  if (link.intent !== null) return planIntent(input, link.intent);
  if (record === null) return { do: 'rest', reason: 'deleted' };
  if (!maySee(connection.owner, record)) return planLeaving(input);
  if (!crm.supportsKind) return { do: 'rest', reason: 'unsupported' };
  if (!syncsKind(connection.syncConfig, record.kind))
    return draft === null ? { do: 'rest', reason: 'not_synced' } : planLookUp(input, draft);
  if (record.deleted || draft === null) return planDelete(input);
  const waiting = planReferences({ ...input, record });
  if (waiting !== null) return waiting;
  if (link.remote !== null) return planLinked(input, link.remote, draft);
  if (isBlankContact(record.body)) return { do: 'rest', reason: 'nothing_to_deliver' };
  // What can't be sent may be all that it says.
  const refusals = refusalsOfAll(draft);
  if (refusals.length > 0) return { do: 'refuse', refusals };
  return saysNothing(record.body, draft, crm.sharings)
    ? { do: 'rest', reason: 'nothing_to_deliver' }
    : planUnlinked(input, draft);
}

/** Whatever a CRM makes of a role, or would refuse it for. */
function isBlankContact(body: ZenaRecord['body']): boolean {
  if (body?.kind !== 'contact') return false;
  const { name, emails, phones, relationshipNotes } = body.contact;
  return [name, ...emails, ...phones, ...relationshipNotes].every((text) => isBlank(text));
}

/**
 * A contact of which at most its role is known, and a property of which nothing is: a CRM record of it would be blank. What a record is made with
 * besides, and a flag that isn't set, say nothing of it.
 */
function saysNothing(body: ZenaRecord['body'], { fields }: Draft, sharings: FieldSharings): boolean {
  if (body === null || body.kind === 'deal') return false;
  const role = body.kind === 'contact' ? body.contact.role : null;
  const isBlank = (name: string, value: Json): boolean =>
    isEmptyField(value) || value === role || value === false || sharings[name] === 'first_only';
  return Object.entries(fields).every(([name, value]) => isBlank(name, value));
}

/** Another user's record by now: its CRM record stays, and those of this owner who share it write their own content. */
function planLeaving(input: Pick<PlanInput, 'link' | 'neighbours' | 'seen' | 'crm' | 'connection'>): Step {
  const { remote } = input.link;
  const sharers = remote === null ? [] : sharersOf(input, remote.id);
  return remote !== null && sharers.length > 0
    ? unlinkFrom(input, remote, sharers)
    : { do: 'rest', reason: 'not_owner' };
}

/** Asks for what nobody asked for; whoever doesn't wait for it is told when it is there. */
function planReferences({
  now,
  link,
  record,
  references,
}: Pick<PlanInput, 'now' | 'link' | 'references'> & { readonly record: ZenaRecord }): Step | null {
  const pending = [...references].filter(([, { kind }]) => kind === 'pending');
  const unmarked = pending.filter(([, state]) => state.kind === 'pending' && !state.marked);
  if (unmarked.length > 0) return { do: 'mark_references', keys: unmarked.map(([key]) => key) };
  const until = Math.max(0, ...pending.map(([key]) => patienceFor(key, record, link, now)));
  return until > now ? { do: 'wait_for_references', until } : null;
}

/** Until when it waits for one that is pending, epoch ms. */
function patienceFor(to: RecordKey, record: ZenaRecord, link: PlanInput['link'], now: number): number {
  const isThere = link.remote !== null;
  if (!awaitsProperty(record.kind, to)) return isThere ? 0 : record.acceptedAt + LIST_PATIENCE_MS;
  // What isn't there yet is found by its property. After a queue that is longer than its patience the property is what comes next.
  const since = isThere ? record.acceptedAt : Math.max(record.acceptedAt, link.waitingSince ?? now);
  return since + REFERENCE_PATIENCE_MS;
}
