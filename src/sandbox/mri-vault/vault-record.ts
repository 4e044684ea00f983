import type { Json, JsonObject } from '../../domain/json.ts';
import type { CollectionForm } from '../kit/records/record-store.ts';
import { looseKey } from './compare-keys.ts';

export const VAULT_COLLECTIONS = ['contacts', 'properties', 'deals'] as const;
export type VaultCollection = (typeof VAULT_COLLECTIONS)[number];

/** A record's own fields, without id and times. */
export type VaultFields = JsonObject;

export function isVaultCollection(name: string | undefined): name is VaultCollection {
  return VAULT_COLLECTIONS.some((collection) => collection === name);
}

/** Which fields hold ids of other records, and of which collection. */
export const REFERENCE_FIELDS: Readonly<Record<VaultCollection, Readonly<Record<string, VaultCollection>>>> =
  {
    contacts: {},
    properties: { vendors: 'contacts', buyers: 'contacts' },
    deals: { propertyId: 'properties', contacts: 'contacts' },
  };

/** The fields that a collection is searched by; the first one is required and looked up. */
export const SEARCH_FIELDS: Readonly<Record<VaultCollection, readonly [string, ...string[]]>> = {
  contacts: ['email'],
  properties: ['address'],
  deals: ['propertyId', 'stage'],
};

export const COLLECTION_FORMS: Readonly<Record<VaultCollection, CollectionForm>> = {
  contacts: { title: 'Contacts', keysOf: keysOf('contacts'), foldKey: looseKey },
  properties: { title: 'Properties', keysOf: keysOf('properties'), foldKey: looseKey },
  deals: { title: 'Deals', keysOf: keysOf('deals'), foldKey: looseKey },
};

function keysOf(collection: VaultCollection): CollectionForm['keysOf'] {
  return (fields) => {
    const key = searchText(fields[SEARCH_FIELDS[collection][0]]);
    return key === null ? [] : [key];
  };
}

/** A value as search compares it; null: it finds nothing by it. */
export function searchText(value: Json | undefined): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
