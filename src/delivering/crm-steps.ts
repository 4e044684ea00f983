import { retryDelayMs } from '../domain/deciding/after-failure.ts';
import type { EntityKind } from '../domain/entity.ts';
import type { ICRMConnector } from '../connectors/connector.port.ts';
import type { CallOutcome, Failure } from '../domain/outcome.ts';
import type { Step } from '../domain/deciding/plan.ts';
import type { CrmFields, RemoteRecord } from '../domain/remote-record.ts';
import type { LinkPatch } from '../state-store/link-store.port.ts';
import type { DeliveryContext } from './delivery-context.ts';
import { learn, shadowOf, type DeliveryWork } from './delivery-work.ts';
import { giveUp, RESTED, settleDelivery, settleFailure } from './settle-delivery.ts';

/** Each step below makes one CRM operation and says whether the delivery ended with it. */
type StepOf<K extends Step['do']> = Extract<Step, { do: K }>;

/** Enough of a listing to cover what one office changes in the minutes around an unanswered create. */
const LISTING_LIMIT = 2_000;

export async function lookUp(
  context: DeliveryContext,
  work: DeliveryWork,
  step: StepOf<'look'>,
): Promise<boolean> {
  const outcome = await work.connector.findExistingRecord(work.link.kind, step.key);
  if (outcome.kind !== 'applied') {
    await settleFailure(context, work, outcome);
    return true;
  }
  context.onSuccess();
  work.found.set(step.key.hash, outcome.value);
  return false;
}

export async function listChanged(
  context: DeliveryContext,
  work: DeliveryWork,
  step: StepOf<'list_changed'>,
): Promise<boolean> {
  const outcome = await work.connector.changedSince?.(work.link.kind, step.since, LISTING_LIMIT);
  if (outcome === undefined || outcome.kind !== 'applied') {
    if (outcome !== undefined) await settleFailure(context, work, outcome);
    return outcome !== undefined;
  }
  context.onSuccess();
  work.listed = outcome.value;
  return false;
}

export async function createRemote(
  context: DeliveryContext,
  work: DeliveryWork,
  { draft }: StepOf<'create'>,
): Promise<true> {
  if (await isPostponed(context, work)) return true;
  work.gate.announceCreate(draft);
  const outcome = await push(work.connector, work.link.kind, draft.fields);
  const intent = work.gate.written();
  if (outcome.kind === 'applied') {
    context.onSuccess();
    work.made = { ...outcome.value, origin: 'created' };
    learn(work, {
      intent: null,
      remote: work.made,
      keyHash: draft.key?.hash ?? null,
      shadow: shadowOf(draft, work.desired, context.definition.mapping.version),
    });
    await settleWritten(context, work, 'created', Object.keys(draft.fields));
    return true;
  }
  if (outcome.kind === 'ambiguous' && intent !== null) {
    // The intent stays, whatever an earlier step meant to do with it: it is what the look-up will ask for.
    const { intent: _dropped, ...patch } = work.patch;
    work.patch = patch;
    work.notes.push({ code: 'create_uncertain', reason: outcome.code, detail: outcome.detail });
    context.onFailure(outcome);
    const counts = await context.connectionWorks(work.stepAt);
    await settleDelivery(context, work, {
      next: { kind: 'keep' },
      patch: {
        quietUntil: intent.sentUntil + context.definition.searchLagMs,
        attempts: work.link.attempts + (counts ? 1 : 0),
      },
      result: 'retrying',
    });
    return true;
  }
  // A definite answer: nothing was made, so nothing needs to be looked for.
  await settleFailure(context, work, outcome, intent === null ? {} : { intent: null });
  return true;
}

/**
 * Whether a create that would repeat one without an answer has to wait, or is one too many. Looking for what the earlier one made
 * never waits longer than it must; making it again is a retry as any other.
 */
async function isPostponed(context: DeliveryContext, work: DeliveryWork): Promise<boolean> {
  const { attempts } = work.link;
  const earlier = work.claimed.intent;
  if (earlier === null || attempts === 0) return false;
  if (attempts > context.retry.delaysMs.length) {
    await giveUp(context, work, 'RETRIES_EXHAUSTED', `Its create ended ${attempts} times without an answer.`);
    return true;
  }
  const notBefore = earlier.sentAt + retryDelayMs(context.retry, attempts - 1, context.chance());
  if (notBefore <= context.now()) return false;
  await settleDelivery(context, work, {
    next: { kind: 'back_off' },
    patch: { notBefore },
    result: 'retrying',
  });
  return true;
}

function push(
  connector: ICRMConnector,
  kind: EntityKind,
  fields: CrmFields,
): Promise<CallOutcome<RemoteRecord>> {
  if (kind === 'contact') return connector.pushContact(fields);
  return kind === 'property' ? connector.pushProperty(fields) : connector.pushDeal(fields);
}

export async function updateRemote(
  context: DeliveryContext,
  work: DeliveryWork,
  step: StepOf<'update'>,
): Promise<boolean> {
  const { remoteId, draft } = step;
  // Whoever shared the CRM record must not believe that it still holds their content.
  if (step.overwrites.length > 0) await context.store.links.clearShadows(step.overwrites);
  const outcome = await work.connector.updateRecord(work.link.kind, remoteId, draft.fields);
  if (outcome.kind === 'gone') return await relinkGone(context, work, remoteId);
  if (outcome.kind !== 'applied') {
    await settleFailure(context, work, outcome, afterUnclear(work, outcome));
    return true;
  }
  context.onSuccess();
  learn(work, {
    remote: {
      id: outcome.value.id,
      version: outcome.value.version,
      origin: work.link.remote?.origin ?? 'adopted',
    },
    keyHash: draft.key?.hash ?? null,
    shadow: shadowOf(draft, work.desired, context.definition.mapping.version),
  });
  await settleWritten(context, work, 'updated', step.changed);
  return true;
}

/**
 * It may have been done all the same, or may yet be: what was acknowledged before says nothing any more, and until the request can
 * have no effect nothing else is written to that CRM record, by none of those who share it.
 */
function afterUnclear({ gate }: DeliveryWork, { kind }: Failure): LinkPatch {
  if (kind !== 'retry_later' && kind !== 'ambiguous') return {};
  const sentUntil = gate.sentUntil();
  return sentUntil === null ? { shadow: null } : { shadow: null, quietUntil: sentUntil };
}

/** Someone removed it in the CRM: it is looked for once more and made again once; a second time is for a person to decide. */
async function relinkGone(context: DeliveryContext, work: DeliveryWork, remoteId: string): Promise<boolean> {
  context.onSuccess();
  work.gone.add(remoteId);
  await tellSharersOfGone(context, work, remoteId);
  const revision = work.desired.record?.revision ?? 0;
  learn(work, { remote: null, shadow: null, keyHash: null });
  if (work.link.recreatedAt === revision) {
    await giveUp(
      context,
      work,
      'GONE_AGAIN',
      'The CRM record went missing again after it had been made anew.',
    );
    return true;
  }
  learn(work, { recreatedAt: revision });
  work.notes.push({
    code: 'gone_in_crm',
    detail: 'The CRM record is gone; it is looked for and otherwise made again, once.',
  });
  return false;
}

/** Those who shared it have lost it, too, and do not look by themselves before their next change. */
async function tellSharersOfGone(
  { store, scope, connection, now, onMarked }: DeliveryContext,
  { neighbours, claimed }: DeliveryWork,
  remoteId: string,
): Promise<void> {
  const sharers = neighbours.filter(({ link }) => link.remote?.id === remoteId);
  if (sharers.length === 0) return;
  await store.links.clearShadows(sharers.map(({ link }) => link.id));
  await store.links.markLook(
    sharers.map(({ link: { key } }) => ({
      ...{ scope, connectionId: connection.connectionId, userId: connection.owner.id, key },
      ...{ lane: claimed.lane, now: now() },
    })),
  );
  onMarked();
}

export async function deleteRemote(
  context: DeliveryContext,
  work: DeliveryWork,
  { remoteId }: StepOf<'delete'>,
): Promise<true> {
  const outcome = await work.connector.deleteRecord?.(work.link.kind, remoteId);
  if (outcome !== undefined && outcome.kind !== 'applied' && outcome.kind !== 'gone') {
    await settleFailure(context, work, outcome, afterUnclear(work, outcome));
    return true;
  }
  context.onSuccess();
  learn(work, { remote: null, shadow: null, keyHash: null });
  await settleWritten(context, work, 'deleted', []);
  return true;
}

const WRITTEN_WORDS = {
  created: 'Created in the CRM.',
  updated: 'Updated in the CRM.',
  deleted: 'Deleted in the CRM.',
} as const;

async function settleWritten(
  context: DeliveryContext,
  work: DeliveryWork,
  what: keyof typeof WRITTEN_WORDS,
  changed: readonly string[],
): Promise<void> {
  const since = work.claimed.dirtySince;
  const latencyMs = since === null ? null : Math.max(0, context.now() - since);
  work.notes.push({ code: what, detail: WRITTEN_WORDS[what], changed, latencyMs });
  await settleDelivery(context, work, { next: { kind: 'rest' }, patch: RESTED, result: what });
  context.events.delivered(latencyMs);
}
