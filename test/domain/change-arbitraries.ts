import fc from 'fast-check';
import type { Change, ChangeEvent, LogPlace } from '../../src/domain/change-event.ts';
import type { EntityBody } from '../../src/domain/entity.ts';
import { contactBody, propertyBody, USER } from '../support/builders.ts';

/** An upsert of a contact `c1` by `USER`, or whatever `over` says. */
export function changeEvent(over: Partial<ChangeEvent> = {}): ChangeEvent {
  return {
    kind: 'contact',
    eventId: 'e-1',
    occurredAt: 1_000,
    userId: USER,
    accountId: null,
    entityId: 'c1',
    version: 1,
    operation: 'UPSERT',
    origin: 'zena',
    causationId: null,
    body: contactBody(),
    ...over,
  };
}

export function event(over: Partial<ChangeEvent> = {}, place: LogPlace | null = null): Change {
  return { type: 'event', event: changeEvent(over), place };
}

export function deleteEvent(over: Partial<ChangeEvent> = {}, place: LogPlace | null = null): Change {
  return event({ operation: 'DELETE', body: null, ...over }, place);
}

export function logPlace(offset: number | string, over: Partial<LogPlace> = {}): LogPlace {
  return { topic: 'zena.contact.changes', partition: 0, offset: String(offset), ...over };
}

export function nullValue(place: LogPlace, entityId = 'c1'): Change {
  return { type: 'tombstone', kind: 'contact', entityId, place };
}

export const contactBodies: fc.Arbitrary<EntityBody> = fc
  .record({
    name: fc.string({ unit: 'grapheme', maxLength: 12 }),
    emails: fc.array(fc.constantFrom('a@example.test', 'B@example.test', ''), { maxLength: 2 }),
    relationshipNotes: fc.array(fc.string({ maxLength: 5 }), { maxLength: 2 }),
    attributes: fc.dictionary(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), { maxKeys: 2 }),
  })
  .map((over) => contactBody(over));

export const propertyBodies: fc.Arbitrary<EntityBody> = fc
  .record({
    address: fc.string({ unit: 'grapheme', maxLength: 20 }),
    vendors: fc.array(fc.constantFrom('c1', 'c2', 'c3'), { maxLength: 4 }),
    buyers: fc.array(fc.constantFrom('c1', 'c2', 'c3'), { maxLength: 4 }),
  })
  .map((over) => propertyBody(over));

/** Events of one contact: few versions and contents, so that ties and repeats are common. */
export const contactEvents: fc.Arbitrary<ChangeEvent> = fc
  .record({
    version: fc.integer({ min: 0, max: 4 }),
    userId: fc.constantFrom('user-1', 'user-2'),
    accountId: fc.constantFrom(null, 'office-1'),
    name: fc.constantFrom('Ada', 'Bea', 'Cyd'),
    deletes: fc.boolean(),
    occurredAt: fc.constantFrom(1_000, 2_000),
  })
  .map(({ version, userId, accountId, name, deletes, occurredAt }) =>
    changeEvent({
      version,
      userId,
      accountId,
      occurredAt,
      operation: deletes ? 'DELETE' : 'UPSERT',
      body: deletes ? null : contactBody({ name }),
    }),
  );
