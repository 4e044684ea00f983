import {
  recordKey,
  type Contact,
  type Deal,
  type EntityBody,
  type EntityKind,
  type Property,
} from '../../domain/entity.ts';
import type { Json } from '../../domain/json.ts';
import type { DraftRemark, FieldSharings, KindMapping, ResolveReference } from '../../domain/mapping.ts';
import { visibleText } from '../../domain/canonical/invisible-marks.ts';
import { isUsualPlaceholder, type IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import { cleanAddress } from '../../domain/canonical/street-address.ts';
import type { CrmFields } from '../../domain/remote-record.ts';
import { realNotes } from '../mapping-parts/note-lines.ts';
import { firstEmail, firstPhone } from '../mapping-parts/real-entries.ts';
import { splitName } from '../mapping-parts/split-name.ts';
import { vaultNaturalKey } from './vault-key.ts';

/**
 * Zena's fields in MRI Vault's words, as the product's documents give them. Every mapped field is always there, an empty one
 * explicitly, because it is not known whether a PUT merges or replaces.
 */
export function vaultFields(body: EntityBody, resolve: ResolveReference): CrmFields {
  if (body.kind === 'contact') return contactFields(body.contact);
  return body.kind === 'property' ? propertyFields(body.property, resolve) : dealFields(body.deal, resolve);
}

export function vaultMapping(
  kind: EntityKind,
  isPlaceholder: IsPlaceholder = isUsualPlaceholder,
): KindMapping {
  return {
    sharings: SHARINGS[kind],
    fields: (body, { resolve }) => vaultFields(body, resolve),
    keys(fields) {
      const key = vaultNaturalKey(kind, fields, isPlaceholder);
      return key === null ? [] : [key];
    },
    remarks: vaultRemarks,
  };
}

/** What people and Zena write into together. */
const SHARINGS: Readonly<Record<EntityKind, FieldSharings>> = {
  contact: { notes: 'lines' },
  property: { address: 'address', vendors: 'references', buyers: 'references', milestones: 'items' },
  deal: { contacts: 'references', riskFlags: 'items' },
};

/** Changes with the mapping. */
export const VAULT_MAPPING_VERSION = 'vault-2';

function vaultRemarks(body: EntityBody): readonly DraftRemark[] {
  if (body.kind !== 'contact') return [];
  const { emails, phones } = body.contact;
  return [...firstEmail(emails, 'email').remarks, ...firstPhone(phones, 'phone').remarks];
}

function contactFields(contact: Contact): CrmFields {
  return {
    ...splitName(contact.name),
    email: firstEmail(contact.emails, 'email').value,
    phone: firstPhone(contact.phones, 'phone').value,
    type: contact.role,
    notes: realNotes(contact.relationshipNotes).join('\n'),
  };
}

function propertyFields(property: Property, resolve: ResolveReference): CrmFields {
  return {
    address: cleanAddress(property.address),
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
    stage: visibleText(deal.stage),
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
