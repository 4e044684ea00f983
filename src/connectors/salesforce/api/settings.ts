import type { ConnectorCredentials, CrmHttp } from '../../connector.port.ts';
import { CLOSE_DATE_DAYS, SHARED_ACCOUNT } from './assumed.ts';
import { OBJECTS, PROPERTY, type CrmObject } from './objects.ts';

/** What a connection says of its org, beside how to sign in. */
export interface OrgSettings {
  readonly contactAccount: ContactAccount;
  readonly closeDateDays: number;
  /** What the org calls an object, and one of its fields. */
  objectName(object: CrmObject): string;
  fieldName(object: CrmObject, field: string): string;
}

/** What account a new contact belongs to; `named`: one that the org has by that name or id, or (`isMade`) that is made. */
export type ContactAccount =
  | { readonly is: 'private' }
  | { readonly is: 'each' }
  | { readonly is: 'named'; readonly name: string; readonly isMade: boolean };

export const SETTING_FIELDS = ['propertyObject', 'fieldNames', 'contactAccount', 'closeDateDays'] as const;

const API_NAME = /^[A-Za-z]\w{0,79}$/;

/** As the connection has it, whose calls these are. */
export function settingsOf({ own }: Pick<CrmHttp, 'own'>): OrgSettings {
  return readSettings(own?.credentials ?? {});
}

export function readSettings(credentials: ConnectorCredentials): OrgSettings {
  const { propertyObject, fieldNames = '', contactAccount, closeDateDays } = credentials;
  const names = namesIn(fieldNames);
  return {
    contactAccount: accountIn(contactAccount ?? ''),
    closeDateDays: closeDateDays === undefined ? CLOSE_DATE_DAYS : Number(closeDateDays),
    objectName: ({ name }) => (name === PROPERTY.name ? (propertyObject ?? name) : name),
    fieldName: (object, field) => names.get(`${object.name}.${field}`) ?? field,
  };
}

function accountIn(text: string): ContactAccount {
  if (text === 'private' || text === 'each') return { is: text };
  return { is: 'named', name: text === '' ? SHARED_ACCOUNT : text, isMade: text === '' };
}

/** `Property__c.Address__c=Street__c, Contact.ZenaId__c=External__c`. */
function namesIn(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split(/[,\n]/)
      .map((entry) => entry.split('=').map((part) => part.trim()))
      .filter((pair): pair is [string, string] => pair.length === 2),
  );
}

/** What is wrong with the settings among what was entered. */
export function settingFaults(
  entered: Readonly<Record<string, string>>,
): readonly { readonly field: string; readonly code: string; readonly detail: string }[] {
  return SETTING_FIELDS.flatMap((field) => {
    const value = entered[field];
    const detail = value === undefined ? null : settingFault(field, value);
    return detail === null ? [] : [{ field, code: 'INVALID', detail }];
  });
}

/** What is wrong with a setting as it was entered; null: nothing. */
function settingFault(name: (typeof SETTING_FIELDS)[number], value: string): string | null {
  switch (name) {
    case 'propertyObject':
      return API_NAME.test(value) ? null : 'The API name of an object, as in Property__c.';
    case 'closeDateDays':
      return /^\d{1,4}$/.test(value) ? null : 'A number of days, from 0 to 9999.';
    case 'contactAccount':
      return value.length <= TEXT_LENGTH ? null : 'The name of an account, its id, “each” or “private”.';
    case 'fieldNames':
      return fieldNamesFault(value);
  }
}

const TEXT_LENGTH = 255;

function fieldNamesFault(text: string): string | null {
  const known = new Set(
    OBJECTS.flatMap(({ name, fields }) => fields.map((field) => `${name}.${field.name}`)),
  );
  const entries = text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  for (const entry of entries) {
    const [field = '', name = ''] = entry.split('=').map((part) => part.trim());
    if (!known.has(field))
      return `“${field}” is no field that is written. As in Property__c.Address__c=Street__c.`;
    if (!API_NAME.test(name)) return `“${name}” is no API name of a field.`;
  }
  return null;
}
