import type { ConnectorKind } from '../../connectors/connector.port.ts';
import { effectOfFailure, hasEnded, retryDelayMs } from '../../domain/deciding/after-failure.ts';
import { laterFields, withoutFields } from '../../domain/deciding/later-parts.ts';
import { NOTHING_OURS, type CrmCopy } from '../../domain/crm-copy.ts';
import type { CreateIntent, IntentJob, Remote } from '../../domain/link.ts';
import { firstKeyOf, type Draft } from '../../domain/mapping.ts';
import type { MergedFields } from '../../domain/merging/merge-fields.ts';
import { shareBeside } from '../../domain/merging/field-share.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { CreatedRecord } from '../../domain/remote-record.ts';
import { copyAfter, endWritten, leftOut, nothingYet } from './after-write.ts';
import {
  failed,
  shadowOf,
  there,
  type Delivery,
  type Progress,
  type SentDraft,
  type StepOf,
  type StepResult,
} from './delivery.ts';
import { partFacts } from './kind-parts.ts';
import type { StepParts } from './step-parts.ts';

export async function create(
  parts: StepParts,
  delivery: Delivery,
  step: StepOf<'create'>,
): Promise<StepResult> {
  const postponed = postpone(parts, delivery);
  if (postponed !== null) return postponed;
  const { draft, merged } = step;
  const { http, gate } = delivery;
  const kind = there(delivery.kind);
  gate.announceCreate(coreOf(kind, draft, merged));
  const outcome = await kind.parts.core.create(http, { fields: merged.fields });
  gate.endCreate();
  const intent = gate.written();
  if (intent?.job !== undefined) return inJob(intent, intent.job, outcome, parts.clock.now());
  if (outcome.kind === 'applied') {
    parts.health.success();
    return await created(parts, delivery, step, outcome.value);
  }
  if (intent !== null && (outcome.kind === 'ambiguous' || isSpoilt(outcome))) {
    // It stays, whatever an earlier step meant to do with the former one: it is what the look-up will ask for. Where the CRM itself
    // said that it failed, nothing comes later than that.
    const now = parts.clock.now();
    const sentUntil = hasEnded(outcome.answer) ? Math.min(intent.sentUntil, now) : intent.sentUntil;
    const quietUntil = sentUntil + parts.connector.limits.searchLagMs;
    const learned = { intent: { ...intent, sentUntil } };
    return { learned, end: { kind: 'uncertain', failure: outcome, quietUntil } };
  }
  // A definite answer: nothing was made, so nothing needs to be looked for.
  const learned = intent === null ? {} : { intent: null };
  return isConflict(outcome) && draft.keys.length > 0
    ? { learned, end: { kind: 'look_again', failure: outcome } }
    : failed(outcome, learned);
}

/** The create carries the core alone: that is what is looked for where nobody hears the end of it. */
function coreOf(kind: ConnectorKind, { keys }: Draft, merged: MergedFields): SentDraft {
  const later = laterFields(partFacts(kind));
  return {
    fields: withoutFields(merged.fields, later),
    keys,
    share: shareBeside(merged.ours, NOTHING_OURS, later),
  };
}

/** What a job that didn't take it whole may yet do is over when its requests are. */
function inJob(
  intent: CreateIntent,
  job: IntentJob,
  { kind }: CallOutcome<unknown>,
  now: number,
): StepResult {
  const isBegun = job.lookAgainAt > now || kind === 'withheld';
  const lookAgainAt = isBegun ? job.lookAgainAt : Math.max(now, intent.sentUntil);
  return {
    learned: { intent: { ...intent, job: { ...job, lookAgainAt } } },
    end: { kind: 'in_job', lookAgainAt },
  };
}

export async function created(
  parts: StepParts,
  delivery: Delivery,
  { draft, merged, left }: StepOf<'create'>,
  { id, version, origin, fields }: CreatedRecord,
): Promise<StepResult> {
  const { desired, stepAt, seen } = delivery;
  const kind = there(delivery.kind);
  const keyHash = firstKeyOf(draft)?.hash ?? null;
  // What was there already was not written: the next plan reads it.
  if (origin === 'existing') {
    const remote = { id, version, origin: 'adopted' } as const;
    const known = { remote, keyHash, copy: null };
    return {
      learned: { ...known, intent: null, shadow: null },
      seen: { existing: new Set([...seen.existing, id]) },
      notes: [{ code: 'adopted', detail: 'The CRM had it already; that record is used.' }],
      ...(await noteMade(parts, delivery, known)),
    };
  }
  const made = { id, version, origin } as const;
  const brought = { merged, left, held: {}, ours: nothingYet(kind) };
  const copy = copyAfter(kind, brought, fields, { heldAt: stepAt, before: null });
  if (left.length === 0) {
    const progress: Progress = { what: 'created', changed: Object.keys(draft.fields), replaced: {}, made };
    const shadow = shadowOf(draft, desired, parts.connector.mappingVersion);
    return {
      learned: { intent: null, remote: made, keyHash, shadow, copy },
      notes: leftOut(draft),
      end: endWritten(delivery, progress),
    };
  }
  const changed = Object.keys(draft.fields).filter((name) => !left.includes(name));
  const known = { remote: made, keyHash, copy: { ...copy, unfinished: true } as const };
  return {
    learned: { ...known, intent: null, shadow: null, quietUntil: null },
    seen: { written: new Map([...seen.written, [id, { doubt: null, isKnown: true }]]) },
    progress: { what: 'created', changed, replaced: {}, made },
    ...(await noteMade(parts, delivery, known)),
  };
}

/**
 * Before anything else is sent for it: a successor then goes on with what is left, and makes nothing. Where the claim is another's by now, that
 * one looks for it by its intent.
 */
export async function noteMade(
  { store }: Pick<StepParts, 'store'>,
  { claimed: { id, claim } }: Pick<Delivery, 'claimed'>,
  known: { readonly remote: Remote; readonly keyHash: string | null; readonly copy: CrmCopy | null },
): Promise<Pick<StepResult, 'end'>> {
  return (await store.links.noteMade(id, claim?.token ?? '', known)) ? {} : { end: { kind: 'hold' } };
}

/** Refused credentials say nothing of a create whose own answer could not be read; of one that was never answered more is known. */
function isSpoilt(failure: Failure): boolean {
  const { kind, answer } = failure;
  return kind === 'unauthorised' && answer !== undefined && effectOfFailure(failure) !== 'none';
}

/** Somebody has it already: the CRM's search will show it, at the latest after its lag. */
export function isConflict(failure: Failure): boolean {
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
