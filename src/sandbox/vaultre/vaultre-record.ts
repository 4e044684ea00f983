import type { Json, JsonObject } from '../../domain/json.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { CollectionForm, StoredRecord } from '../kit/records/record-store.ts';
import { regionOf, suburbById } from './suburb-table.ts';

/**
 * What the sandbox keeps. A contact is kept as it is written, with `categories` (ids) beside it; a property with `class`, `status`, and `owners`
 * and `purchasers` (contact ids) of its sale life; a note with the id of what it is about.
 */
export const VAULTRE_COLLECTIONS = [
  'contacts',
  'properties',
  'contactNotes',
  'propertyNotes',
  'propertyOffers',
] as const;
export type VaultreCollection = (typeof VAULTRE_COLLECTIONS)[number];

export function isVaultreCollection(name: string): name is VaultreCollection {
  return VAULTRE_COLLECTIONS.some((collection) => collection === name);
}

/** Finds everything of a collection, as search sees it. */
export const EVERY = '*';

export const VAULTRE_FORMS: Readonly<Record<VaultreCollection, CollectionForm>> = {
  contacts: { title: 'Contacts', keysOf: contactKeys },
  properties: { title: 'Properties', keysOf: () => [EVERY] },
  contactNotes: { title: 'Notes of contacts', keysOf: () => [] },
  propertyNotes: { title: 'Notes of properties', keysOf: () => [] },
  propertyOffers: { title: 'Offers', keysOf: () => [] },
};

export const FIRST_IDS: Readonly<Record<VaultreCollection, number>> = {
  contacts: 1_000_001,
  properties: 2_000_001,
  contactNotes: 4_000_001,
  propertyNotes: 5_000_001,
  propertyOffers: 6_000_001,
};
const LIFE_OFFSET = 1_000_000;

/** The campaign that a property is sold by: each has one. */
export function saleLifeOf({ id, fields }: Pick<StoredRecord, 'id' | 'fields'>): number {
  const told = fields['saleLifeId'];
  return typeof told === 'number' ? told : Number(id) + LIFE_OFFSET;
}

export const LIFE_STATUSES = [
  'prospect',
  'appraisal',
  'listing',
  'conditional',
  'unconditional',
  'settled',
  'management',
  'withdrawn',
  'withdrawnAppraisal',
] as const;

export function statusOf(fields: JsonObject): string {
  return textIn(fields, 'status') || 'prospect';
}

export function classOf(fields: JsonObject): string {
  return textIn(fields, 'class') || 'residential';
}

export function textIn(fields: JsonObject, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

/** Ids in a list, which may stand alone or in objects. */
export function idsIn(value: Json | undefined): number[] {
  if (!Array.isArray(value)) return [];
  const ids = value.map((item: Json) => Number(isJsonObject(item) ? item['id'] : item));
  return [...new Set(ids.filter(Number.isSafeInteger))];
}

export function emailsOf(fields: JsonObject): string[] {
  const emails = fields['emails'];
  return Array.isArray(emails)
    ? emails.filter((value: Json): value is string => typeof value === 'string')
    : [];
}

export function phonesOf(fields: JsonObject): string[] {
  const phones = fields['phoneNumbers'];
  return Array.isArray(phones)
    ? phones.flatMap((phone: Json) => (isJsonObject(phone) ? [textIn(phone, 'number')] : []))
    : [];
}

export const digitsOf = (number: string): string => number.replace(/\D/g, '');

/** Under which a phone is looked up; which of them count as equal tells who asks. */
export const phoneKey = (number: string): string => `tel:${digitsOf(number)}`;

function contactKeys(fields: JsonObject): string[] {
  return [EVERY, ...emailsOf(fields), ...phonesOf(fields).map(phoneKey)];
}

export function displayNameOf(fields: JsonObject): string {
  const names = [textIn(fields, 'firstName'), textIn(fields, 'lastName')].filter((name) => name !== '');
  return names.length > 0 ? names.join(' ') : textIn(fields, 'company');
}

/** `5/12 Risk Road, Sandgate QLD 4017`. */
export function displayAddressOf(fields: JsonObject): string {
  const address = fields['address'];
  if (!isJsonObject(address)) return '';
  const unit = textIn(address, 'unitNumber');
  const number = [unit, textIn(address, 'streetNumber')].filter((part) => part !== '').join('/');
  const street = [number, textIn(address, 'street')].filter((part) => part !== '').join(' ');
  const level = textIn(address, 'level');
  const suburb = isJsonObject(address['suburb']) ? suburbById(address['suburb']['id']) : null;
  const place = suburb === null ? '' : `${suburb.name} ${regionOf(suburb)} ${suburb.postcode}`;
  return [level === '' ? '' : `Level ${level}`, street, place].filter((part) => part !== '').join(', ');
}
