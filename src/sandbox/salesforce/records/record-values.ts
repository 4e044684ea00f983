import type { Json, JsonObject } from '../../../domain/json.ts';
import type { SfField } from '../schema/field.ts';
import { ORG_USER } from '../org/org-people.ts';
import { textOf, type HeldRecord, type SfOrg } from '../org/sf-org.ts';

/** To the second, as stored (assumed): what happened within one has the same time. */
export function dateTimeText(millis: number): string {
  return `${new Date(millis).toISOString().slice(0, 19)}.000+0000`;
}

const WON = 'closed won';
const CLOSED: readonly string[] = [WON, 'closed lost'];

/** A field's value, as a read tells it. */
export function valueIn({ authors }: SfOrg, held: HeldRecord, field: SfField): Json {
  const { object, record, removedAt } = held;
  const { id, fields, createdAt, updatedAt } = record;
  switch (field.name) {
    case 'Id':
      return id;
    case 'IsDeleted':
      return removedAt !== null;
    case 'CreatedDate':
      return dateTimeText(createdAt);
    case 'LastModifiedDate':
    case 'SystemModstamp':
      return dateTimeText(removedAt ?? updatedAt);
    case 'CreatedById':
      return fields['CreatedById'] ?? ORG_USER;
    case 'LastModifiedById':
      return authors.get(fields) ?? ORG_USER;
    case 'OwnerId':
      return fields['OwnerId'] ?? ORG_USER;
    case 'IsClosed':
      if (object.name === 'Opportunity') return CLOSED.includes(textOf(fields['StageName']).toLowerCase());
      break;
    case 'IsWon':
      if (object.name === 'Opportunity') return textOf(fields['StageName']).toLowerCase() === WON;
      break;
    case 'Name':
      if (field.calculated) return personName(fields);
      // A custom object's name is its id where none is given.
      return fields['Name'] ?? (object.name.endsWith('__c') ? id : null);
  }
  return fields[field.name] ?? field.byDefault ?? null;
}

function personName({ FirstName, LastName, Name }: JsonObject): string {
  return [FirstName, LastName].map(textOf).filter(Boolean).join(' ') || textOf(Name);
}

/** When a record last changed, to the second. */
export function stampOf({ record, removedAt }: HeldRecord): number {
  return Math.floor((removedAt ?? record.updatedAt) / 1_000) * 1_000;
}

/** A record as a read answers with it. */
export function recordWire(
  org: SfOrg,
  held: HeldRecord,
  version: string,
  fields: readonly SfField[] = held.object.fields,
): JsonObject {
  return {
    attributes: attributesOf(held, version),
    ...Object.fromEntries(fields.map((field) => [field.name, valueIn(org, held, field)])),
  };
}

export function attributesOf({ object, record }: HeldRecord, version: string): JsonObject {
  return { type: object.name, url: `/services/data/${version}/sobjects/${object.name}/${record.id}` };
}
