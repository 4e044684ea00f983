import type { ChangeEvent } from '../../src/domain/change-event.ts';
import type { EntityBody, EntityKind } from '../../src/domain/entity.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';

export interface OfficePlan {
  readonly users: number;
  readonly contacts: number;
  readonly properties: number;
  readonly deals: number;
  /** Events of each record, with rising versions. */
  readonly versions: number;
  readonly seed: number;
}

/** A record's Zena id begins with this and nothing else does: it must never be seen in a CRM. */
export const ZENA_ID_MARK = 'zenaid-';

/** Every event of some offices, as a topic would hold them: records in between each other, a few late, a few twice. */
export function officeEvents(plan: OfficePlan): ChangeEvent[] {
  const random = seededRandom(plan.seed);
  const events: ChangeEvent[] = [];
  for (let version = 1; version <= plan.versions; version += 1) {
    for (let user = 1; user <= plan.users; user += 1) {
      for (let n = 1; n <= plan.contacts; n += 1)
        events.push(eventOf(`user-${user}`, 'contact', n, version, plan));
      for (let n = 1; n <= plan.properties; n += 1)
        events.push(eventOf(`user-${user}`, 'property', n, version, plan));
      for (let n = 1; n <= plan.deals; n += 1) events.push(eventOf(`user-${user}`, 'deal', n, version, plan));
    }
  }
  // Neighbours change places and some come again: what brokers and producers do to order.
  for (let i = events.length - 1; i > 0; i -= 1) {
    const j = Math.max(0, i - Math.floor(random.next() * 400));
    [events[i], events[j]] = [events[j] as ChangeEvent, events[i] as ChangeEvent];
  }
  return events;
}

function eventOf(
  userId: string,
  kind: EntityKind,
  n: number,
  version: number,
  plan: OfficePlan,
): ChangeEvent {
  const entityId = idOf(userId, kind, n);
  return {
    kind,
    userId,
    entityId,
    version,
    operation: 'UPSERT',
    origin: 'zena',
    eventId: `${entityId}-${version}`,
    occurredAt: 1_760_000_000_000 + version * 60_000 + n,
    accountId: null,
    causationId: null,
    body: bodyOf(userId, kind, n, version, plan),
  };
}

function idOf(userId: string, kind: EntityKind, n: number): string {
  return `${ZENA_ID_MARK}${userId}-${kind}-${n}`;
}

function bodyOf(userId: string, kind: EntityKind, n: number, version: number, plan: OfficePlan): EntityBody {
  const contact = (m: number): string => idOf(userId, 'contact', (m % plan.contacts) + 1);
  if (kind === 'contact') {
    return {
      kind,
      contact: {
        name: `Person${n} Of Office ${version}`,
        emails: [`person${n}@${userId}.example.test`],
        phones: [`+64 21 ${100_000 + n}`],
        role: n % 2 === 0 ? 'buyer' : 'vendor',
        relationshipNotes: [`note ${version}`],
        doNotContact: null,
        attributes: {},
      },
    };
  }
  if (kind === 'property') {
    return {
      kind,
      property: {
        address: `${n} ${userId} Street, Wellington`,
        vendors: [contact(n)],
        buyers: version % 2 === 0 ? [contact(n + 7)] : [],
        milestones: [{ type: 'listed', date: 1_760_000_000_000 + version, notes: null }],
        riskOverview: `risk ${version}`,
        attributes: {},
      },
    };
  }
  return {
    kind,
    deal: {
      propertyId: idOf(userId, 'property', (n % plan.properties) + 1),
      stage: version % 3 === 0 ? 'settled' : 'offer',
      riskLevel: 'low',
      riskFlags: [`flag-${version}`],
      nextAction: null,
      nextActionOwner: null,
      summary: `deal ${n} of ${userId}`,
      contacts: [contact(n), contact(n + 3)],
      attributes: {},
    },
  };
}
