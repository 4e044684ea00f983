import type { Json, JsonObject } from '../../../domain/json.ts';
import type { CrmAccount } from '../../kit/crm-dialect.ts';
import type { CollectionForm, StoredRecord } from '../../kit/records/record-store.ts';
import { objectNamed, type Schema } from '../schema/schema.ts';
import { SF_OBJECTS, type SfObject, type SfObjectName } from '../schema/objects.ts';
import type { SfSettings } from '../schema/sf-settings.ts';

export type SfAccount = CrmAccount<SfObjectName, SfSettings>;

/** The org, and what it remembers beside its records. */
export interface SfOrg extends SfAccount {
  readonly schema: () => Schema;
  /** Who wrote a record as it stands; whoever isn't here is somebody who works in the org. */
  readonly authors: WeakMap<JsonObject, string>;
  /** Records that somebody holds, and for how many tries more. */
  readonly locks: Map<string, number>;
}

/** Who asks. */
export interface SfCaller {
  readonly userId: string;
  /** How the caller reached the org: `http://host:port`. */
  readonly origin: string;
}

/** A record of an object, deleted ones included. */
export interface HeldRecord {
  readonly object: SfObject;
  readonly record: StoredRecord;
  /** Null: it is there. */
  readonly removedAt: number | null;
}

/** What records are looked up by: external ids, natural keys, and what refers to others. */
const INDEXED: Readonly<Partial<Record<SfObjectName, readonly string[]>>> = {
  Account: ['Name', 'ZenaId__c', 'ParentId'],
  Contact: ['ZenaId__c', 'Email', 'LastName', 'AccountId', 'ReportsToId'],
  Lead: ['Email'],
  Opportunity: ['ZenaId__c', 'Name', 'Property__c', 'AccountId', 'StageName'],
  OpportunityContactRole: ['OpportunityId', 'ContactId'],
  Property__c: ['ZenaId__c', 'Address__c', 'Name', 'Vendor__c', 'Vendor2__c', 'Buyer__c', 'Buyer2__c'],
  Task: ['WhoId', 'WhatId'],
  Note: ['ParentId'],
};

/** How long what was deleted can still be listed and told apart from what never was: 15 days (verified for `/deleted`). */
const BIN_MS = 15 * 86_400_000;

export const isIndexed = (object: SfObject, field: string): boolean =>
  INDEXED[object.name]?.includes(field) === true;

export const indexKey = (field: string, value: string): string => `${field} ${value.toLowerCase()}`;

/** What the kit keeps of each object. */
export const COLLECTION_FORMS = Object.fromEntries(
  SF_OBJECTS.map((name): [SfObjectName, CollectionForm] => [
    name,
    {
      title: objectNamed(name).labelPlural,
      keysOf: (fields) =>
        (INDEXED[name] ?? []).flatMap((field) => {
          const value = fields[field];
          return typeof value === 'string' ? [indexKey(field, value)] : [];
        }),
    },
  ]),
) as Record<SfObjectName, CollectionForm>;

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** A value as text; nothing is empty. */
export function shownText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function heldRecord({ store, now }: SfOrg, object: SfObject, id: string): HeldRecord | null {
  const found = store.lookUp(object.name, id);
  if (found.kind === 'found' && found.record.id === id)
    return { object, record: found.record, removedAt: null };
  const removed = store.removedAs(object.name, id);
  if (removed === null || now() - removed.removedAt > BIN_MS) return null;
  return { object, record: removed.record, removedAt: removed.removedAt };
}

export function removedRecords({ store, now }: SfOrg, object: SfObject): HeldRecord[] {
  return store
    .removed(object.name)
    .filter(({ removedAt }) => now() - removedAt <= BIN_MS)
    .map(({ record, removedAt }) => ({ object, record, removedAt }));
}

/** The records that have a value in a field now, in whatever case. */
export function recordsWith(org: SfOrg, object: SfObject, field: string, value: string): StoredRecord[] {
  const wanted = value.toLowerCase();
  const has = (fields: JsonObject): boolean => textOf(fields[field]).toLowerCase() === wanted;
  if (isIndexed(object, field) && org.settings().searchLagMs === 0)
    return org.store.search(object.name, indexKey(field, value), has);
  return org.store.all(object.name).filter(({ fields }) => has(fields));
}

/** A contact without an account is its owner's alone (verified), whoever isn't let to see all data. */
export function isVisible(
  { settings }: SfOrg,
  { userId }: SfCaller,
  { object, record }: HeldRecord,
): boolean {
  if (settings().viewAllData || object.name !== 'Contact') return true;
  return textOf(record.fields['AccountId']) !== '' || record.fields['OwnerId'] === userId;
}
