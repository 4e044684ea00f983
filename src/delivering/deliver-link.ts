import type { ConnectorKind } from '../connectors/connector.port.ts';
import { plan, type PlanInput } from '../domain/deciding/plan.ts';
import type { Link } from '../domain/link.ts';
import { afterStep, type Delivery, type UnsentDelivery } from './delivery.ts';
import { createDispatchGate } from './dispatch-gate.ts';
import type { FollowUp } from './follow-up.ts';
import { desiredOf, readNeighbours, type PageView } from './gather.ts';
import { judgedKind } from './judge-refusal.ts';
import { tellFailure, type DeliveryParts, type Round } from './round.ts';
import { createSettler } from './settle-delivery.ts';
import { takeStep, type StepParts } from './take-step.ts';

/** Takes one claimed link to the end of its delivery: equal, refused, waiting or given up. Always ends the claim. */
export type DeliverLink = (claimed: Link, page: PageView) => Promise<void>;

/** More steps than any plan needs: look, link, gone, look, create. A plan that goes round is a fault of ours, not a reason to hang. */
const MOST_STEPS = 16;

export function createLinkDelivery(parts: DeliveryParts, round: Round, followUp: FollowUp): DeliverLink {
  const { store, mutex, clock, random, retry } = parts;
  const { connection, connector, scope, hold, health } = round;
  const { markLooks } = followUp;
  const stepping: StepParts = { store, retry, clock, random, connector, health, markLooks };
  const settle = createSettler(parts, round, followUp);

  async function takeSteps(begun: Delivery): Promise<void> {
    let delivery = begun;
    for (let taken = 0; taken < MOST_STEPS; taken += 1) {
      const marks = { keyHashes: keyHashesOf(delivery), remoteIds: remoteIdsOf(delivery) };
      const neighbours = await readNeighbours(store, delivery.link, marks);
      delivery = { ...delivery, neighbours, stepAt: clock.now() };
      const result = await takeStep(stepping, delivery, plan(planInput(round, delivery, clock.now())));
      delivery = afterStep(delivery, result);
      if (result.end !== undefined) {
        await settle(delivery, result.end);
        return;
      }
    }
    const detail = 'The plan did not come to an end; this is a fault of the program.';
    await settle(delivery, { kind: 'given_up', code: 'PLAN_DID_NOT_END', detail });
  }

  const kindOf = ({ id, kind }: Link): ConnectorKind | null => {
    const of = connector.kinds[kind];
    return of === undefined ? null : judgedKind(of, round.judge, id, clock);
  };

  return async (claimed, page) => {
    const gate = createDispatchGate(parts, round, claimed);
    const { mayDispatch, mayStillDispatch } = gate;
    const { over } = round.state;
    const session = await hold.open({ lane: claimed.lane, mayDispatch, mayStillDispatch, over });
    const delivery: UnsentDelivery = {
      claimed,
      link: claimed,
      learned: {},
      notes: [],
      desired: desiredOf(scope, connection, connector, claimed.key, page),
      neighbours: [],
      seen: { found: new Map(), listed: null, gone: new Set() },
      stepAt: clock.now(),
      kind: kindOf(claimed),
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

function planInput(
  { connection, connector }: Round,
  { link, desired, kind, neighbours, seen }: Delivery,
  now: number,
): PlanInput {
  return {
    now,
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
