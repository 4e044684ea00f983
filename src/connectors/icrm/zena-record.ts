import { compareWord } from '../../domain/canonical/compare-word.ts';
import { cleanEmail, compareEmail, isEmail } from '../../domain/canonical/email-address.ts';
import type { IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import { compareAddress } from '../../domain/canonical/street-address.ts';
import { naturalKeyHash } from '../../domain/content-hash.ts';
import {
  recordKey,
  splitRecordKey,
  type Contact,
  type Deal,
  type EntityBody,
  type EntityKind,
  type Property,
} from '../../domain/entity.ts';
import type { Json } from '../../domain/json.ts';
import type { KindMapping, ResolveReference } from '../../domain/mapping.ts';
import type { CrmFields, NaturalKey } from '../../domain/remote-record.ts';

/** Zena's record in the contract's shape, with the CRM's ids as references: what the document's `push…` and `updateRecord` get. */
export function zenaRecord(body: EntityBody, resolve: ResolveReference): CrmFields {
  switch (body.kind) {
    case 'contact': {
      const { name, emails, phones, role, relationshipNotes, doNotContact, attributes } = body.contact;
      return { name, emails, phones, role, relationshipNotes, doNotContact, attributes };
    }
    case 'property': {
      const { address, vendors, buyers, milestones, riskOverview, attributes } = body.property;
      return {
        address,
        vendors: idsOf('contact', vendors, resolve),
        buyers: idsOf('contact', buyers, resolve),
        milestones: milestones.map(({ type, date, notes }) => ({ type, date, notes })),
        riskOverview,
        attributes,
      };
    }
    case 'deal': {
      const { propertyId, contacts, ...said } = body.deal;
      const property = propertyId === null ? null : resolve(recordKey('property', propertyId));
      return { ...said, propertyId: property, contacts: idsOf('contact', contacts, resolve) };
    }
  }
}

/** Those that the CRM has, each once: two contacts may share one CRM record. */
function idsOf(kind: EntityKind, ids: readonly string[], resolve: ResolveReference): Json {
  return [...new Set(ids.map((id) => resolve(recordKey(kind, id))).filter((id) => id !== null))];
}

/** What the document finds records by: a contact's e-mail, a property's address, a deal's property and stage. */
export function zenaKeys(
  kind: EntityKind,
  fields: CrmFields,
  isPlaceholder: IsPlaceholder,
): readonly NaturalKey[] {
  const value = keyValue(kind, fields);
  const parts = canonicalParts(kind, value);
  if (parts.length === 0 || parts.includes('')) return [];
  const { email } = value;
  if (email !== undefined && (!isEmail(email) || isPlaceholder(email))) return [];
  const hash = naturalKeyHash(kind, ...parts);
  return [{ kind, strength: 'good', value, hash, formerHashes: [] }];
}

/** As `findExistingRecord` gets it: an e-mail, an address, or a deal's property and stage. */
export function identifierOf(kind: EntityKind, value: Readonly<Record<string, string>>): Json {
  const { email = '', address = '', propertyId = '', stage = '' } = value;
  return kind === 'contact' ? email : kind === 'property' ? address : { propertyId, stage };
}

/** What a caller of `findExistingRecord` looks for, as a kind of the engine's finds it; null: nothing that could be looked for. */
export function keyOfIdentifier(
  kind: EntityKind,
  identifier: unknown,
  { fields, keys }: Pick<KindMapping, 'fields' | 'keys'>,
): NaturalKey | null {
  const { propertyId = '', stage = '' } = Object(identifier) as Record<string, unknown>;
  const said = typeof identifier === 'string' ? identifier : '';
  const body: EntityBody =
    kind === 'contact'
      ? { kind, contact: { ...NOBODY, emails: [said] } }
      : kind === 'property'
        ? { kind, property: { ...NOWHERE, address: said } }
        : { kind, deal: { ...NOTHING, propertyId: String(propertyId), stage: String(stage) } };
  const mapped = fields(body, { resolve: (key) => splitRecordKey(key).entityId, timeZone: 'UTC' });
  return keys(mapped)[0] ?? null;
}

const NOBODY: Contact = {
  name: '',
  emails: [],
  phones: [],
  role: '',
  relationshipNotes: [],
  doNotContact: null,
  attributes: {},
};
const NOWHERE: Property = {
  address: '',
  vendors: [],
  buyers: [],
  milestones: [],
  riskOverview: null,
  attributes: {},
};
const NOTHING: Deal = {
  propertyId: null,
  stage: '',
  riskLevel: '',
  riskFlags: [],
  nextAction: null,
  nextActionOwner: null,
  summary: null,
  contacts: [],
  attributes: {},
};

/** A record in the contract's shape, what is missing empty. */
export function bodyOf(kind: EntityKind, given: unknown): EntityBody {
  const said = Object(given) as Record<string, unknown>;
  if (kind === 'contact') return { kind, contact: { ...NOBODY, ...said } };
  return kind === 'property'
    ? { kind, property: { ...NOWHERE, ...said } }
    : { kind, deal: { ...NOTHING, ...said } };
}

function keyValue(kind: EntityKind, fields: CrmFields): Readonly<Record<string, string>> {
  if (kind === 'contact') return { email: textOf(fields['email']) || firstEmail(fields['emails']) };
  if (kind === 'property') return { address: textOf(fields['address']) };
  return { propertyId: textOf(fields['propertyId']), stage: textOf(fields['stage']) };
}

function firstEmail(emails: Json | undefined): string {
  const entries = Array.isArray(emails) ? (emails as readonly Json[]).map(textOf) : [];
  return entries.map(cleanEmail).find(isEmail) ?? '';
}

function canonicalParts(kind: EntityKind, value: Readonly<Record<string, string>>): readonly string[] {
  const { email = '', address = '', propertyId = '', stage = '' } = value;
  if (kind === 'contact') return [compareEmail(email)];
  return kind === 'property' ? [compareAddress(address)] : [propertyId, compareWord(stage)];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
