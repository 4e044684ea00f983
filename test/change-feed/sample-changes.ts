import type { ChangeEvent } from '../../src/domain/change-event.ts';
import type { EntityBody, EntityKind } from '../../src/domain/entity.ts';
import { encodeChangeAsJson } from '../../src/change-feed/codec/encode-change.ts';
import { contactBody, dealBody, propertyBody, USER } from '../support/builders.ts';

const BODIES: Readonly<Record<EntityKind, () => EntityBody>> = {
  contact: contactBody,
  property: propertyBody,
  deal: dealBody,
};

/** An UPSERT of an entity at a version. */
export function event(
  kind: EntityKind,
  entityId: string,
  version = 1,
  over: Partial<ChangeEvent> = {},
): ChangeEvent {
  return {
    kind,
    eventId: `${entityId}-${version}`,
    occurredAt: 1_760_000_000_000 + (version % 1_000_000),
    userId: USER,
    accountId: null,
    entityId,
    version,
    operation: 'UPSERT',
    origin: 'zena',
    causationId: null,
    body: BODIES[kind](),
    ...over,
  };
}

/** The event as a message of its topic. */
export function jsonMessage(of: ChangeEvent): { kind: EntityKind; key: string; value: Buffer } {
  return { kind: of.kind, key: of.entityId, value: encodeChangeAsJson(of) };
}
