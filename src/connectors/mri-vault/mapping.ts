import type { Contact, Deal, EntityKind, Property } from '../../domain/entity.ts';
import { recordKey } from '../../domain/entity.ts';
import type { Json } from '../../domain/json.ts';
import type { ConnectorMapping, ResolveReference } from '../../domain/mapping.ts';
import { naturalKeyHash, normaliseAddress, normaliseEmail, normaliseWord } from '../../domain/natural-key.ts';
import type { CrmFields, NaturalKey } from '../../domain/remote-record.ts';

/**
 * Zena's fields in MRI Vault's words, as the product's documents give them. Every mapped field is always there, an empty one
 * explicitly, because it is not known whether a PUT merges or replaces.
 */
export const vaultMapping: ConnectorMapping = {
  version: 'vault-1',
  fields(body, resolve) {
    if (body.kind === 'contact') return contactFields(body.contact);
    return body.kind === 'property' ? propertyFields(body.property, resolve) : dealFields(body.deal, resolve);
  },
  naturalKey: vaultNaturalKey,
};

function contactFields(contact: Contact): CrmFields {
  const words = contact.name.trim().split(/\s+/u);
  return {
    firstName: words[0] ?? '',
    lastName: words.slice(1).join(' '),
    email: contact.emails[0]?.trim() ?? '',
    phone: contact.phones[0]?.trim() ?? '',
    type: contact.role,
    notes: contact.relationshipNotes.join('\n'),
  };
}

function propertyFields(property: Property, resolve: ResolveReference): CrmFields {
  return {
    address: property.address.trim(),
    vendors: contactIds(property.vendors, resolve),
    buyers: contactIds(property.buyers, resolve),
    milestones: property.milestones.map((milestone) => ({
      type: milestone.type,
      date: new Date(milestone.date).toISOString(),
      notes: milestone.notes,
    })),
    riskOverview: property.riskOverview,
  };
}

function dealFields(deal: Deal, resolve: ResolveReference): CrmFields {
  return {
    propertyId: deal.propertyId === null ? null : resolve(recordKey('property', deal.propertyId)),
    stage: deal.stage,
    riskLevel: deal.riskLevel,
    riskFlags: deal.riskFlags,
    nextAction: deal.nextAction,
    nextActionOwner: deal.nextActionOwner,
    summary: deal.summary,
    contacts: contactIds(deal.contacts, resolve),
  };
}

/** The CRM's ids of the contacts that it has, each once: two Zena contacts may share one CRM record. */
function contactIds(ids: readonly string[], resolve: ResolveReference): Json {
  const remote = ids.map((id) => resolve(recordKey('contact', id))).filter((id) => id !== null);
  return [...new Set(remote)];
}

function vaultNaturalKey(kind: EntityKind, fields: CrmFields): NaturalKey | null {
  if (kind === 'contact') {
    const email = textOf(fields['email']);
    const normal = normaliseEmail(email);
    return normal === '' ? null : { kind, value: { email }, hash: naturalKeyHash(kind, normal) };
  }
  if (kind === 'property') {
    const address = textOf(fields['address']);
    const normal = normaliseAddress(address);
    return normal === '' ? null : { kind, value: { address }, hash: naturalKeyHash(kind, normal) };
  }
  const propertyId = textOf(fields['propertyId']);
  const stage = textOf(fields['stage']);
  if (propertyId === '' || stage.trim() === '') return null;
  return { kind, value: { propertyId, stage }, hash: naturalKeyHash(kind, propertyId, normaliseWord(stage)) };
}

/** The CRM may return ids as numbers. */
function textOf(value: Json | undefined): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : '';
}
