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
import { cleanEmail, isEmail } from '../../domain/canonical/email-address.ts';
import { cleanPhone, isPhone } from '../../domain/canonical/phone-number.ts';
import { cleanName } from '../../domain/canonical/person-name.ts';
import { visibleText } from '../../domain/canonical/invisible-marks.ts';
import { isUsualPlaceholder, type IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import { cleanAddress } from '../../domain/canonical/street-address.ts';
import type { CrmFields } from '../../domain/remote-record.ts';
import { vaultNaturalKey } from './vault-key.ts';

/** As many as say all that there is to say. */
const MOST_REMARKS = 5;
const SHOWN_LENGTH = 60;

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
  return [...chooseEmail(body.contact.emails).remarks, ...choosePhone(body.contact.phones).remarks];
}

function contactFields(contact: Contact): CrmFields {
  const [firstName = '', ...others] = cleanName(contact.name).split(' ');
  return {
    firstName,
    lastName: others.join(' '),
    email: chooseEmail(contact.emails).value,
    phone: choosePhone(contact.phones).value,
    type: contact.role,
    notes: contact.relationshipNotes
      .map(visibleText)
      .filter((note) => note.trim() !== '')
      .join('\n'),
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

/** The entry of a list that is sent, as it is sent, and what stood before it and can't be one. */
interface ChosenEntry {
  /** Empty where no entry will do. */
  readonly value: string;
  readonly remarks: readonly DraftRemark[];
}

/** The first entry that is an e-mail; blank ones say nothing, others are left out with a remark. */
function chooseEmail(entries: readonly string[]): ChosenEntry {
  return choose(entries, cleanEmail, isEmail, (entry) => ({
    field: 'email',
    code: 'no_email',
    detail: `Left out: "${entry}" is no e-mail.`,
  }));
}

/** The first entry that has a figure. */
function choosePhone(entries: readonly string[]): ChosenEntry {
  return choose(entries, cleanPhone, isPhone, (entry) => ({
    field: 'phone',
    code: 'no_phone',
    detail: `Left out: "${entry}" is no phone number.`,
  }));
}

function choose(
  entries: readonly string[],
  clean: (entry: string) => string,
  isOne: (entry: string) => boolean,
  remarkOn: (entry: string) => DraftRemark,
): ChosenEntry {
  const passed: string[] = [];
  for (const entry of entries) {
    const value = clean(entry);
    if (value === '') continue;
    if (isOne(value)) return { value, remarks: passed.map(remarkOn) };
    if (passed.length < MOST_REMARKS) passed.push(shortened(value));
  }
  return { value: '', remarks: passed.map(remarkOn) };
}

function shortened(value: string): string {
  const letters = [...value];
  return letters.length > SHOWN_LENGTH ? `${letters.slice(0, SHOWN_LENGTH).join('')}…` : value;
}
