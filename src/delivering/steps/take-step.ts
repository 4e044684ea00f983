import type { ConnectorKind, CrmConnector } from '../../connectors/connector.port.ts';
import { appendedFields, laterFields, withoutFields } from '../../domain/deciding/later-parts.ts';
import { keptCopy, isKey } from '../../domain/deciding/sharers.ts';
import type { RestReason, Step } from '../../domain/deciding/step.ts';
import type { CreateIntent, Link, Remote, RunResult } from '../../domain/link.ts';
import { firstKeyOf, type Draft } from '../../domain/mapping.ts';
import { doubtedShare, eitherShare, wholeShare } from '../../domain/merging/merge-fields.ts';
import { shareBeside } from '../../domain/merging/field-share.ts';
import { doubted, IN_DOUBT, type CrmCopy, type OurShare } from '../../domain/crm-copy.ts';
import { nothingIn } from '../../domain/reference.ts';
import type { CrmFields, RemoteHit } from '../../domain/remote-record.ts';
import { nothingYet } from './after-write.ts';
import { shadowOf, type Delivery, type StepOf, type StepResult } from './delivery.ts';
import { partFacts } from './kind-parts.ts';
import { listChanged, look, lookAtChanges, read } from './look-steps.ts';
import type { StepParts } from './step-parts.ts';
import { create } from './create-step.ts';
import { lookAtJob } from './job-step.ts';
import { leftRemoved, lose, remove, removeLeft } from './remove-steps.ts';
import { append, confirm, listPart, update } from './write-steps.ts';

/** Takes one step of the plan, and says what came of it. */
export async function takeStep(parts: StepParts, delivery: Delivery, step: Step): Promise<StepResult> {
  switch (step.do) {
    case 'rest':
      return rest(delivery, step, parts.connector);
    case 'wait':
      return wait(delivery, step, parts.clock.now());
    case 'mark_references':
      await parts.markLooks(step.keys, delivery.claimed.lane);
      return { marked: step.keys };
    case 'wait_for_references':
      return waitForReferences(delivery, step);
    case 'link':
      return await link(parts, delivery, step);
    case 'relink':
      return await relink(parts, delivery, step);
    case 'keep_left':
      return { seen: { left: null } };
    case 'left_gone':
      return leftRemoved(delivery, step.remoteId);
    case 'drop_intent':
      return { learned: { intent: null } };
    case 'unlink':
      return await unlink(parts, delivery, step);
    case 'give_up':
      return giveUp(step);
    case 'refuse':
      return refuse(step);
    case 'look_again': {
      const { code, detail } = step;
      return { end: { kind: 'look_again', failure: { kind: 'retry_later', code, detail, status: null } } };
    }
    case 'not_found': {
      const sought = { keyHash: step.keyHash, at: delivery.stepAt };
      return { learned: { sought }, end: { kind: 'rest', result: 'skipped' } };
    }
    case 'look':
      return await look(parts, delivery, step);
    case 'list_changed':
      return await listChanged(parts, delivery, step);
    case 'look_at_job':
      return await lookAtJob(parts, delivery, step);
    case 'look_at_changes':
      return await lookAtChanges(parts, delivery);
    case 'read':
      return await read(parts, delivery, step);
    case 'create':
      return await create(parts, delivery, step);
    case 'update':
      return await update(parts, delivery, step);
    case 'append':
      return await append(parts, delivery, step);
    case 'list_part':
      return await listPart(parts, delivery, step);
    case 'confirm':
      return await confirm(parts, delivery, step);
    case 'lost':
      return await lose(parts, delivery, step);
    case 'delete':
      return await remove(parts, delivery, step);
    case 'remove_left':
      return await removeLeft(parts, delivery, step);
  }
}

const RESTS: Readonly<Record<RestReason, { readonly result: RunResult; readonly detail: string }>> = {
  unchanged: { result: 'unchanged', detail: 'The CRM already holds exactly this.' },
  superseded: {
    result: 'superseded',
    detail: 'Another contact with the same e-mail changed later and speaks for the CRM record they share.',
  },
  not_synced: { result: 'skipped', detail: 'This kind of record is switched off for the connection.' },
  unsupported: { result: 'skipped', detail: 'The CRM has no records of this kind.' },
  not_owner: {
    result: 'skipped',
    detail: 'The record belongs to another user now; its CRM record stays as it is.',
  },
  deleted: { result: 'skipped', detail: 'Deleted in Zena; the CRM has no record of it.' },
  kept_in_crm: {
    result: 'skipped',
    detail: 'Deleted in Zena; the CRM record is kept, as the connection is set.',
  },
  kept_for_people: {
    result: 'skipped',
    detail:
      'Deleted in Zena, but people have written into the CRM record, so it stays. If nobody needs it, remove it in the CRM.',
  },
  kept_for_connection: {
    result: 'skipped',
    detail:
      'Deleted in Zena, but another connection of this CRM account has the CRM record, so it stays. It goes when it is deleted there as well.',
  },
  nothing_to_deliver: {
    result: 'skipped',
    detail: 'There is nothing in it yet that a CRM record could be made of; it is sent as soon as there is.',
  },
  sent_once: {
    result: 'skipped',
    detail: 'It was sent when it was new, and what changes in it is not sent, as the connection is set.',
  },
  unlinked: { result: 'deleted', detail: 'No longer connected to a CRM record.' },
};

function rest(
  { claimed, link, desired, kind, stepAt }: Delivery,
  { reason, theirs }: StepOf<'rest'>,
  { mappingVersion }: Pick<CrmConnector, 'mappingVersion'>,
): StepResult {
  const { detail } = RESTS[reason];
  // Where its CRM record stays with those who share it, its delete is done all the same.
  const result = reason === 'deleted' && claimed.remote !== null ? 'deleted' : RESTS[reason].result;
  const news = link.wanted > (link.shadow?.revision ?? 0) || reason !== 'unchanged';
  const equal = reason === 'unchanged' ? desired.draft : null;
  const key = equal === null ? null : firstKeyOf(equal);
  // What an earlier holder sent without an answer is forgotten knowledge; another owner may write what this user never sees.
  const forgets = equal === null && (link.quietUntil !== null || reason === 'not_owner');
  return {
    learned: {
      ...(equal === null ? {} : { shadow: shadowOf(equal, desired, mappingVersion) }),
      // Remembered by the present hash from here on: other connections may write the key in another form.
      ...(key === null || !isKey(link.keyHash, key) ? {} : { keyHash: key.hash }),
      // What another program acknowledged is told by its shadow alone, which is written anew here.
      ...(equal === null || link.copy === null || link.shadow?.mapping === mappingVersion
        ? {}
        : { copy: keptCopy(link, { sharings: kind?.sharings ?? {}, mapping: mappingVersion }) }),
      // Where it comes back in Zena, what people made of it meanwhile is not taken for what was acknowledged.
      ...(theirs === undefined ? {} : { shadow: null }),
      ...(forgets ? { shadow: null, copy: doubted(link.copy) } : {}),
      // Those who wait for it go without.
      ...(reason === 'nothing_to_deliver' &&
        desired.record !== null && { sought: { keyHash: nothingIn(desired.record), at: stepAt } }),
    },
    notes:
      news && link.dirtySince !== null ? [{ code: reason, detail, changed: Object.keys(theirs ?? {}) }] : [],
    end: { kind: 'rest', result },
  };
}

function giveUp({ code, detail }: StepOf<'give_up'>): StepResult {
  // Another's CRM record is not this one's, whatever the CRM says.
  const learned = code === 'TAKEN_IN_CRM' ? { remote: null, shadow: null, copy: null, keyHash: null } : {};
  return { learned, end: { kind: 'given_up', code, detail } };
}

/** As an answer of the CRM would say it, by the first reason; it names every field. */
function refuse({ refusals }: StepOf<'refuse'>): StepResult {
  const { code = 'REFUSED', detail = 'It can not be sent as it is.' } = refusals[0] ?? {};
  const fields = refusals.map((refusal) => ({ field: refusal.field, message: refusal.detail }));
  return {
    end: {
      kind: 'failed',
      failure: { kind: 'rejected', code, detail, status: null, fields, whose: 'record' },
    },
  };
}

function wait({ neighbours }: Delivery, { until, reason }: StepOf<'wait'>, now: number): StepResult {
  // Whoever waits for a twin that backs off has been tried as far as it can be.
  const isHeldUp =
    reason === 'waiting_for_twin' &&
    neighbours.every(({ link }) => link.intent === null || (link.notBefore ?? 0) > now);
  const detail = 'A create ended without a success; it is looked for before anything is created again.';
  return {
    notes: reason === 'create_uncertain' ? [{ code: 'create_uncertain', detail }] : [],
    end: { kind: 'hold', quietUntil: until, ...(isHeldUp && { result: 'retrying' }) },
  };
}

function waitForReferences(
  { link: { waitingSince } }: Delivery,
  { until }: StepOf<'wait_for_references'>,
): StepResult {
  const detail = 'Waits for a record that it refers to.';
  return {
    notes: waitingSince === null ? [{ code: 'waiting_for_reference', detail }] : [],
    end: { kind: 'wait_for_references', until },
  };
}

/** Written down before anything is written there: a successor then waits out what was sent, and so do those who share it. */
async function link(
  parts: StepParts,
  delivery: Delivery,
  { remote, keyHash, matches, hit }: StepOf<'link'>,
): Promise<StepResult> {
  const { store, connector } = parts;
  const {
    claimed,
    link: { intent, strays },
    desired: { draft },
    stepAt,
    kind,
  } = delivery;
  const taken = asMadeByUs(remote, strays);
  if (!(await store.links.noteRemote(claimed.id, claimed.claim?.token ?? '', taken, keyHash))) {
    return { end: { kind: 'hold' } };
  }
  const several = `The CRM holds ${matches} records that match; the oldest is used.`;
  const adopted =
    intent !== null
      ? 'The record that the earlier create made was found and is used.'
      : 'A matching record was found in the CRM and is used instead of a new one.';
  const mapped = kind ?? connector.kinds[claimed.kind] ?? null;
  const copy =
    hit === null || intent === null
      ? await copyOfLeft(parts, delivery, remote)
      : copyOfFound(hit, remote, { intent, draft, kind: mapped }, stepAt);
  return {
    learned: { remote: taken, keyHash, intent: null, shadow: null, copy },
    notes: [
      ...(matches > 1 ? [{ code: 'ambiguous_matches', detail: several } as const] : []),
      { code: 'adopted', detail: adopted },
    ],
  };
}

/** What we left for another, and find again, is what we made. */
function asMadeByUs(remote: Remote, strays: Link['strays']): Remote {
  return strays.includes(remote.id) ? { ...remote, origin: 'created' } : remote;
}

/** Of a CRM record that others of this connection made and left for another: what of it is ours. Those who share it know better. */
async function copyOfLeft(
  { store }: Pick<StepParts, 'store'>,
  { claimed: { id, claim, scope, kind }, neighbours }: Delivery,
  remote: Remote,
): Promise<CrmCopy | null> {
  if (neighbours.some(({ link: other }) => other.remote?.id === remote.id && other.copy !== null))
    return null;
  const leavers = await store.links.readByLeft(scope, kind, remote.id);
  const shares = leavers.map(({ left }) => left[remote.id]).filter((share) => share !== undefined);
  if (shares.length === 0) return null;
  const copy = unreadCopy(shares.reduce(eitherShare));
  await store.links.noteCopy(id, claim?.token ?? '', copy);
  return copy;
}

function unreadCopy(ours: OurShare): CrmCopy {
  return { held: null, heldAt: IN_DOUBT, ours, before: null };
}

interface FoundFor {
  readonly intent: CreateIntent;
  readonly draft: Draft | null;
  readonly kind: ConnectorKind | null;
}

/**
 * What our create made holds what was sent and no more: that is ours, but for the parts that come after it. Its lines are known as they were
 * sent, since what a CRM wraps may stand there twice. Of another that it may have made, what was sent and stands there then.
 */
function copyOfFound(
  { fields }: RemoteHit,
  { origin }: Remote,
  { intent, draft, kind }: FoundFor,
  heldAt: number,
): CrmCopy | null {
  const { share, fieldNames } = intent;
  const facts = kind === null ? [] : partFacts(kind);
  const lists = appendedFields(facts);
  const later = laterFields(facts);
  const names = (draft === null ? fieldNames : Object.keys(draft.fields)).filter(
    (name) => !lists.includes(name),
  );
  const held = sentOf(fields, names);
  if (origin === 'adopted')
    return share === undefined ? null : { held: null, heldAt, ours: doubtedShare(share), before: null };
  const whole = share ?? wholeShare(withoutFields(held, later), kind?.sharings ?? {});
  const ours = kind === null ? whole : shareBeside(whole, nothingYet(kind), lists);
  const isWhole = later.every((name) => lists.includes(name) || fields[name] !== undefined);
  const unfinished = later.length > 0 && { unfinished: true as const };
  return { held: isWhole ? held : null, heldAt, ours, before: null, ...unfinished };
}

function sentOf(fields: CrmFields, names: readonly string[]): CrmFields {
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
}

/** The other CRM record is written down first, then our own as a duplicate; only a process that dies right between them leaves that one to nobody. */
async function relink(
  parts: StepParts,
  delivery: Delivery,
  { remote, keyHash, leaves }: StepOf<'relink'>,
): Promise<StepResult> {
  const { store } = parts;
  const {
    claimed,
    link: { strays, left },
  } = delivery;
  const taken = asMadeByUs(remote, strays);
  if (!(await store.links.noteRemote(claimed.id, claimed.claim?.token ?? '', taken, keyHash))) {
    return { end: { kind: 'hold' } };
  }
  const ourOwn: Remote = { id: leaves.remoteId, version: null, origin: 'created' };
  await store.links.recordLost(claimed.id, ourOwn, leaves.ours);
  // Also to those who have it yet and are not told of: deleted ones, whose delete waits its turn, and who may come back.
  const stay = delivery.neighbours.filter(({ link: other }) => other.remote?.id === leaves.remoteId);
  for (const { link: other } of stay.filter((one) => one.link.copy === null))
    await store.links.passOurs(other.id, unreadCopy(leaves.ours));
  const detail = 'An older record with the same key was found in the CRM and is used instead of our own.';
  return {
    learned: {
      remote: taken,
      keyHash,
      shadow: null,
      copy: await copyOfLeft(parts, delivery, remote),
      strays: [...new Set([...strays, leaves.remoteId])],
      left: { ...left, [leaves.remoteId]: leaves.ours },
    },
    seen: { left: leaves },
    notes: [{ code: 'adopted', detail }],
  };
}

async function unlink(
  { store, markLooks }: Pick<StepParts, 'store' | 'markLooks'>,
  { neighbours, claimed }: Delivery,
  { tell, pass }: StepOf<'unlink'>,
): Promise<StepResult> {
  if (tell.length > 0) {
    // The CRM record may hold our content; those who stay with it write theirs. They wait for our lock until we have settled.
    const [heir] = tell;
    if (pass !== null && heir !== undefined) await store.links.passOurs(heir, pass);
    await store.links.clearShadows(tell);
    const others = neighbours.map((neighbour) => neighbour.link).filter(({ id }) => tell.includes(id));
    await markLooks(
      others.map(({ key }) => key),
      claimed.lane,
    );
  }
  const detail = 'It no longer shares its CRM record, which stays with the other contact.';
  return {
    learned: { remote: null, shadow: null, copy: null, keyHash: null },
    notes: [{ code: 'unlinked', detail }],
  };
}
