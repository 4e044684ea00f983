import type { Link } from '../domain/link.ts';
import { plan, type PlanInput, type RestReason, type Step } from '../domain/deciding/plan.ts';
import type { RunResult } from '../domain/link.ts';
import type { SessionRefusal } from './crm-sessions.port.ts';
import { createRemote, deleteRemote, listChanged, lookUp, updateRemote } from './crm-steps.ts';
import type { LinkPatch } from '../state-store/link-store.port.ts';
import type { DeliveryContext } from './delivery-context.ts';
import { learn, shadowOf, type DeliveryWork } from './delivery-work.ts';
import { createDispatchGate } from './dispatch-gate.ts';
import { desiredOf, readNeighbours, type PageView } from './gather.ts';
import { giveUp, RESTED, settleDelivery } from './settle-delivery.ts';

/** More steps than any plan needs: look, link, gone, look, create. A plan that goes round is a fault of ours, not a reason to hang. */
const MOST_STEPS = 16;

/** Takes one claimed link to the end of its delivery: equal, refused, waiting or given up. Always ends the claim. */
export async function deliverLink(context: DeliveryContext, claimed: Link, page: PageView): Promise<void> {
  const desired = desiredOf(context, claimed, page);
  const gate = createDispatchGate(context, claimed);
  const { mayDispatch, mayStillDispatch } = gate;
  const session = await context.hold.open({ lane: claimed.lane, mayDispatch, mayStillDispatch });
  if (!session.ok) {
    await releaseUnopened(context, claimed, session.failure);
    return;
  }
  const work: DeliveryWork = {
    claimed,
    link: claimed,
    patch: {},
    desired,
    neighbours: [],
    found: new Map(),
    listed: null,
    gone: new Set(),
    made: null,
    notes: [],
    stepAt: context.now(),
    gate,
    connector: session.connector,
  };
  // Twins and sharers of one CRM record go one at a time, from the look to the write.
  await context.mutex.run(lockKeys(context, work), () => takeSteps(context, work));
}

async function releaseUnopened(
  context: DeliveryContext,
  claimed: Link,
  failure: SessionRefusal,
): Promise<void> {
  context.onFailure(failure);
  await context.store.links.settle({
    id: claimed.id,
    token: claimed.claim?.token ?? '',
    seen: { wanted: claimed.wanted, marks: claimed.marks },
    patch: {},
    next: { kind: 'keep' },
  });
  context.onLeftDue();
}

function keyHashesOf({ link, desired }: DeliveryWork): string[] {
  return [desired.draft?.key?.hash, link.keyHash, link.intent?.keyHash].filter(
    (hash) => typeof hash === 'string',
  );
}

function lockKeys({ scope }: DeliveryContext, work: DeliveryWork): string[] {
  const remote = work.link.remote === null ? [] : [`${scope} ${work.link.kind} id ${work.link.remote.id}`];
  // What has nothing to be found by is told by its content alone: two equal ones must not take the same CRM record.
  const keyless = work.link.intent?.keyHash === null ? [`${scope} ${work.link.kind} without a key`] : [];
  return [...remote, ...keyless, ...keyHashesOf(work).map((hash) => `${scope} key ${hash}`)];
}

async function takeSteps(context: DeliveryContext, work: DeliveryWork): Promise<void> {
  for (let taken = 0; taken < MOST_STEPS; taken += 1) {
    work.neighbours = await readNeighbours(context, work.link, keyHashesOf(work), remoteIdsOf(work));
    work.stepAt = context.now();
    const ended = await takeStep(context, work, plan(planInput(context, work)));
    if (ended) return;
  }
  await giveUp(
    context,
    work,
    'PLAN_DID_NOT_END',
    'The plan did not come to an end; this is a fault of the program.',
  );
}

/** Its own CRM record and those that a search or listing offered: who else has them decides whether they may be taken. */
function remoteIdsOf(work: DeliveryWork): string[] {
  const offered = [...work.found.values(), work.listed ?? []].flat().map((hit) => hit.id);
  return [...new Set([...(work.link.remote === null ? [] : [work.link.remote.id]), ...offered])];
}

function planInput(context: DeliveryContext, work: DeliveryWork): PlanInput {
  const { definition, connection } = context;
  return {
    now: context.now(),
    link: work.link,
    record: work.desired.record,
    connection,
    crm: {
      searchLagMs: definition.searchLagMs,
      canDelete: work.connector.deleteRecord !== undefined,
      canListChanges: work.connector.changedSince !== undefined,
    },
    references: work.desired.references,
    draft: work.desired.draft,
    neighbours: work.neighbours,
    found: work.found,
    listed: work.listed,
    gone: work.gone,
  };
}

/** True when the delivery ended with this step. */
async function takeStep(context: DeliveryContext, work: DeliveryWork, step: Step): Promise<boolean> {
  switch (step.do) {
    case 'rest':
      return await rest(context, work, step.reason);
    case 'wait':
      return await wait(context, work, step);
    case 'wait_for_references':
      return await waitForReferences(context, work, step);
    case 'look':
      return await lookUp(context, work, step);
    case 'list_changed':
      return await listChanged(context, work, step);
    case 'link':
      return await link(context, work, step);
    case 'drop_intent':
      learn(work, { intent: null });
      return false;
    case 'create':
      return await createRemote(context, work, step);
    case 'update':
      return await updateRemote(context, work, step);
    case 'delete':
      return await deleteRemote(context, work, step);
    case 'unlink':
      return await unlink(context, work, step);
    case 'give_up':
      await giveUp(context, work, step.code, step.detail);
      return true;
  }
}

const REST_RESULTS: Readonly<Record<RestReason, RunResult>> = {
  unchanged: 'unchanged',
  superseded: 'superseded',
  not_synced: 'skipped',
  not_owner: 'skipped',
  deleted: 'deleted',
  kept_in_crm: 'skipped',
  unlinked: 'deleted',
};

const REST_WORDS: Readonly<Record<RestReason, string>> = {
  unchanged: 'The CRM already holds exactly this.',
  superseded: 'Another contact with the same e-mail changed later and speaks for the CRM record they share.',
  not_synced: 'This kind of record is switched off for the connection.',
  not_owner: 'The record belongs to another user now; its CRM record stays as it is.',
  deleted: 'Deleted in Zena; the CRM has no record of it.',
  kept_in_crm: 'Deleted in Zena; the CRM record is kept, as the connection is set.',
  unlinked: 'No longer connected to a CRM record.',
};

async function rest(context: DeliveryContext, work: DeliveryWork, reason: RestReason): Promise<true> {
  const { link } = work;
  const news = link.wanted > (link.shadow?.revision ?? 0) || reason !== 'unchanged';
  if (news && link.dirtySince !== null) work.notes.push({ code: reason, detail: REST_WORDS[reason] });
  const shadow = restingShadow(context, work, reason);
  await settleDelivery(context, work, {
    next: { kind: 'rest' },
    patch: { ...RESTED, ...shadow },
    result: REST_RESULTS[reason],
  });
  return true;
}

/** Equal content is acknowledged anew at its revision; what an earlier holder sent without an answer is forgotten knowledge. */
function restingShadow(
  context: DeliveryContext,
  { link, desired }: DeliveryWork,
  reason: RestReason,
): LinkPatch {
  if (reason === 'unchanged' && desired.draft !== null) {
    return { shadow: shadowOf(desired.draft, desired, context.definition.mapping.version) };
  }
  // Whose it is now may write what this connection's user never sees.
  return link.quietUntil === null && reason !== 'not_owner' ? {} : { shadow: null };
}

async function wait(
  context: DeliveryContext,
  work: DeliveryWork,
  step: Extract<Step, { do: 'wait' }>,
): Promise<true> {
  if (step.reason === 'create_uncertain') {
    work.notes.push({
      code: 'create_uncertain',
      detail: 'A create got no answer; it is looked for before anything is created again.',
    });
  }
  await settleDelivery(context, work, { next: { kind: 'keep' }, patch: { quietUntil: step.until } });
  return true;
}

async function waitForReferences(
  context: DeliveryContext,
  work: DeliveryWork,
  step: Extract<Step, { do: 'wait_for_references' }>,
): Promise<true> {
  const { store, scope, connection } = context;
  const now = context.now();
  if (step.unmarked.length > 0) {
    const marks = step.unmarked.map((key) => ({
      ...{ scope, connectionId: connection.connectionId, userId: connection.owner.id, key },
      lane: work.claimed.lane,
      now,
    }));
    await store.links.markLook(marks);
    context.onMarked();
  }
  if (work.link.waitingSince === null) {
    work.notes.push({ code: 'waiting_for_reference', detail: 'Waits for a record that it refers to.' });
  }
  await settleDelivery(context, work, {
    next: { kind: 'at', at: step.until },
    patch: { waitingSince: work.link.waitingSince ?? now },
  });
  return true;
}

/** Written down before anything is written there: a successor then waits out what was sent, and so do those who share it. */
async function link(
  context: DeliveryContext,
  work: DeliveryWork,
  step: Extract<Step, { do: 'link' }>,
): Promise<boolean> {
  const { remote, keyHash } = step;
  const found = work.link.intent !== null;
  const { id, claim } = work.claimed;
  if (!(await context.store.links.noteRemote(id, claim?.token ?? '', remote, keyHash))) {
    await settleDelivery(context, work, { next: { kind: 'keep' } });
    return true;
  }
  learn(work, { remote, keyHash, intent: null, shadow: null });
  if (step.matches > 1) {
    work.notes.push({
      code: 'ambiguous_matches',
      detail: `The CRM holds ${step.matches} records that match; the oldest is used.`,
    });
  }
  work.notes.push({
    code: 'adopted',
    detail: found
      ? 'The record that the earlier create made was found and is used.'
      : 'A matching record was found in the CRM and is used instead of a new one.',
  });
  return false;
}

async function unlink(
  context: DeliveryContext,
  work: DeliveryWork,
  step: Extract<Step, { do: 'unlink' }>,
): Promise<boolean> {
  const { store, scope, connection } = context;
  learn(work, { remote: null, shadow: null, keyHash: null });
  work.notes.push({
    code: 'unlinked',
    detail: 'It no longer shares its CRM record, which stays with the other contact.',
  });
  if (step.tell.length > 0) {
    // The CRM record may hold our content; those who stay with it write theirs. They wait for our lock until we have settled.
    await store.links.clearShadows(step.tell);
    const others = work.neighbours.filter((neighbour) => step.tell.includes(neighbour.link.id));
    await store.links.markLook(
      others.map(({ link: other }) => ({
        ...{ scope, connectionId: connection.connectionId, userId: connection.owner.id, key: other.key },
        lane: work.claimed.lane,
        now: context.now(),
      })),
    );
    context.onMarked();
  }
  return false;
}
