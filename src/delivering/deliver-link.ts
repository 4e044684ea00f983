import { plan, type PlanInput, type RestReason, type Step } from '../domain/deciding/plan.ts';
import type { Link, RunResult } from '../domain/link.ts';
import { createCrmSteps } from './crm-steps.ts';
import { afterStep, shadowOf, type Delivery, type StepResult, type UnsentDelivery } from './delivery.ts';
import { createDispatchGate } from './dispatch-gate.ts';
import type { FollowUp } from './follow-up.ts';
import { desiredOf, readNeighbours, type PageView } from './gather.ts';
import { tellFailure, type DeliveryParts, type Round } from './round.ts';
import { createSettler } from './settle-delivery.ts';

/** Takes one claimed link to the end of its delivery: equal, refused, waiting or given up. Always ends the claim. */
export type DeliverLink = (claimed: Link, page: PageView) => Promise<void>;

type StepOf<K extends Step['do']> = Extract<Step, { do: K }>;

/** More steps than any plan needs: look, link, gone, look, create. A plan that goes round is a fault of ours, not a reason to hang. */
const MOST_STEPS = 16;

export function createLinkDelivery(parts: DeliveryParts, round: Round, followUp: FollowUp): DeliverLink {
  const { store, mutex, clock } = parts;
  const { connection, connector, scope, hold } = round;
  const takeCrmStep = createCrmSteps(parts, round, followUp);
  const settle = createSettler(parts, round, followUp);

  async function takeSteps(begun: Delivery): Promise<void> {
    let delivery = begun;
    for (let taken = 0; taken < MOST_STEPS; taken += 1) {
      const marks = { keyHashes: keyHashesOf(delivery), remoteIds: remoteIdsOf(delivery) };
      const neighbours = await readNeighbours(store, delivery.link, marks);
      delivery = { ...delivery, neighbours, stepAt: clock.now() };
      const result = await takeStep(delivery, plan(planInput(delivery)));
      delivery = afterStep(delivery, result);
      if (result.end !== undefined) {
        await settle(delivery, result.end);
        return;
      }
    }
    const detail = 'The plan did not come to an end; this is a fault of the program.';
    await settle(delivery, { kind: 'given_up', code: 'PLAN_DID_NOT_END', detail });
  }

  function planInput({ link, desired, kind, neighbours, seen }: Delivery): PlanInput {
    return {
      now: clock.now(),
      link,
      record: desired.record,
      connection,
      crm: {
        searchLagMs: connector.limits.searchLagMs,
        supportsKind: kind !== null,
        canDelete: kind?.delete !== undefined,
        canListChanges: kind?.changes !== undefined,
      },
      references: desired.references,
      draft: desired.draft,
      neighbours,
      found: seen.found,
      listed: seen.listed,
      gone: seen.gone,
    };
  }

  async function takeStep(delivery: Delivery, step: Step): Promise<StepResult> {
    switch (step.do) {
      case 'rest':
        return rest(delivery, step, connector.mappingVersion);
      case 'wait':
        return wait(step);
      case 'wait_for_references':
        return await waitForReferences(delivery, step);
      case 'link':
        return await link(delivery, step);
      case 'drop_intent':
        return { learned: { intent: null } };
      case 'unlink':
        return await unlink(delivery, step);
      case 'give_up':
        return { end: { kind: 'given_up', code: step.code, detail: step.detail } };
      default:
        return await takeCrmStep(delivery, step);
    }
  }

  async function waitForReferences(
    { link: { waitingSince }, claimed }: Delivery,
    { unmarked, until }: StepOf<'wait_for_references'>,
  ): Promise<StepResult> {
    if (unmarked.length > 0) await followUp.markLooks(unmarked, claimed.lane);
    const detail = 'Waits for a record that it refers to.';
    return {
      notes: waitingSince === null ? [{ code: 'waiting_for_reference', detail }] : [],
      end: { kind: 'wait_for_references', until },
    };
  }

  /** Written down before anything is written there: a successor then waits out what was sent, and so do those who share it. */
  async function link(
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

  async function unlink({ neighbours, claimed }: Delivery, { tell }: StepOf<'unlink'>): Promise<StepResult> {
    if (tell.length > 0) {
      // The CRM record may hold our content; those who stay with it write theirs. They wait for our lock until we have settled.
      await store.links.clearShadows(tell);
      const others = neighbours.map((neighbour) => neighbour.link).filter(({ id }) => tell.includes(id));
      await followUp.markLooks(
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

  return async (claimed, page) => {
    const gate = createDispatchGate(parts, round, claimed);
    const { mayDispatch, mayStillDispatch } = gate;
    const session = await hold.open({ lane: claimed.lane, mayDispatch, mayStillDispatch });
    const delivery: UnsentDelivery = {
      claimed,
      link: claimed,
      learned: {},
      notes: [],
      desired: desiredOf(scope, connection, connector, claimed.key, page),
      neighbours: [],
      seen: { found: new Map(), listed: null, gone: new Set() },
      stepAt: clock.now(),
      kind: connector.kinds[claimed.kind] ?? null,
      gate,
    };
    if (!session.ok) {
      tellFailure(round, session.failure);
      await settle(delivery, { kind: 'hold' });
      return;
    }
    const opened: Delivery = { ...delivery, http: session.http };
    // Twins and sharers of one CRM record go one at a time, from the look to the write.
    await mutex.run(lockKeys(opened), () => takeSteps(opened));
  };
}

function keyHashesOf({ link, desired }: Delivery): string[] {
  const drafted = desired.draft?.keys.map(({ hash }) => hash) ?? [];
  return [...drafted, link.keyHash, link.intent?.keyHash].filter((hash) => typeof hash === 'string');
}

/** Its own CRM record and those that a search or listing offered: who else has them decides whether they may be taken. */
function remoteIdsOf({ link: { remote }, seen }: Delivery): string[] {
  const offered = [...seen.found.values(), seen.listed ?? []].flat().map((hit) => hit.id);
  return [...new Set([...(remote === null ? [] : [remote.id]), ...offered])];
}

function lockKeys(delivery: Delivery): string[] {
  const { scope, kind, remote, intent } = delivery.link;
  const own = remote === null ? [] : [`${scope} ${kind} id ${remote.id}`];
  // What has nothing to be found by is told by its content alone: two equal ones must not take the same CRM record.
  const keyless = intent?.keyHash === null ? [`${scope} ${kind} without a key`] : [];
  return [...own, ...keyless, ...keyHashesOf(delivery).map((hash) => `${scope} key ${hash}`)];
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
  const detail = 'A create got no answer; it is looked for before anything is created again.';
  return {
    notes: reason === 'create_uncertain' ? [{ code: 'create_uncertain', detail }] : [],
    end: { kind: 'hold', quietUntil: until },
  };
}
