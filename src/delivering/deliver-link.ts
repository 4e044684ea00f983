import type { ConnectorKind } from '../connectors/connector.port.ts';
import { plan } from '../domain/deciding/plan.ts';
import type { Neighbour, Step } from '../domain/deciding/step.ts';
import { syncsKind } from '../domain/connection.ts';
import type { RecordKey } from '../domain/entity.ts';
import { callLane } from '../domain/deciding/lane-shares.ts';
import type { Link } from '../domain/link.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import { afterStep, type Delivery, type SendingGate, type UnsentDelivery } from './steps/delivery.ts';
import { createCrmLooks, type JudgeListing } from './steps/crm-looks.ts';
import type { Company, Member } from './company/company.ts';
import { createDispatchGate, type DispatchGate } from './dispatch-gate.ts';
import type { FollowUp } from './follow-up.ts';
import { informedDesired } from './account-facts.ts';
import {
  ALONE,
  desiredOf,
  readAccount,
  readNeighbours,
  NO_FACTS,
  type AccountFacts,
  type Desired,
  type PageView,
} from './steps/gather.ts';
import { keyHashesOf, neighbourMarksOf, NOTHING_SEEN, planInput } from './steps/plan-input.ts';
import { createKinWrites } from './steps/kin-writes.ts';
import { judgedKind } from './judge-refusal.ts';
import { tellFailure, type DeliveryParts, type Round } from './round.ts';
import { maySee } from '../domain/may-see.ts';
import { createSettler, type SettleDelivery } from './settle-delivery.ts';
import type { StepParts } from './steps/step-parts.ts';
import { createWholeListings } from './steps/whole-listings.ts';
import { takeStep } from './steps/take-step.ts';

/** Takes one claimed link to the end of its delivery: equal, refused, waiting or given up. Always ends the claim. */
export type DeliverLink = (claimed: Link, page: PageView) => Promise<void>;

const DIED =
  'The program ended without a word while this record was in hand, again and again; it was set aside so that the rest goes on.';

/** More steps than any plan needs: look, link, read, write, gone, read, look, create. A plan that goes round is a fault of ours, not a reason to hang. */
const MOST_STEPS = 24;

/** Steps before which it is always asked once more whose record it is, and whether it is there. */
const ASKED_BEFORE: ReadonlySet<Step['do']> = new Set(['link', 'relink', 'delete']);

/** What waited for its turn, or for an answer, for so long asks again as well, ms. */
const STANDS_MS = 2_000;

/** Takes what was opened through its steps, to its end. */
interface Stepper {
  readonly settle: SettleDelivery;
  /** `waited`: others had what it locks first. `ends`: called once it comes to no call any more. */
  takeSteps(begun: Delivery, waited: boolean, ends: () => void): Promise<void>;
}

function createStepper(parts: DeliveryParts, round: Round, followUp: FollowUp): Stepper {
  const { store, clock } = parts;
  const { connection } = round;
  const stepping = stepPartsOf(parts, round, followUp);
  const { looks } = stepping;
  const settle = createSettler(parts, round, followUp);

  async function takeSteps(begun: Delivery, waited: boolean, ends: () => void): Promise<void> {
    let askedAt = begun.stepAt;
    let delivery = await asItStands(begun, waited);
    for (let taken = 0, inVain = 0; inVain < MOST_STEPS; taken += 1, inVain += 1) {
      const neighbours = await neighboursOf(parts, round, delivery);
      // Whoever shares it may have written it after our claim, though nobody had to be waited for.
      if (taken === 0 && !waited && neighbours.length > 0) delivery = await asWritten(parts, delivery);
      delivery = { ...delivery, neighbours, stepAt: clock.now() };
      const step = plan(planInput(round, delivery, looks.view(delivery.link), clock.now()));
      // What is found to be taken may be what the new owner's connection has just made of the record; what goes can't be put back.
      if (ASKED_BEFORE.has(step.do) || clock.now() - askedAt > STANDS_MS) {
        if (await isOutdated(parts, round, delivery)) return await settle(delivery, { kind: 'hold' });
        askedAt = clock.now();
      }
      const result = await takeStep(stepping, delivery, step);
      delivery = afterStep(delivery, result);
      // A record takes as many requests as it has parts and texts.
      if (result.progress !== undefined) inVain = 0;
      // Named by the CRM, as one that is found.
      if (result.seen?.existing !== undefined) askedAt = Number.NEGATIVE_INFINITY;
      if (result.end !== undefined) {
        ends();
        await settle(delivery, result.end);
        if (result.end.kind === 'written') await looks.learn(delivery.link);
        return;
      }
    }
    const detail = 'The plan did not come to an end; this is a fault of the program.';
    await settle(delivery, { kind: 'given_up', code: 'PLAN_DID_NOT_END', detail });
  }

  /** What others did while this one waited for them, and what only some need to know. */
  async function asItStands(begun: Delivery, waited: boolean): Promise<Delivery> {
    const { claimed, desired } = begun;
    await looks.load(claimed.kind);
    const referred =
      isLookedUp(round, desired) && (await isReferred(store, connection.owner.id, claimed.key));
    const account = await readAccount(store, claimed, desired, begun.kind);
    const told = { ...begun, account, desired: { ...desired, referred } };
    return waited ? await asWritten(parts, told) : told;
  }

  return { settle, takeSteps };
}

export function createLinkDelivery(
  parts: DeliveryParts,
  round: Round,
  followUp: FollowUp,
  company: Company | null = null,
): DeliverLink {
  const { mutex, clock, suspects, leftClaims } = parts;
  const { connection, connector, scope, hold } = round;
  const { settle, takeSteps } = createStepper(parts, round, followUp);

  const kindOf = ({ id, kind }: Link, member: Member | null): ConnectorKind | null => {
    const of = connector.kinds[kind];
    return of === undefined ? null : judgedKind(member?.kind(of) ?? of, round.judge, id, clock);
  };

  const desire = (key: RecordKey, page: PageView, facts: AccountFacts): Desired =>
    desiredOf({ scope, connection, connector }, key, page, clock.now(), facts);

  async function deliver(
    claimed: Link,
    page: PageView,
    gate: DispatchGate,
    member: Member | null,
  ): Promise<void> {
    const { key } = claimed;
    const withoutFacts: UnsentDelivery = {
      ...unsent(claimed, gate, desire(key, page, NO_FACTS)),
      stepAt: clock.now(),
      kind: kindOf(claimed, member),
    };
    if (suspects.isSetAside(claimed, company !== null)) {
      await settle(withoutFacts, { kind: 'given_up', code: 'PROCESS_DIED', detail: DIED });
      return;
    }
    const { mayDispatch, mayStillDispatch } = gate;
    const { over } = round.state;
    const session = await hold.open({ lane: callLane(claimed), mayDispatch, mayStillDispatch, over });
    if (!session.ok) {
      tellFailure(round, session.failure);
      await settle(withoutFacts, { kind: 'hold' });
      return;
    }
    const http = member?.http(session.http) ?? session.http;
    const informed = await informedDesired(session, connector, withoutFacts.desired, (facts) =>
      desire(key, page, facts),
    );
    if (informed.kind !== 'applied') {
      await settle(withoutFacts, { kind: 'failed', failure: informed });
      return;
    }
    const opened: Delivery = { ...withoutFacts, desired: informed.value, http };
    // Twins and sharers of one CRM record go one at a time, from the look to the write.
    const { attendance } = member ?? {};
    attendance?.stepOut('other');
    await mutex.run(lockKeys(opened), (waited) => {
      attendance?.stepIn();
      return takeSteps(opened, waited, () => attendance?.leave());
    });
  }

  return async (claimed, page) => {
    const gate = createDispatchGate(parts, round, claimed);
    const member = company?.join(claimed, gate) ?? null;
    leftClaims.begin(claimed);
    try {
      await deliver(claimed, page, gate, member);
    } catch (error) {
      leftClaims.leave(claimed);
      throw error;
    } finally {
      member?.attendance.leave();
    }
  };
}

function stepPartsOf(parts: DeliveryParts, round: Round, followUp: FollowUp): StepParts {
  const { store, clock, random, retry } = parts;
  const { connector, scope, health } = round;
  const looks = createCrmLooks(parts, { scope, connector, judge: listingJudge(round) });
  const kin = createKinWrites(parts, scope);
  const listings = createWholeListings(clock, connector);
  return { ...followUp, store, retry, clock, random, connector, health, looks, listings, kin };
}

function unsent(claimed: Link, gate: SendingGate, desired: Desired): Omit<UnsentDelivery, 'stepAt' | 'kind'> {
  return {
    claimed,
    link: claimed,
    learned: {},
    notes: [],
    desired,
    neighbours: [],
    account: ALONE,
    seen: NOTHING_SEEN,
    gate,
    progress: null,
  };
}

/**
 * Whether the record became another user's since it was read, whose connection writes it now, perhaps into the same CRM account; or is back
 * after its delete.
 */
async function isOutdated(
  { store }: Pick<DeliveryParts, 'store'>,
  { connection }: Round,
  { claimed: { key }, desired: { record } }: Delivery,
): Promise<boolean> {
  if (record === null || !maySee(connection.owner, record)) return false;
  const head = (await store.records.heads([key])).get(key);
  return head !== undefined && (!maySee(connection.owner, head) || (record.deleted && !head.deleted));
}

/** Those who share a CRM record write each other's shadow and copy: but for that, nobody writes what the claim's holder knows. */
async function asWritten({ store }: Pick<DeliveryParts, 'store'>, delivery: Delivery): Promise<Delivery> {
  const { id } = delivery.claimed;
  const fresh = (await store.links.read([id])).get(id);
  if (fresh === undefined) return delivery;
  return { ...delivery, link: { ...delivery.link, shadow: fresh.shadow, copy: fresh.copy } };
}

function neighboursOf(
  { store, leftClaims }: Pick<DeliveryParts, 'store' | 'leftClaims'>,
  { connection, lease }: Round,
  delivery: Delivery,
): Promise<Neighbour[]> {
  const asLeft = (link: Link): Link => leftClaims.asLeft(link, lease.epoch);
  return readNeighbours({ store, asLeft }, connection.owner, delivery.link, neighbourMarksOf(delivery));
}

function listingJudge({ judge }: Round): JudgeListing {
  return (failure, since) => judge(failure, { verb: 'list', since, record: null });
}

/** Of a kind that is looked up where something refers to it, and never written. */
function isLookedUp({ connection }: Round, { record }: Desired): boolean {
  return record !== null && !record.deleted && !syncsKind(connection.syncConfig, record.kind);
}

async function isReferred({ records }: StateStore, userId: string, key: RecordKey): Promise<boolean> {
  return (await records.referrers(userId, key, null, 1)).length > 0;
}

function lockKeys(delivery: Delivery): string[] {
  const { scope, kind, remote, intent } = delivery.link;
  const own = remote === null ? [] : [`${scope} ${kind} id ${remote.id}`];
  // What has nothing to be found by is told by its content alone: two equal ones must not take the same CRM record.
  const keyless = intent?.keyHash === null ? [`${scope} ${kind} without a key`] : [];
  return [...own, ...keyless, ...keyHashesOf(delivery).map((hash) => `${scope} key ${hash}`)];
}
