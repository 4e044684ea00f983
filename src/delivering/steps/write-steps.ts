import { effectOfFailure, hasEnded, retryDelayMs } from '../../domain/deciding/after-failure.ts';
import { doubted, IN_DOUBT, type CrmCopy } from '../../domain/crm-copy.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Link } from '../../domain/link.ts';
import { firstKeyOf, type Draft } from '../../domain/mapping.ts';
import { answeredShare, type MergedFields } from '../../domain/merging/merge-fields.ts';
import { droppedFields } from '../../domain/merging/peoples-content.ts';
import type { Failure } from '../../domain/outcome.ts';
import type { CrmFields } from '../../domain/remote-record.ts';
import {
  failed,
  shadowOf,
  there,
  type Delivery,
  type Learned,
  type Note,
  type StepOf,
  type StepResult,
} from './delivery.ts';
import type { StepParts } from './step-parts.ts';

export async function create(
  parts: StepParts,
  delivery: Delivery,
  { draft, merged }: StepOf<'create'>,
): Promise<StepResult> {
  const postponed = postpone(parts, delivery);
  if (postponed !== null) return postponed;
  const { kind, http, gate, desired, stepAt } = delivery;
  const { mappingVersion, limits } = parts.connector;
  gate.announceCreate({ fields: merged.fields, keys: draft.keys, share: merged.ours });
  const outcome = await there(kind).parts.core.create(http, { fields: merged.fields });
  const intent = gate.written();
  if (outcome.kind === 'applied') {
    parts.health.success();
    const { id, version, origin, fields } = outcome.value;
    const ours = origin === 'created';
    const remote = { id, version, origin: ours ? origin : 'adopted' } as const;
    // What was there already was not written: the next plan reads it.
    if (!ours) {
      return {
        learned: { intent: null, remote, keyHash: firstKeyOf(draft)?.hash ?? null, shadow: null, copy: null },
        notes: [{ code: 'adopted', detail: 'The CRM had it already; that record is used.' }],
      };
    }
    const shadow = shadowOf(draft, desired, mappingVersion);
    const copy = copyAfter(merged, fields, { heldAt: stepAt, before: null });
    return {
      learned: { intent: null, remote, keyHash: firstKeyOf(draft)?.hash ?? null, shadow, copy },
      notes: leftOut(draft),
      end: {
        kind: 'written',
        what: 'created',
        changed: Object.keys(draft.fields),
        replaced: {},
        made: remote,
      },
    };
  }
  if (intent !== null && (outcome.kind === 'ambiguous' || isSpoilt(outcome))) {
    // It stays, whatever an earlier step meant to do with the former one: it is what the look-up will ask for. Where the CRM itself
    // said that it failed, nothing comes later than that.
    const now = parts.clock.now();
    const sentUntil = hasEnded(outcome.answer) ? Math.min(intent.sentUntil, now) : intent.sentUntil;
    const quietUntil = sentUntil + limits.searchLagMs;
    const learned = { intent: { ...intent, sentUntil } };
    return { learned, end: { kind: 'uncertain', failure: outcome, quietUntil } };
  }
  // A definite answer: nothing was made, so nothing needs to be looked for.
  const learned = intent === null ? {} : { intent: null };
  return isConflict(outcome) && draft.keys.length > 0
    ? { learned, end: { kind: 'look_again', failure: outcome } }
    : failed(outcome, learned);
}

/** What of the record isn't sent, and why; the rest is delivered. */
function leftOut({ remarks }: Draft): Note[] {
  return remarks.map(({ field, code, detail }) => ({
    code: 'left_out',
    reason: code,
    detail,
    changed: [field],
  }));
}

/** Refused credentials say nothing of a create whose own answer could not be read; of one that was never answered more is known. */
function isSpoilt(failure: Failure): boolean {
  const { kind, answer } = failure;
  return kind === 'unauthorised' && answer !== undefined && effectOfFailure(failure) !== 'none';
}

/** Somebody has it already: the CRM's search will show it, at the latest after its lag. */
function isConflict(failure: Failure): boolean {
  return failure.kind === 'rejected' && failure.code === 'CONFLICT';
}

/**
 * Whether a create that would repeat one without a success has to wait, or is one too many. Looking for what the earlier one made
 * never waits longer than it must; making it again is a retry as any other.
 */
function postpone(
  { retry, clock, random }: Pick<StepParts, 'retry' | 'clock' | 'random'>,
  { claimed, link: { attempts } }: Delivery,
): StepResult | null {
  const earlier = claimed.intent;
  if (earlier === null || attempts === 0) return null;
  if (attempts > retry.delaysMs.length) {
    const detail = `Its create was tried ${attempts} times, and none is known to have succeeded.`;
    return { end: { kind: 'given_up', code: 'RETRIES_EXHAUSTED', detail } };
  }
  const notBefore = earlier.sentAt + retryDelayMs(retry, attempts - 1, random.next());
  return notBefore <= clock.now() ? null : { end: { kind: 'postponed', notBefore } };
}

export async function update(
  parts: StepParts,
  delivery: Delivery,
  step: StepOf<'update'>,
): Promise<StepResult> {
  const { remoteId, draft, merged, changed, held, before } = step;
  const { kind, http, link, desired, stepAt } = delivery;
  const noted = await noteBefore(parts, delivery, step);
  if (noted === null) return { end: { kind: 'hold' } };
  delivery.gate.announceWrite();
  const outcome = await there(kind).parts.core.update(http, remoteId, {
    fields: merged.fields,
    changed,
    held,
  });
  if (outcome.kind !== 'applied') {
    const untaken = noted.copy === undefined ? {} : { copy: copyUntaken(delivery, step) };
    if (outcome.kind === 'gone') return { ...denied(delivery, remoteId), learned: untaken };
    const copy: CrmCopy = { held, heldAt: stepAt, ours: merged.inDoubt, before };
    const unclear = afterUnclear(delivery, outcome, copy);
    if (unclear.copy !== undefined)
      await parts.kin.note(link.kind, remoteId, unclear.quietUntil ?? parts.clock.now());
    return failed(outcome, { ...untaken, ...unclear });
  }
  parts.health.success();
  const { id, version, fields } = outcome.value;
  await parts.kin.note(link.kind, id, parts.clock.now());
  const { replaced } = merged;
  const dropped = droppedFields({ held, sent: merged.fields, answered: fields });
  const names = Object.keys(dropped);
  // Merged into another, says the CRM: that one is people's, and is read before it is written.
  const isMerged = id !== remoteId;
  return {
    learned: {
      remote: { id, version, origin: isMerged ? 'adopted' : (link.remote?.origin ?? 'adopted') },
      keyHash: firstKeyOf(draft)?.hash ?? null,
      shadow: shadowOf(draft, desired, parts.connector.mappingVersion),
      ...(isMerged ? withoutStray(link, id) : {}),
      copy: isMerged
        ? copyOfStray(link, id)
        : copyAfter(merged, fields, {
            heldAt: stepAt,
            before: withBefore(before, { ...dropped, ...replaced }),
          }),
    },
    notes: [
      ...leftOut(draft),
      ...(names.length === 0 || isMerged
        ? []
        : [
            {
              code: 'updated',
              detail: 'With this update the CRM dropped fields that aren’t written here.',
              changed: names,
              replaced: dropped,
            } as const,
          ]),
    ],
    end: { kind: 'written', what: 'updated', changed, replaced, made: null },
  };
}

/**
 * What a successor must know of a write is written down before it is sent. Whoever shared the CRM record must not believe that it still
 * holds their content; what of it is theirs, and so ours, goes over to the one who writes, in this order: a successor then finds it in at
 * least one place. Null: the claim is not ours any more.
 */
async function noteBefore(
  { store }: Pick<StepParts, 'store'>,
  { claimed, stepAt }: Delivery,
  { merged, held, before, overwrites }: StepOf<'update'>,
): Promise<Learned | null> {
  if (overwrites.length === 0 && !merged.isNoteworthy) return {};
  const copy: CrmCopy = { held, heldAt: stepAt, ours: merged.inDoubt, before };
  if (!(await store.links.noteCopy(claimed.id, claimed.claim?.token ?? '', copy))) return null;
  if (overwrites.length > 0) await store.links.clearCopies(overwrites, claimed.run?.id);
  return { copy };
}

/** After an answer that proves that nothing was taken: what was ours is ours, and no more. An earlier doubt stands. */
function copyUntaken({ stepAt }: Delivery, { former, held }: StepOf<'update'>): CrmCopy {
  return former.heldAt === IN_DOUBT ? former : { ...former, held, heldAt: stepAt };
}

/** The CRM holds just this already, so nothing is written. */
export async function confirm(
  { connector, kin, clock }: Pick<StepParts, 'connector' | 'kin' | 'clock'>,
  { desired, stepAt, link, claimed }: Delivery,
  { remoteId, draft, merged, held, before }: StepOf<'confirm'>,
): Promise<StepResult> {
  // A write that was in doubt was taken, and who sent it may have ended before it could tell.
  if (link.quietUntil !== null || link.copy?.heldAt === IN_DOUBT)
    await kin.note(link.kind, remoteId, clock.now());
  const news = link.wanted > (claimed.shadow?.revision ?? 0) && claimed.dirtySince !== null;
  const { replaced } = merged;
  const taken = Object.keys(replaced);
  return {
    learned: {
      keyHash: firstKeyOf(draft)?.hash ?? null,
      shadow: shadowOf(draft, desired, connector.mappingVersion),
      copy: { held, heldAt: stepAt, ours: merged.ours, before: withBefore(before, replaced) },
    },
    notes: [
      ...(taken.length > 0
        ? [
            {
              code: 'updated',
              detail: 'An update without an answer was taken.',
              changed: taken,
              replaced,
            } as const,
          ]
        : []),
      ...(news ? [{ code: 'unchanged', detail: 'The CRM already holds exactly this.' } as const] : []),
    ],
    end: { kind: 'rest', result: 'unchanged' },
  };
}

/** What the CRM holds after it took a write: what was sent; where it answered in its own way, that is ours as well. */
function copyAfter(
  { fields, ours }: MergedFields,
  answered: CrmFields | undefined,
  { heldAt, before }: Pick<CrmCopy, 'heldAt' | 'before'>,
): CrmCopy {
  return {
    held: fields,
    heldAt,
    ours: answered === undefined ? ours : answeredShare(ours, fields, answered),
    before,
  };
}

/** Of each field the first that was replaced: what stood there before we came. */
function withBefore(before: JsonObject | null, replaced: JsonObject): JsonObject | null {
  return before === null && Object.keys(replaced).length === 0 ? null : { ...replaced, ...before };
}

/** Nothing proves yet that it is gone: it is read, and looked for, anew. */
function denied({ seen }: Delivery, remoteId: string): StepResult {
  const reads = new Map(seen.reads);
  reads.delete(remoteId);
  return { seen: { denied: new Set([...seen.denied, remoteId]), reads, found: new Map() } };
}

/** Someone removed it in the CRM: it is looked for once more and made again once; a second time is for a person to decide. */
export async function lose(
  { health, store, markLooks }: Pick<StepParts, 'health' | 'store' | 'markLooks'>,
  { claimed, link, desired, neighbours, seen }: Delivery,
  { remoteId }: StepOf<'lost'>,
): Promise<StepResult> {
  health.success();
  if (desired.record?.body == null) return deleted(link.copy);
  const lost: Learned = { remote: null, shadow: null, copy: null, keyHash: null };
  // Those who shared it have lost it, too, and do not look by themselves before their next change.
  const sharers = neighbours.filter((other) => other.link.remote?.id === remoteId);
  if (sharers.length > 0) {
    await store.links.clearCopies(sharers.map((sharer) => sharer.link.id));
    await markLooks(
      sharers.map((sharer) => sharer.link.key),
      claimed.lane,
    );
  }
  const revision = desired.record.revision;
  if (link.recreatedAt === revision) {
    const detail = 'The CRM record went missing again after it had been made anew.';
    return { learned: lost, end: { kind: 'given_up', code: 'GONE_AGAIN', detail } };
  }
  const detail = 'The CRM record is gone; it is looked for and otherwise made again, once.';
  return {
    learned: { ...lost, recreatedAt: revision },
    seen: { gone: new Set([...seen.gone, remoteId]) },
    notes: [{ code: 'gone_in_crm', detail }],
  };
}

export async function remove(
  { health }: Pick<StepParts, 'health'>,
  delivery: Delivery,
  { remoteId, copy }: StepOf<'delete'>,
): Promise<StepResult> {
  delivery.gate.announceWrite();
  const outcome = await there(delivery.kind).delete?.(delivery.http, remoteId);
  if (outcome !== undefined && outcome.kind !== 'applied') {
    // What people lose by it is told once it is known to be gone.
    if (outcome.kind === 'gone') return { ...denied(delivery, remoteId), learned: { copy } };
    return failed(outcome, afterUnclear(delivery, outcome, copy));
  }
  health.success();
  return deleted(copy);
}

function deleted(copy: CrmCopy | null): StepResult {
  return {
    learned: { remote: null, shadow: null, copy: null, keyHash: null },
    end: { kind: 'written', what: 'deleted', changed: [], replaced: copy?.before ?? {}, made: null },
  };
}

/**
 * Our own record that was left for an older one. Who refers to it is told first: whoever goes on after a process that died here would not
 * know of it. Where that fails it stays, as a duplicate that is shown.
 */
export async function removeLeft(
  { health, wakeReferrers }: Pick<StepParts, 'health' | 'wakeReferrers'>,
  delivery: Delivery,
  { remoteId }: StepOf<'remove_left'>,
): Promise<StepResult> {
  const { kind, http, seen } = delivery;
  await wakeReferrers(delivery.link);
  const outcome = await there(kind).delete?.(http, remoteId);
  if (outcome?.kind === 'gone') {
    const left = seen.left === null ? null : { ...seen.left, denials: seen.left.denials + 1 };
    const reads = new Map(seen.reads);
    reads.delete(remoteId);
    return { seen: { reads, left } };
  }
  if (outcome === undefined) return { seen: { left: null } };
  if (outcome.kind !== 'applied') {
    const detail =
      'Our own CRM record is not known to have been removed, so it is shown as a duplicate. If nobody needs it, remove it in the CRM.';
    return { seen: { left: null }, notes: [{ code: 'stray_found', reason: outcome.code, detail }] };
  }
  health.success();
  return leftRemoved(delivery, remoteId);
}

/** As it is where that CRM record is no duplicate of ours any more. */
function withoutStray({ strays, left }: Link, remoteId: string): Pick<Link, 'strays' | 'left'> {
  return {
    strays: strays.filter((id) => id !== remoteId),
    left: Object.fromEntries(Object.entries(left).filter(([id]) => id !== remoteId)),
  };
}

/** People merged what we had taken into our own that we had left for it: what of that is ours is on file. */
function copyOfStray({ left }: Link, remoteId: string): CrmCopy | null {
  const ours = left[remoteId];
  return ours === undefined ? null : { held: null, heldAt: IN_DOUBT, ours, before: null };
}

export function leftRemoved({ link }: Delivery, remoteId: string): StepResult {
  const detail = 'Our own CRM record was removed: an older one with the same key is used.';
  return {
    learned: withoutStray(link, remoteId),
    seen: { left: null },
    notes: [{ code: 'stray_removed', detail }],
  };
}

/**
 * It may have been done all the same, or may yet be: what was acknowledged before says nothing any more, and until the request can
 * have no effect nothing else is written to that CRM record, by none of those who share it.
 */
function afterUnclear({ gate }: Delivery, failure: Failure, copy: CrmCopy | null): Learned {
  const effect = effectOfFailure(failure);
  const quietUntil = gate.sentUntil();
  if (effect === 'none' || quietUntil === null) return {};
  const unclear = { shadow: null, copy: doubted(copy) };
  return effect === 'perhaps' ? unclear : { ...unclear, quietUntil };
}
