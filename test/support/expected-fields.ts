import type { EntityBody, RecordKey } from '../../src/domain/entity.ts';
import { recordKey } from '../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';

/** The CRM's id of one of Zena's records; null when the CRM doesn't have it. */
export type RemoteIdOf = (key: RecordKey) => string | null;

/**
 * What MRI Vault should hold for an entity, by the product's documents. Written down once more, apart from the connector, so
 * that the comparison would notice a mistake in the connector's mapping too.
 */
export function expectedFields(body: EntityBody, remoteIdOf: RemoteIdOf): JsonObject {
  const contactIds = (ids: readonly string[]): Json => {
    const remote = ids.map((id) => remoteIdOf(recordKey('contact', id))).filter((id) => id !== null);
    return [...new Set(remote)];
  };
  if (body.kind === 'contact') {
    const { name, emails, phones, role, relationshipNotes } = body.contact;
    const [, first = '', rest = ''] = /^\s*(\S*)\s*(.*?)\s*$/su.exec(name) ?? [];
    return {
      firstName: first,
      lastName: rest,
      email: emails[0] ?? '',
      phone: phones[0] ?? '',
      type: role,
      notes: relationshipNotes.join('\n'),
    };
  }
  if (body.kind === 'property') {
    const { address, vendors, buyers, milestones, riskOverview } = body.property;
    return {
      address,
      vendors: contactIds(vendors),
      buyers: contactIds(buyers),
      milestones: milestones.map(({ type, date, notes }) => ({
        type,
        date: new Date(date).toISOString(),
        notes,
      })),
      riskOverview,
    };
  }
  const { propertyId, contacts, attributes: _, ...plain } = body.deal;
  return {
    ...plain,
    propertyId: propertyId === null ? null : remoteIdOf(recordKey('property', propertyId)),
    contacts: contactIds(contacts),
  };
}
