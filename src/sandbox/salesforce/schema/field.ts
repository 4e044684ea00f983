import type { Json } from '../../../domain/json.ts';

export type FieldType =
  | 'id'
  | 'string'
  | 'textarea'
  | 'email'
  | 'phone'
  | 'url'
  | 'boolean'
  | 'int'
  | 'double'
  | 'currency'
  | 'percent'
  | 'date'
  | 'datetime'
  | 'picklist'
  | 'reference';

export interface PickListValue {
  readonly value: string;
  readonly active: boolean;
  readonly defaultValue: boolean;
}

/** One field of an object, as describe tells it. */
export interface SfField {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly length: number;
  readonly nillable: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly externalId: boolean;
  readonly unique: boolean;
  readonly caseSensitive: boolean;
  readonly restricted: boolean;
  readonly picklist: readonly PickListValue[];
  readonly referenceTo: readonly string[];
  readonly relationshipName: string | null;
  /** What a new record has where nothing is said; absent: nothing. */
  readonly byDefault?: Json;
  /** Made of other fields: the name of a person. */
  readonly calculated: boolean;
}

type Traits = Partial<Omit<SfField, 'name' | 'type'>>;

export function field(name: string, type: FieldType, length: number, traits: Traits = {}): SfField {
  return {
    name,
    label: labelOf(name),
    type,
    length,
    nillable: true,
    createable: true,
    updateable: true,
    externalId: false,
    unique: false,
    caseSensitive: false,
    restricted: false,
    picklist: [],
    referenceTo: [],
    relationshipName: null,
    calculated: false,
    ...traits,
  };
}

export const text = (name: string, length: number, traits: Traits = {}): SfField =>
  field(name, 'string', length, traits);

/** Long ones can't be filtered by. */
export const longText = (name: string, length = 32_768): SfField => field(name, 'textarea', length);

export const flag = (name: string, traits: Traits = {}): SfField =>
  field(name, 'boolean', 0, { nillable: false, byDefault: false, ...traits });

export const required: Traits = { nillable: false };
export const readOnly: Traits = { createable: false, updateable: false };

export function reference(name: string, referenceTo: readonly string[], traits: Traits = {}): SfField {
  const relationshipName = name.endsWith('__c') ? `${name.slice(0, -1)}r` : name.replace(/Id$/, '');
  return field(name, 'reference', 18, { referenceTo, relationshipName, ...traits });
}

export function pickList(name: string, values: readonly string[], traits: Traits = {}): SfField {
  return field(name, 'picklist', 255, {
    picklist: values.map((value) => ({ value, active: true, defaultValue: false })),
    ...traits,
  });
}

/** The package's key: matching is case-sensitive (verified), 255 characters. */
export const zenaId = (): SfField =>
  text('ZenaId__c', 255, { externalId: true, unique: true, caseSensitive: true });

/** What every record has. */
export const SYSTEM_FIELDS: readonly SfField[] = [
  field('Id', 'id', 18, { ...readOnly, nillable: false }),
  flag('IsDeleted', readOnly),
  field('CreatedDate', 'datetime', 0, { ...readOnly, nillable: false }),
  reference('CreatedById', ['User'], { ...readOnly, nillable: false }),
  field('LastModifiedDate', 'datetime', 0, { ...readOnly, nillable: false }),
  reference('LastModifiedById', ['User'], { ...readOnly, nillable: false }),
  field('SystemModstamp', 'datetime', 0, { ...readOnly, nillable: false }),
];

export const owner = (): SfField =>
  reference('OwnerId', ['User'], { nillable: false, relationshipName: 'Owner' });

function labelOf(name: string): string {
  return name
    .replace(/__c$/, '')
    .replace(/_/g, ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/ Id$/, ' ID');
}
