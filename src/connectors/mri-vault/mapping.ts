import {
  recordKey,
  type Contact,
  type Deal,
  type EntityBody,
  type EntityKind,
  type Property,
} from '../../domain/entity.ts';
import type { Json } from '../../domain/json.ts';
import type { KindMapping, ResolveReference } from '../../domain/mapping.ts';
import { naturalKeyHash, normaliseAddress, normaliseEmail, normaliseWord } from '../../domain/natural-key.ts';
import type { FieldSharings } from '../../domain/merging/merge-fields.ts';
import type { CrmFields, NaturalKey } from '../../domain/remote-record.ts';

/**
 * Zena's fields in MRI Vault's words, as the product's documents give them. Every mapped field is always there, an empty one
 * explicitly, because it is not known whether a PUT merges or replaces.
 */
export function vaultFields(body: EntityBody, resolve: ResolveReference): CrmFields {
  if (body.kind === 'contact') return contactFields(body.contact);
  return body.kind === 'property' ? propertyFields(body.property, resolve) : dealFields(body.deal, resolve);
}

export function vaultMapping(kind: EntityKind): KindMapping {
  return {
    sharings: SHARINGS[kind],
    fields: (body, { resolve }) => vaultFields(body, resolve),
    keys(fields) {
      const key = vaultNaturalKey(kind, fields);
      return key === null ? [] : [key];
    },
  };
}

/** What people and Zena write into together. Of a list that Zena keeps as a whole (milestones, flags), the last word holds. */
const SHARINGS: Readonly<Record<EntityKind, FieldSharings>> = {
  contact: { notes: 'lines' },
  property: { vendors: 'references', buyers: 'references' },
  deal: { contacts: 'references' },
};

/** Changes with the mapping. */
export const VAULT_MAPPING_VERSION = 'vault-1';

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

/** Of fields as they are sent or come back; null: the record can't be recognised. */
export function vaultNaturalKey(kind: EntityKind, fields: CrmFields): NaturalKey | null {
  const key = (value: NaturalKey['value'], ...normal: readonly string[]): NaturalKey | null => {
    if (normal.includes('')) return null;
    return { kind, strength: 'good', value, hash: naturalKeyHash(kind, ...normal) };
  };
  if (kind === 'contact') {
    const email = textOf(fields['email']);
    return key({ email }, normaliseEmail(email));
  }
  if (kind === 'property') {
    const address = textOf(fields['address']);
    return key({ address }, normaliseAddress(address));
  }
  const propertyId = textOf(fields['propertyId']);
  const stage = textOf(fields['stage']);
  return key({ propertyId, stage }, propertyId, normaliseWord(stage));
}

/** The CRM may return ids as numbers. */
function textOf(value: Json | undefined): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : '';
}
