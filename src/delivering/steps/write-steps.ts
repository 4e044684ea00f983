import { IN_DOUBT, type CrmCopy, type OurShare } from '../../domain/crm-copy.ts';
import { listedAs } from '../../domain/deciding/later-parts.ts';
import type { PlannedWrite, WrittenInPart } from '../../domain/deciding/step.ts';
import type { Remote } from '../../domain/link.ts';
import { firstKeyOf } from '../../domain/mapping.ts';
import { textMark } from '../../domain/merging/appended-texts.ts';
import { droppedFields } from '../../domain/merging/peoples-content.ts';
import { shareBeside } from '../../domain/merging/field-share.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { CrmFields, RemoteRecord } from '../../domain/remote-record.ts';
import {
  afterUnclear,
  assumedNotes,
  copyAfter,
  copyOfStray,
  denied,
  endWritten,
  leftOut,
  withBefore,
  withoutStray,
} from './after-write.ts';
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
import { appendingPart, writePart } from './kind-parts.ts';
import type { StepParts } from './step-parts.ts';

/** One request to a CRM record that is there: its core, or a part of it that is written whole. */
export async function update(
  parts: StepParts,
  delivery: Delivery,
  step: StepOf<'update'>,
): Promise<StepResult> {
  const { remoteId, merged, changed, held, left } = step;
  const { http, seen } = delivery;
  const doubt = shareBeside(merged.inDoubt, step.former.ours, left);
  const noted = await noteBefore(parts, delivery, step, doubt);
  if (noted === null) return { end: { kind: 'hold' } };
  delivery.gate.announceWrite();
  const rest = seen.rests.get(remoteId) ?? null;
  const write = { fields: merged.fields, changed, held, rest };
  const outcome = await writePart(there(delivery.kind), step.part, http, remoteId, write);
  return outcome.kind === 'applied'
    ? await taken(parts, delivery, step, { answer: outcome.value, ours: step.former.ours })
    : await untaken(parts, delivery, step, { failure: outcome, noted, doubt });
}

/** One text of a part that only grows. */
export async function append(
  parts: StepParts,
  delivery: Delivery,
  step: StepOf<'append'>,
): Promise<StepResult> {
  const { remoteId, merged, former, field, item, left } = step;
  const { http, link } = delivery;
  const withFate = (share: OurShare, fate: 'sent' | 'doubted'): OurShare => {
    const fates = { ...step.fates, [textMark(item)]: fate };
    return { ...share, lines: { ...share.lines, [field]: fates } };
  };
  const doubt = withFate(shareBeside(merged.inDoubt, former.ours, left), 'doubted');
  const noted = await noteBefore(parts, delivery, step, doubt);
  if (noted === null) return { end: { kind: 'hold' } };
  delivery.gate.announceWrite();
  const outcome: CallOutcome<null> = await appendingPart(there(delivery.kind), step.part).append(
    http,
    remoteId,
    item,
  );
  if (outcome.kind !== 'applied')
    return await untaken(parts, delivery, step, { failure: outcome, noted, doubt });
  const answer = { id: remoteId, version: link.remote?.version ?? null };
  return await taken(parts, delivery, step, { answer, ours: withFate(former.ours, 'sent') });
}

/** What the parts of a CRM record have, to be looked at before anything is added or the record goes. */
export async function listPart(
  { health }: Pick<StepParts, 'health'>,
  { kind, http, seen }: Delivery,
  { part, remoteId }: StepOf<'list_part'>,
): Promise<StepResult> {
  const outcome = await appendingPart(there(kind), part).list?.(http, remoteId);
  if (outcome !== undefined && outcome.kind !== 'applied') {
    return outcome.kind === 'gone' ? denied({ seen }, remoteId) : failed(outcome);
  }
  health.success();
  return { seen: { lists: new Map([...seen.lists, [listedAs(part, remoteId), outcome?.value ?? []]]) } };
}

interface Taken {
  readonly answer: RemoteRecord;
  /** What is ours in the fields that are left. */
  readonly ours: OurShare;
}

async function taken(
  parts: StepParts,
  delivery: Delivery,
  step: StepOf<'update'> | StepOf<'append'>,
  { answer, ours }: Taken,
): Promise<StepResult> {
  const { link, desired, stepAt, seen } = delivery;
  const { remoteId, draft, merged, changed, held, before, left, former } = step;
  parts.health.success();
  const { id, version, fields } = answer;
  await parts.kin.note(link.kind, id, parts.clock.now());
  // Merged into another, says the CRM: that one is people's, and is read before it is written.
  const isMerged = id !== remoteId;
  const remote: Remote = { id, version, origin: isMerged ? 'adopted' : (link.remote?.origin ?? 'adopted') };
  const { sharings } = there(delivery.kind);
  const dropped = isMerged ? {} : droppedFields({ held, sent: merged.fields, answered: fields, sharings });
  const replaced = Object.fromEntries(
    Object.entries(merged.replaced).filter(([name]) => !left.includes(name)),
  );
  const kept = copyAfter(there(delivery.kind), { merged, left, held, ours }, fields, {
    heldAt: step.isKnown ? stepAt : former.heldAt,
    before: withBefore(before, { ...dropped, ...replaced }),
  });
  const isLast = left.length === 0;
  const copy = isMerged
    ? copyOfStray(link, id)
    : isLast || former.unfinished !== true
      ? kept
      : { ...kept, unfinished: former.unfinished };
  const learned: Learned = {
    remote,
    keyHash: firstKeyOf(draft)?.hash ?? null,
    shadow: isLast ? shadowOf(draft, desired, parts.connector.mappingVersion) : null,
    copy,
    ...(isMerged ? withoutStray(link, id) : {}),
  };
  const progress = { what: 'updated', changed, replaced, made: null } as const;
  const notes = [...droppedNotes(dropped), ...assumedNotes(step.assumed)];
  if (isLast) return { learned, notes: [...leftOut(draft), ...notes], end: endWritten(delivery, progress) };
  const reads = new Map(seen.reads);
  reads.delete(remoteId);
  return {
    learned: { ...learned, quietUntil: null },
    seen: { reads, written: isMerged ? seen.written : new Map([...seen.written, [id, writtenInPart(step)]]) },
    progress,
    notes,
    ...(isMerged && (await noteMerged(parts, delivery, remote, learned.keyHash ?? null))),
  };
}

function writtenInPart({ heldBefore, left, isKnown }: PlannedWrite): WrittenInPart {
  if (heldBefore === null) return { doubt: null, isKnown };
  const doubt = Object.entries(heldBefore).filter(([name]) => left.includes(name));
  return { doubt: Object.fromEntries(doubt), isKnown };
}

async function noteMerged(
  { store }: Pick<StepParts, 'store'>,
  { claimed: { id, claim } }: Pick<Delivery, 'claimed'>,
  remote: Remote,
  keyHash: string | null,
): Promise<Pick<StepResult, 'end'>> {
  const isOurs = await store.links.noteRemote(id, claim?.token ?? '', remote, keyHash);
  return isOurs ? {} : { end: { kind: 'hold' } };
}

function droppedNotes(dropped: CrmFields): Note[] {
  const names = Object.keys(dropped);
  if (names.length === 0) return [];
  const detail = 'With this update the CRM dropped fields that aren’t written here.';
  return [{ code: 'updated', detail, changed: names, replaced: dropped }];
}

interface Untaken {
  readonly failure: Failure;
  /** What was written down before it was sent. */
  readonly noted: Learned;
  readonly doubt: OurShare;
}

async function untaken(
  parts: StepParts,
  delivery: Delivery,
  step: PlannedWrite,
  { failure, noted, doubt }: Untaken,
): Promise<StepResult> {
  const { link, stepAt } = delivery;
  const { remoteId, held, before, former } = step;
  const asBefore = noted.copy === undefined ? {} : { copy: copyUntaken(delivery, step) };
  if (failure.kind === 'gone') return { ...denied(delivery, remoteId), learned: asBefore };
  const copy: CrmCopy = { ...former, held, heldAt: stepAt, ours: doubt, before };
  const unclear = afterUnclear(delivery, failure, copy);
  if (unclear.copy !== undefined)
    await parts.kin.note(link.kind, remoteId, unclear.quietUntil ?? parts.clock.now());
  return failed(failure, { ...asBefore, ...unclear });
}

/**
 * What a successor must know of a write is written down before it is sent. Whoever shared the CRM record must not believe that it still
 * holds their content; what of it is theirs, and so ours, goes over to the one who writes, in this order: a successor then finds it in at
 * least one place. Null: the claim is not ours any more.
 */
async function noteBefore(
  { store }: Pick<StepParts, 'store'>,
  { claimed, stepAt }: Delivery,
  { merged, held, before, former, overwrites, isKnown }: PlannedWrite,
  doubt: OurShare,
): Promise<Learned | null> {
  if (overwrites.length === 0 && !merged.isNoteworthy) return {};
  const copy: CrmCopy = { ...former, held, heldAt: isKnown ? stepAt : former.heldAt, ours: doubt, before };
  if (!(await store.links.noteCopy(claimed.id, claimed.claim?.token ?? '', copy))) return null;
  if (overwrites.length > 0) await store.links.clearCopies(overwrites, claimed.run?.id);
  return { copy };
}

/** After an answer that proves that nothing was taken: what was ours is ours, and no more. An earlier doubt stands. */
function copyUntaken({ stepAt }: Delivery, { former, held, isKnown }: PlannedWrite): CrmCopy {
  return former.heldAt === IN_DOUBT || !isKnown ? former : { ...former, held, heldAt: stepAt };
}

/** The CRM holds just this already, so nothing is written. */
export async function confirm(
  { connector, kin, clock }: Pick<StepParts, 'connector' | 'kin' | 'clock'>,
  delivery: Delivery,
  { remoteId, draft, merged, held, before, assumed }: StepOf<'confirm'>,
): Promise<StepResult> {
  const { desired, stepAt, link, claimed, progress } = delivery;
  // A write that was in doubt was taken, and who sent it may have ended before it could tell.
  if (link.quietUntil !== null || link.copy?.heldAt === IN_DOUBT)
    await kin.note(link.kind, remoteId, clock.now());
  const news = link.wanted > (claimed.shadow?.revision ?? 0) && claimed.dirtySince !== null;
  const { replaced } = merged;
  const changed = Object.keys(replaced);
  const learned: Learned = {
    keyHash: firstKeyOf(draft)?.hash ?? null,
    shadow: shadowOf(draft, desired, connector.mappingVersion),
    copy: { held, heldAt: stepAt, ours: merged.ours, before: withBefore(before, replaced) },
  };
  // What was left of it is there already.
  if (progress !== null || link.copy?.unfinished === true) {
    const now = { what: 'updated', changed, replaced, made: null } as const;
    return { learned, notes: [...leftOut(draft), ...assumedNotes(assumed)], end: endWritten(delivery, now) };
  }
  const detail = 'An update without an answer was taken.';
  return {
    learned,
    notes: [
      ...(changed.length > 0 ? [{ code: 'updated', detail, changed, replaced } as const] : []),
      ...assumedNotes(assumed),
      ...(news ? [{ code: 'unchanged', detail: 'The CRM already holds exactly this.' } as const] : []),
    ],
    end: { kind: 'rest', result: 'unchanged' },
  };
}
