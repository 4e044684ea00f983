import { writeFrame } from '../../src/change-feed/codec/confluent-frame.ts';
import { changeEnvelope } from '../../src/domain/events/change-envelope.ts';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import { ENTITY_KINDS, type EntityBody, type EntityKind } from '../../src/domain/entity.ts';
import { loadChangeSchemas } from '../../src/change-feed/schemas/change-schemas.ts';
import { contactBody, dealBody, propertyBody } from '../../test/support/builders.ts';

const NOTE = 'Has seen two houses near the harbour and wants to come back with the family before the auction';

const BODIES: Readonly<Record<EntityKind, (entity: number, version: number) => EntityBody>> = {
  contact: (entity, version) =>
    contactBody({
      name: `Ada Lovelace ${entity}`,
      emails: [`ada.lovelace.${entity}@example.test`, `office.${entity}@harbour.example.test`],
      phones: ['+64 21 555 0100', '+64 4 555 0199'],
      relationshipNotes: [`${NOTE} ${version}`, NOTE, 'Prefers calls after five', 'Sold in spring'],
      doNotContact: ['sms'],
      attributes: { source: 'open home', segment: 'upsizer' },
    }),
  property: (entity, version) =>
    propertyBody({
      address: `${entity} Harbour Street, Wellington 6011`,
      vendors: [`contact-${entity}`],
      buyers: [`contact-${entity + 1}`, `contact-${entity + 2}`],
      milestones: ['listed', 'viewing', 'offer'].map((type, step) => ({
        type,
        date: 1_790_000_000_000 + step * 86_400_000,
        notes: `${NOTE.slice(0, 60)} ${version}`,
      })),
      riskOverview: 'The buyer waits for the bank, the vendor for the next house',
      attributes: { bedrooms: '4', title: 'freehold' },
    }),
  deal: (entity, version) =>
    dealBody({
      propertyId: `property-${entity}`,
      stage: 'offer',
      riskLevel: 'medium',
      riskFlags: ['finance not approved', 'chain of three sales'],
      nextAction: `${NOTE} ${version}`,
      nextActionOwner: 'Hone Tautari',
      summary: `${NOTE}. ${NOTE}`,
      contacts: [`contact-${entity}`, `contact-${entity + 1}`],
      attributes: { office: 'Te Aro' },
    }),
};

/** An UPSERT of some 600 bytes as Avro; another version says something else. */
export function benchEvent(kind: EntityKind, entity: number, version = 1, userId = 'user-1'): ChangeEvent {
  return {
    kind,
    entityId: `${kind}-${entity}`,
    eventId: `${kind}-${entity}-${version}`,
    userId,
    version,
    occurredAt: 1_760_000_000_000 + version,
    accountId: null,
    operation: 'UPSERT',
    origin: 'zena',
    causationId: null,
    body: BODIES[kind](entity, version),
  };
}

/** Each kind in turn, over `keys` entities in all; every time that an entity comes again its version is the next. */
export function benchEventAt(index: number, keys: number, userId?: string): ChangeEvent {
  const entity = index % keys;
  const kind = ENTITY_KINDS[entity % ENTITY_KINDS.length] ?? 'contact';
  return benchEvent(kind, entity, 1 + Math.floor(index / keys), userId);
}

const schemas = loadChangeSchemas();

/** The event as a topic carries it. */
export function framedEvent(event: ChangeEvent, schemaId: number): Buffer {
  return writeFrame({ schemaId, payload: schemas[event.kind].type.toBuffer(changeEnvelope(event)) });
}

/** A change as `POST /api/changes` takes it. */
export function postedChange(event: ChangeEvent): Readonly<Record<string, unknown>> {
  return { entity: event.kind, ...changeEnvelope(event) };
}
