import type { Json, JsonObject } from '../../domain/json.ts';
import type { CollectionForm } from '../kit/records/record-store.ts';

export const FUB_COLLECTIONS = [
  'people',
  'deals',
  'notes',
  'pipelines',
  'stages',
  'users',
  'customFields',
  'dealCustomFields',
  'events',
  'webhooks',
] as const;
export type FubCollection = (typeof FUB_COLLECTIONS)[number];

/** The account that every sandbox is. */
export const ACCOUNT = { id: 1_400_217, domain: 'sandbox-realty', name: 'Sandbox Realty' } as const;

/** What ids begin behind, so that none of one kind is an id of another. */
export const ID_BASE: Readonly<Record<FubCollection, number>> = {
  people: 10_000,
  deals: 40_000,
  notes: 70_000,
  pipelines: 0,
  stages: 0,
  users: 0,
  customFields: 100,
  dealCustomFields: 200,
  events: 80_000,
  webhooks: 300,
};

const NO_KEYS = (): readonly string[] => [];

export const COLLECTION_FORMS: Readonly<Record<FubCollection, CollectionForm>> = {
  people: {
    title: 'People',
    keysOf: (fields) => [
      ...valuesOf(fields['emails']).map(emailKey),
      ...valuesOf(fields['phones']).map(phoneKey),
    ],
  },
  deals: { title: 'Deals', keysOf: NO_KEYS },
  notes: { title: 'Notes', keysOf: NO_KEYS },
  pipelines: { title: 'Pipelines', keysOf: NO_KEYS },
  stages: { title: 'Stages of people', keysOf: NO_KEYS },
  users: { title: 'Users', keysOf: NO_KEYS },
  customFields: { title: 'Custom fields of people', keysOf: NO_KEYS },
  dealCustomFields: { title: 'Custom fields of deals', keysOf: NO_KEYS },
  events: { title: 'Events', keysOf: NO_KEYS },
  webhooks: { title: 'Webhooks', keysOf: NO_KEYS },
};

/** What the index holds a person under; how far two are one is for who searches. */
export const emailKey = (email: string): string => `email ${email.trim().toLowerCase()}`;
export const phoneKey = (phone: string): string => `phone ${digitsOf(phone)}`;

/** The figures of a number, those of a country code of North America left out. */
export function digitsOf(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  return digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
}

/** The values of a list of e-mails or phones. */
export function valuesOf(list: Json | undefined): string[] {
  return objectsOf(list).flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
}

export function objectsOf(list: Json | undefined): JsonObject[] {
  if (!Array.isArray(list)) return [];
  return (list as readonly Json[]).filter(
    (item): item is JsonObject => typeof item === 'object' && item !== null && !Array.isArray(item),
  );
}

export function textsOf(list: Json | undefined): string[] {
  return Array.isArray(list)
    ? (list as readonly Json[]).filter((item): item is string => typeof item === 'string')
    : [];
}

/** Ids travel as numbers, and seeds may write them as text. */
export function idsOf(list: Json | undefined): number[] {
  return Array.isArray(list) ? (list as readonly Json[]).map(Number).filter(Number.isSafeInteger) : [];
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** ISO 8601 in UTC, to the second. */
export function timeText(millis: number): string {
  return `${new Date(millis).toISOString().slice(0, 19)}Z`;
}
