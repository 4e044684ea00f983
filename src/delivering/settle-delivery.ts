import { afterFailure } from '../domain/deciding/after-failure.ts';
import { deadMark } from '../domain/dead-mark.ts';
import type { RunResult } from '../domain/link.ts';
import type { Failure } from '../domain/outcome.ts';
import type { LinkPatch, NextLook, SettleResult } from '../state-store/link-store.port.ts';
import type { DeliveryContext } from './delivery-context.ts';
import { runResultOf, type DeliveryWork } from './delivery-work.ts';
import { tellDead } from './tell-dead.ts';
import { wakeReferrers } from './wake-referrers.ts';

export interface Ending {
  readonly next: NextLook;
  readonly patch?: LinkPatch;
  readonly result?: RunResult;
}

/** Nothing more to do: the usual good end of a delivery. */
export const RESTED: LinkPatch = {
  attempts: 0,
  notBefore: null,
  quietUntil: null,
  waitingSince: null,
  dead: null,
  untold: false,
};

/** Ends a delivery: one write of everything learned, then its timeline, then those who wait for its CRM id. */
export async function settleDelivery(
  context: DeliveryContext,
  work: DeliveryWork,
  ending: Ending,
): Promise<SettleResult> {
  const { store, timeline, connection } = context;
  const { claimed } = work;
  const moved = (claimed.remote?.id ?? null) !== (work.link.remote?.id ?? null);
  const settled = await store.links.settle({
    id: claimed.id,
    token: claimed.claim?.token ?? '',
    seen: { wanted: claimed.wanted, marks: claimed.marks },
    patch: {
      ...work.patch,
      ...ending.patch,
      ...(moved ? { wake: true } : {}),
      ...(work.notes.length > 0 ? { journal: claimed.journal + work.notes.length } : {}),
      ...(ending.result === undefined ? {} : runResultOf(claimed, ending.result)),
    },
    next: ending.next,
  });
  // Something changed while it was delivered: it is due as it stands.
  if (settled === 'kept') context.onKept();
  else if (ending.next.kind !== 'rest') context.onLeftDue();
  if (settled === 'lost') await recordWhatALostClaimMade(context, work);
  await timeline.write(claimed, work.desired.record, connection.provider, work.notes);
  if (settled === 'lost') return settled;
  if (moved) await wakeReferrers(context, work.link);
  await closeLetter(context, work, ending);
  return settled;
}

/** What brings a record to a good end ends its dead letter, too. */
async function closeLetter(
  { store }: DeliveryContext,
  { claimed, desired }: DeliveryWork,
  ending: Ending,
): Promise<void> {
  if (claimed.dead === null || ending.patch?.dead !== null) return;
  const same = desired.record?.revision === claimed.dead.revision && ending.result !== 'skipped';
  await store.deadLetters.setStatus([claimed.dead.id], ['open', 'parked'], same ? 'resolved' : 'superseded');
}

/** What was only found may be found again, and may meanwhile be what another key stands for: only what was made is told. */
async function recordWhatALostClaimMade(context: DeliveryContext, work: DeliveryWork): Promise<void> {
  if (work.made === null) return;
  const recorded = await context.store.links.recordLost(work.link.id, work.made);
  if (recorded !== 'stray') return;
  context.events.stray();
  work.notes.push({
    code: 'stray_found',
    detail: 'A second CRM record was made while another worker took over; it is kept on file.',
  });
}

/** Failures that count as attempts where the connection works otherwise. */
const COUNTED: ReadonlySet<Failure['kind']> = new Set(['retry_later', 'ambiguous', 'gone']);

/** Ends a delivery whose call failed: back-off, hold or give up, as the failure means. */
export async function settleFailure(
  context: DeliveryContext,
  work: DeliveryWork,
  failure: Failure,
  patch: LinkPatch = {},
): Promise<void> {
  context.onFailure(failure);
  const { link, desired } = work;
  const verdict = afterFailure({
    failure,
    attempts: link.attempts,
    connectionWorks: COUNTED.has(failure.kind) && (await context.connectionWorks(work.stepAt)),
    policy: context.retry,
    now: context.now(),
    chance: context.chance(),
  });
  if (verdict.kind === 'give_up') {
    await giveUp(context, work, verdict.code, verdict.detail, failure, patch);
    return;
  }
  note(work, failure);
  if (verdict.kind === 'hold') {
    await settleDelivery(context, work, { next: { kind: 'keep' }, patch });
    return;
  }
  await settleDelivery(context, work, {
    next: { kind: 'back_off' },
    patch: { ...patch, notBefore: verdict.notBefore, attempts: verdict.attempts },
    result: desired.record === null ? 'skipped' : 'retrying',
  });
}

function note(work: DeliveryWork, failure: Failure): void {
  // What we held back ourselves is no news of the record's.
  if (failure.kind === 'withheld') return;
  const code =
    failure.kind === 'rate_limited'
      ? 'rate_limited'
      : failure.kind === 'unauthorised'
        ? 'needs_reauth'
        : 'retrying';
  work.notes.push({ code, reason: failure.code, detail: failure.detail });
}

/** The record is set aside until it changes or a person asks; the rest goes on. Its letter is told of right after. */
export async function giveUp(
  context: DeliveryContext,
  work: DeliveryWork,
  code: string,
  detail: string,
  failure: Failure | null = null,
  patch: LinkPatch = {},
): Promise<void> {
  const fields = failure?.kind === 'rejected' ? failure.fields : [];
  work.notes.push({
    code: failure?.kind === 'rejected' ? 'rejected' : 'dead',
    reason: code,
    detail,
    errors: fields,
  });
  const { claimed, link, desired } = work;
  const dead = deadMark(
    { ...claimed, attempts: link.attempts },
    {
      ...{ code, detail, fields, now: context.now() },
      revision: desired.record?.revision ?? claimed.wanted,
      mapping: context.definition.mapping.version,
      connectionEpoch: context.connection.epoch,
    },
  );
  const given: LinkPatch = { dead, untold: true, attempts: 0, notBefore: null, waitingSince: null };
  const settled = await settleDelivery(context, work, {
    next: { kind: 'rest' },
    patch: { ...patch, ...given },
    result: 'failed',
  });
  if (settled === 'lost') return;
  context.events.deadLettered(code);
  if (claimed.dead !== null && claimed.dead.id !== dead.id) {
    await context.store.deadLetters.setStatus([claimed.dead.id], ['open', 'parked'], 'superseded');
  }
  await tellDead(context, link, dead, desired.record);
}
