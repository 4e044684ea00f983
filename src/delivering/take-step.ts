import type { ConnectorKind, CrmConnector } from '../connectors/connector.port.ts';
import {
  effectOfFailure,
  hasEnded,
  retryDelayMs,
  type RetryPolicy,
} from '../domain/deciding/after-failure.ts';
import type { RestReason, Step } from '../domain/deciding/plan.ts';
import type { RunResult } from '../domain/link.ts';
import { firstKeyOf } from '../domain/mapping.ts';
import type { Failure } from '../domain/outcome.ts';
import { shadowOf, type Delivery, type Learned, type StepResult } from './delivery.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { HealthKeeper } from './connection-health.ts';
import type { FollowUp } from './follow-up.ts';

type StepOf<K extends Step['do']> = Extract<Step, { do: K }>;

/** Enough of a listing to cover what one office changes in the minutes around an unanswered create. */
const LISTING_LIMIT = 2_000;

/** What the steps stand on. */
export interface StepParts {
  readonly store: StateStore;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly connector: CrmConnector;
  readonly health: Pick<HealthKeeper, 'success'>;
  readonly markLooks: FollowUp['markLooks'];
}

/** Takes one step of the plan, and says what came of it. */
export async function takeStep(parts: StepParts, delivery: Delivery, step: Step): Promise<StepResult> {
  switch (step.do) {
    case 'rest':
      return rest(delivery, step, parts.connector.mappingVersion);
    case 'wait':
      return wait(step);
    case 'wait_for_references':
      return await waitForReferences(parts, delivery, step);
    case 'link':
      return await link(parts, delivery, step);
    case 'drop_intent':
      return { learned: { intent: null } };
    case 'unlink':
      return await unlink(parts, delivery, step);
    case 'give_up':
      return { end: { kind: 'given_up', code: step.code, detail: step.detail } };
    case 'look':
      return await look(parts, delivery, step);
    case 'list_changed':
      return await listChanged(parts, delivery, step);
    case 'create':
      return await create(parts, delivery, step);
    case 'update':
      return await update(parts, delivery, step);
    case 'delete':
      return await remove(parts, delivery, step);
  }
}

const RESTS: Readonly<Record<RestReason, { readonly result: RunResult; readonly detail: string }>> = {
  unchanged: { result: 'unchanged', detail: 'The CRM already holds exactly this.' },
  superseded: {
    result: 'superseded',
    detail: 'Another contact with the same e-mail changed later and speaks for the CRM record they share.',
  },
  not_synced: { result: 'skipped', detail: 'This kind of record is switched off for the connection.' },
  not_owner: {
    result: 'skipped',
    detail: 'The record belongs to another user now; its CRM record stays as it is.',
  },
  deleted: { result: 'deleted', detail: 'Deleted in Zena; the CRM has no record of it.' },
  kept_in_crm: {
    result: 'skipped',
    detail: 'Deleted in Zena; the CRM record is kept, as the connection is set.',
  },
  unlinked: { result: 'deleted', detail: 'No longer connected to a CRM record.' },
};

function rest({ link, desired }: Delivery, { reason }: StepOf<'rest'>, mappingVersion: string): StepResult {
  const { result, detail } = RESTS[reason];
  const news = link.wanted > (link.shadow?.revision ?? 0) || reason !== 'unchanged';
  const equal = reason === 'unchanged' ? desired.draft : null;
  // What an earlier holder sent without an answer is forgotten knowledge; another owner may write what this user never sees.
  const forgets = equal === null && (link.quietUntil !== null || reason === 'not_owner');
  return {
    learned: {
      ...(equal === null ? {} : { shadow: shadowOf(equal, desired, mappingVersion) }),
      ...(forgets ? { shadow: null } : {}),
    },
    notes: news && link.dirtySince !== null ? [{ code: reason, detail }] : [],
    end: { kind: 'rest', result },
  };
}

function wait({ until, reason }: StepOf<'wait'>): StepResult {
  const detail = 'A create ended without a success; it is looked for before anything is created again.';
  return {
    notes: reason === 'create_uncertain' ? [{ code: 'create_uncertain', detail }] : [],
    end: { kind: 'hold', quietUntil: until },
  };
}

async function waitForReferences(
  { markLooks }: StepParts,
  { link: { waitingSince }, claimed }: Delivery,
  { unmarked, until }: StepOf<'wait_for_references'>,
): Promise<StepResult> {
  if (unmarked.length > 0) await markLooks(unmarked, claimed.lane);
  const detail = 'Waits for a record that it refers to.';
  return {
    notes: waitingSince === null ? [{ code: 'waiting_for_reference', detail }] : [],
    end: { kind: 'wait_for_references', until },
  };
}

/** Written down before anything is written there: a successor then waits out what was sent, and so do those who share it. */
async function link(
  { store }: StepParts,
  { claimed, link: { intent } }: Delivery,
  { remote, keyHash, matches }: StepOf<'link'>,
): Promise<StepResult> {
  if (!(await store.links.noteRemote(claimed.id, claimed.claim?.token ?? '', remote, keyHash))) {
    return { end: { kind: 'hold' } };
  }
  const several = `The CRM holds ${matches} records that match; the oldest is used.`;
  const adopted =
    intent !== null
      ? 'The record that the earlier create made was found and is used.'
      : 'A matching record was found in the CRM and is used instead of a new one.';
  return {
    learned: { remote, keyHash, intent: null, shadow: null },
    notes: [
      ...(matches > 1 ? [{ code: 'ambiguous_matches', detail: several } as const] : []),
      { code: 'adopted', detail: adopted },
    ],
  };
}

async function unlink(
  { store, markLooks }: StepParts,
  { neighbours, claimed }: Delivery,
  { tell }: StepOf<'unlink'>,
): Promise<StepResult> {
  if (tell.length > 0) {
    // The CRM record may hold our content; those who stay with it write theirs. They wait for our lock until we have settled.
    await store.links.clearShadows(tell);
    const others = neighbours.map((neighbour) => neighbour.link).filter(({ id }) => tell.includes(id));
    await markLooks(
      others.map(({ key }) => key),
      claimed.lane,
    );
  }
  const detail = 'It no longer shares its CRM record, which stays with the other contact.';
  return {
    learned: { remote: null, shadow: null, keyHash: null },
    notes: [{ code: 'unlinked', detail }],
  };
}

async function look(
  { health }: StepParts,
  { kind, http, seen }: Delivery,
  { key }: StepOf<'look'>,
): Promise<StepResult> {
  const outcome = await there(kind).find(http, key);
  if (outcome.kind !== 'applied') return failed(outcome);
  health.success();
  return { seen: { found: new Map([...seen.found, [key.hash, outcome.value]]) } };
}

async function listChanged(
  { health }: StepParts,
  { kind, http }: Delivery,
  { since }: StepOf<'list_changed'>,
): Promise<StepResult> {
  const outcome = await there(kind).changes?.(http, since, LISTING_LIMIT);
  if (outcome === undefined) return {};
  if (outcome.kind !== 'applied') return failed(outcome);
  health.success();
  return { seen: { listed: outcome.value } };
}

async function create(
  parts: StepParts,
  delivery: Delivery,
  { draft }: StepOf<'create'>,
): Promise<StepResult> {
  const postponed = postpone(parts, delivery);
  if (postponed !== null) return postponed;
  const { kind, http, gate, desired } = delivery;
  const { mappingVersion, limits } = parts.connector;
  gate.announceCreate(draft);
  const outcome = await there(kind).parts.core.create(http, { fields: draft.fields });
  const intent = gate.written();
  if (outcome.kind === 'applied') {
    parts.health.success();
    const { id, version, origin } = outcome.value;
    const ours = origin === 'created';
    const remote = { id, version, origin: ours ? origin : 'adopted' } as const;
    const shadow = shadowOf(draft, desired, mappingVersion);
    return {
      learned: { intent: null, remote, keyHash: firstKeyOf(draft)?.hash ?? null, shadow },
      notes: ours ? [] : [{ code: 'adopted', detail: 'The CRM had it already; that record is used.' }],
      end: {
        kind: 'written',
        what: ours ? 'created' : 'updated',
        changed: Object.keys(draft.fields),
        made: ours ? remote : null,
      },
    };
  }
  if (outcome.kind === 'ambiguous' && intent !== null) {
    // It stays, whatever an earlier step meant to do with the former one: it is what the look-up will ask for. Where the CRM itself
    // said that it failed, nothing comes later than that.
    const sentUntil = hasEnded(outcome.answer)
      ? Math.min(intent.sentUntil, parts.clock.now())
      : intent.sentUntil;
    const quietUntil = sentUntil + limits.searchLagMs;
    return {
      learned: { intent: { ...intent, sentUntil } },
      end: { kind: 'uncertain', failure: outcome, quietUntil },
    };
  }
  // A definite answer: nothing was made, so nothing needs to be looked for.
  return failed(outcome, intent === null ? {} : { intent: null });
}

/**
 * Whether a create that would repeat one without a success has to wait, or is one too many. Looking for what the earlier one made
 * never waits longer than it must; making it again is a retry as any other.
 */
function postpone(
  { retry, clock, random }: StepParts,
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

async function update(parts: StepParts, delivery: Delivery, step: StepOf<'update'>): Promise<StepResult> {
  const { remoteId, draft, changed, overwrites } = step;
  const { kind, http, link, desired } = delivery;
  // Whoever shared the CRM record must not believe that it still holds their content.
  if (overwrites.length > 0) await parts.store.links.clearShadows(overwrites);
  const before = link.shadow?.fields ?? null;
  const write = { fields: draft.fields, changed, before, read: null };
  const outcome = await there(kind).parts.core.update(http, remoteId, write);
  if (outcome.kind === 'gone') return await gone(parts, delivery, remoteId);
  if (outcome.kind !== 'applied') return failed(outcome, afterUnclear(delivery, outcome));
  parts.health.success();
  const { id, version } = outcome.value;
  return {
    learned: {
      remote: { id, version, origin: link.remote?.origin ?? 'adopted' },
      keyHash: firstKeyOf(draft)?.hash ?? null,
      shadow: shadowOf(draft, desired, parts.connector.mappingVersion),
    },
    end: { kind: 'written', what: 'updated', changed, made: null },
  };
}

/** Someone removed it in the CRM: it is looked for once more and made again once; a second time is for a person to decide. */
async function gone(
  { health, store, markLooks }: StepParts,
  { claimed, link, desired, neighbours, seen }: Delivery,
  remoteId: string,
): Promise<StepResult> {
  health.success();
  // Those who shared it have lost it, too, and do not look by themselves before their next change.
  const sharers = neighbours.filter((other) => other.link.remote?.id === remoteId);
  if (sharers.length > 0) {
    await store.links.clearShadows(sharers.map((sharer) => sharer.link.id));
    await markLooks(
      sharers.map((sharer) => sharer.link.key),
      claimed.lane,
    );
  }
  const revision = desired.record?.revision ?? 0;
  const lost: Learned = { remote: null, shadow: null, keyHash: null };
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

async function remove(
  { health }: StepParts,
  delivery: Delivery,
  { remoteId }: StepOf<'delete'>,
): Promise<StepResult> {
  const outcome = await there(delivery.kind).delete?.(delivery.http, remoteId);
  if (outcome !== undefined && outcome.kind !== 'applied' && outcome.kind !== 'gone') {
    return failed(outcome, afterUnclear(delivery, outcome));
  }
  health.success();
  return {
    learned: { remote: null, shadow: null, keyHash: null },
    end: { kind: 'written', what: 'deleted', changed: [], made: null },
  };
}

function failed(failure: Failure, learned: Learned = {}): StepResult {
  return { learned, end: { kind: 'failed', failure } };
}

/** No plan asks a CRM for what it doesn't have. */
function there(kind: ConnectorKind | null): ConnectorKind {
  if (kind === null) throw new TypeError('a step for a kind of record that the CRM does not have');
  return kind;
}

/**
 * It may have been done all the same, or may yet be: what was acknowledged before says nothing any more, and until the request can
 * have no effect nothing else is written to that CRM record, by none of those who share it.
 */
function afterUnclear({ gate }: Delivery, failure: Failure): Learned {
  const effect = effectOfFailure(failure);
  if (effect === 'none') return {};
  if (effect === 'perhaps') return { shadow: null };
  const sentUntil = gate.sentUntil();
  return sentUntil === null ? { shadow: null } : { shadow: null, quietUntil: sentUntil };
}
