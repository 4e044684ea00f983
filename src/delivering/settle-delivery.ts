import type { JsonObject } from '../domain/json.ts';
import type { Link, Remote, RunResult } from '../domain/link.ts';
import type { FieldSharings } from '../domain/mapping.ts';
import { maySee, userPrincipal } from '../domain/may-see.ts';
import { peoplesContent } from '../domain/merging/peoples-content.ts';
import type { LinkPatch } from '../state-store/link-store.port.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import { closingOf, latencyOf, type Closing } from './closing.ts';
import type { FollowUp } from './follow-up.ts';
import { tellFailure, type DeliveryParts, type RecordTrouble, type Round } from './round.ts';
import type { DeliveryEnd, Learned, Note, UnsentDelivery } from './steps/delivery.ts';

/** Ends a delivery: one write of everything learned, then its timeline, then those whom it concerns. The only place that does. */
export type SettleDelivery = (delivery: UnsentDelivery, end: DeliveryEnd) => Promise<void>;

export function createSettler(parts: DeliveryParts, round: Round, followUp: FollowUp): SettleDelivery {
  const { store, outlets, clock, random, retry } = parts;
  const { connection, connector, hold, state } = round;

  function close(delivery: UnsentDelivery, end: DeliveryEnd): Closing {
    if ('failure' in end) tellFailure(round, end.failure);
    return closingOf(delivery, end, {
      now: clock.now(),
      // Drawn only where it spreads something: one draw more or less is another history of a seed.
      chance: end.kind === 'failed' || end.kind === 'look_again' ? random.next() : 0,
      blockedUntil: hold.blockedUntil(),
      retry,
      searchLagMs: connector.limits.searchLagMs,
      mappingVersion: connector.mappingVersion,
      connectionEpoch: connection.epoch,
    });
  }

  /** What was only found may be found again, and may meanwhile be what another key stands for: only what was made is told. */
  async function recordWhatALostClaimMade({ claimed }: UnsentDelivery, made: Remote | null): Promise<Note[]> {
    if (made === null || (await store.links.recordLost(claimed.id, made)) !== 'stray') return [];
    outlets.events.stray();
    const detail = 'A second CRM record was made while another worker took over; it is kept on file.';
    return [{ code: 'stray_found', detail }];
  }

  /** What brings a record to a good end ends its dead letter, too; a newer one takes the place of an older. */
  async function endLetter(
    { claimed, desired }: UnsentDelivery,
    { patch, result, dead }: Closing,
  ): Promise<void> {
    const former = claimed.dead;
    if (former === null || patch.dead === undefined || former.id === dead?.id) return;
    const same = dead === null && desired.record?.revision === former.revision && result !== 'skipped';
    const { deadLetters } = store;
    await deadLetters.setStatus([former.id], ['open', 'parked'], same ? 'resolved' : 'superseded');
  }

  return async (delivery, asEnded) => {
    const end = await judgedEnd(round, delivery, asEnded);
    const { claimed, link, desired } = delivery;
    const closing = close(delivery, end);
    const { next, dead } = closing;
    const told = await withoutOthers(store, delivery, delivery.kind?.sharings ?? {}, {
      notes: [...delivery.notes, ...unfinishedNotes(delivery, end), ...closing.notes],
      learned: delivery.learned,
    });
    const notes = [...told.notes];
    const moved = isNewsToReferrers(delivery);
    const settled = await store.links.settle({
      id: claimed.id,
      token: claimed.claim?.token ?? '',
      seen: { wanted: claimed.wanted, marks: claimed.marks },
      patch: {
        ...told.learned,
        ...withoutOwnAmongStrays(link),
        ...closing.patch,
        ...(moved ? { wake: true } : {}),
        ...(notes.length > 0 ? { journal: claimed.journal + notes.length } : {}),
        ...runResultOf(claimed, closing.result),
        // What is only held back was not tried: whether a process outlives it is not known yet.
        ...(claimed.starts !== undefined && end.kind !== 'hold' && { starts: 0 }),
      },
      next,
    });
    if (settled === 'kept') state.keep();
    else if (next.kind !== 'rest') state.leftDue = true;
    const lost = settled === 'lost';
    if (lost) notes.push(...(await recordWhatALostClaimMade(delivery, madeIn(delivery, end))));
    await outlets.timeline.write(claimed, desired.record, connection.provider, notes);
    if (!lost) {
      if (moved) await followUp.wakeReferrers(link);
      const trouble = troubleOf(claimed, closing, end);
      if (trouble !== null) outlets.events.troubled?.({ ...trouble, provider: connection.provider });
      if (dead !== null) outlets.events.deadLettered(dead.code);
      await endLetter(delivery, closing);
      if (dead !== null) await followUp.tellDead(link, dead, desired.record);
    }
    if (end.kind === 'written') outlets.events.delivered(latencyOf(delivery, clock.now()));
  };
}

/** What it left for another CRM record, and has again, is no duplicate any more. */
function withoutOwnAmongStrays({ remote, strays, left, copy }: Link): LinkPatch {
  if (remote === null || !strays.includes(remote.id)) return {};
  const others = Object.entries(left).filter(([id]) => id !== remote.id || copy === null);
  return { strays: strays.filter((id) => id !== remote.id), left: Object.fromEntries(others) };
}

/**
 * Whether those that point at it must look again. Those who wait for it hear of a look-up in vain, too: also at the next look at it, since
 * until it rests they take it for one that is still to be looked up.
 */
function isNewsToReferrers({ claimed, link, learned }: UnsentDelivery): boolean {
  if ((claimed.remote?.id ?? null) !== (link.remote?.id ?? null)) return true;
  return learned.sought !== undefined || (claimed.sought !== null && link.remote === null);
}

/** The CRM record that this delivery's own create made. */
function madeIn({ progress }: UnsentDelivery, end: DeliveryEnd): Remote | null {
  return end.kind === 'written' ? end.made : (progress?.made ?? null);
}

/** What was written of a record whose end it is not. */
function unfinishedNotes({ progress }: UnsentDelivery, end: DeliveryEnd): Note[] {
  if (progress === null || end.kind === 'written') return [];
  const { what, changed, replaced } = progress;
  const detail =
    what === 'created'
      ? 'Created in the CRM; the rest of it follows.'
      : 'Updated in the CRM; the rest of it follows.';
  return [{ code: what, detail, changed, ...(Object.keys(replaced).length > 0 && { replaced }) }];
}

/** What didn't come from a verb of the kind is judged here; without its verb, it's taken for what decides least. */
async function judgedEnd(
  { judge }: Pick<Round, 'judge'>,
  { stepAt, link }: UnsentDelivery,
  end: DeliveryEnd,
): Promise<DeliveryEnd> {
  if (!('failure' in end) || end.failure.whose !== undefined) return end;
  return { ...end, failure: await judge(end.failure, { verb: 'find', since: stepAt, record: link.id }) };
}

/** What is worth a line in the log: the attempts of a record that goes on failing are in its timeline. */
function troubleOf(
  { connectionId, kind, entityId, id: linkId, attempts }: Link,
  { patch, dead, notes }: Closing,
  end: DeliveryEnd,
): Omit<RecordTrouble, 'provider'> | null {
  const named = { connectionId, kind, entityId, linkId };
  if (dead !== null) {
    const refused = notes.some((note) => note.code === 'rejected');
    return { ...named, what: refused ? 'refused' : 'given_up', code: dead.code };
  }
  const isFirst = attempts === 0 && patch.attempts === 1 && 'failure' in end;
  return isFirst ? { ...named, what: 'failed', code: end.failure.code } : null;
}

/** What a later result takes the place of; what was done for the run stays said, also when it is looked at again. */
const OPEN_RESULTS: ReadonlySet<RunResult | null> = new Set([null, 'retrying', 'failed']);
/** There was nothing to do, which another record of the same run may change. */
const IDLE_RESULTS: ReadonlySet<RunResult | null> = new Set(['unchanged', 'superseded', 'skipped']);

/** The result for the run that the link carries. */
function runResultOf({ run }: Link, result: RunResult | null): Pick<LinkPatch, 'runResult'> {
  if (run === null || result === null) return {};
  const troubled = result === 'retrying' || result === 'failed';
  const open = OPEN_RESULTS.has(run.result) || (IDLE_RESULTS.has(run.result) && !troubled);
  return open ? { runResult: { id: run.id, result } } : {};
}

/** What is to be written down of a delivery. */
interface Told {
  readonly notes: readonly Note[];
  readonly learned: Learned;
}

/**
 * What is told and kept of values that stood in a CRM record, without what connections of other users of the same CRM account put there:
 * that is no people's work, and not this user's to see. Asked only where there is any such value.
 */
async function withoutOthers(
  { links }: Pick<StateStore, 'links'>,
  { claimed, link }: { readonly claimed: Link; readonly link: Link },
  sharings: FieldSharings,
  { notes, learned }: Told,
): Promise<Told> {
  const before = learned.copy?.before ?? null;
  if (before === null && notes.every(({ replaced }) => replaced === undefined)) return { notes, learned };
  const remoteIds = [...new Set([claimed.remote?.id, link.remote?.id])].filter((id) => id !== undefined);
  const kin = remoteIds.length === 0 ? [] : await links.findKin(link, { remoteIds, keyHashes: [] });
  const me = userPrincipal(link.userId);
  const others = kin.filter((each) => !maySee(me, each));
  if (others.length === 0) return { notes, learned };
  const theirs = (values: JsonObject): JsonObject =>
    others.reduce<JsonObject>((left, { copy, shadow }) => {
      if (copy === null) return left;
      const sent = [copy.held ?? {}, ...(shadow === null ? [] : [shadow.fields])];
      return peoplesContent({ held: left, ours: copy.ours, sharings, sent });
    }, values);
  return {
    notes: notes.flatMap((note) => noteOf(note, theirs)),
    learned:
      learned.copy == null || before === null
        ? learned
        : { ...learned, copy: { ...learned.copy, before: theirs(before) } },
  };
}

/** Where people changed nothing after all, there is nothing to say. */
function noteOf({ replaced, ...note }: Note, theirs: (values: JsonObject) => JsonObject): Note[] {
  if (replaced === undefined) return [note];
  const left = theirs(replaced);
  if (Object.keys(left).length > 0) return [{ ...note, replaced: left }];
  return note.code === 'changed_in_crm' ? [] : [note];
}
