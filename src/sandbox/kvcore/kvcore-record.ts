import type { Json, JsonObject } from '../../domain/json.ts';
import type { CollectionForm } from '../kit/records/record-store.ts';

export const KVCORE_COLLECTIONS = ['contacts', 'notes', 'users', 'manuallistings', 'transactions'] as const;
export type KvcoreCollection = (typeof KVCORE_COLLECTIONS)[number];

/** What ids begin behind, so that none of one kind is an id of another. */
export const ID_BASE: Readonly<Record<KvcoreCollection, number>> = {
  contacts: 41_000_000,
  notes: 90_000_000,
  users: 7_000,
  manuallistings: 300_000,
  transactions: 500_000,
};

const NO_KEYS = (): readonly string[] => [];

export const COLLECTION_FORMS: Readonly<Record<KvcoreCollection, CollectionForm>> = {
  contacts: { title: 'Contacts', keysOf: ({ email }) => [textOf(email)] },
  notes: { title: 'Notes of contacts', keysOf: NO_KEYS },
  users: { title: 'Users', keysOf: NO_KEYS },
  manuallistings: { title: 'Manual listings', keysOf: NO_KEYS },
  transactions: { title: 'Transactions', keysOf: NO_KEYS },
};

export function textOf(value: Json | undefined): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : '';
}

export function textsOf(list: Json | undefined): string[] {
  return Array.isArray(list)
    ? (list as readonly Json[]).filter((item): item is string => typeof item === 'string')
    : [];
}

/** A list that may be written as one text. */
export function listedIn(value: Json | undefined): string[] {
  const items = typeof value === 'string' ? value.split(',') : textsOf(value);
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

/** Whether a flag is set, in any of the forms in which it is written. */
export function isSet(value: Json | undefined): boolean {
  return value === true || value === 1 || value === '1' || value === 'Y' || value === 'y';
}

export function isBlank(value: Json | undefined): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

/** What somebody made, without what they left out. */
export function given(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isBlank(value)));
}
