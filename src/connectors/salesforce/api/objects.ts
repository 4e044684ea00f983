import type { EntityKind } from '../../../domain/entity.ts';

/** How a field of the package is made; absent in a field: Salesforce has it. */
export type FieldForm = 'external_id' | 'text' | 'long_text' | 'lookup_contact' | 'lookup_property';

/** A field that the connector writes. */
export interface ObjectField {
  /** As the package calls it; a connection may have another for it. */
  readonly name: string;
  readonly label: string;
  /** The longest text; null: it is none. */
  readonly length: number | null;
  readonly made?: FieldForm;
}

/** An object of Salesforce that records of a kind are kept in. */
export interface CrmObject {
  readonly kind: EntityKind;
  /** As the package calls it. */
  readonly name: string;
  readonly label: string;
  readonly fields: readonly ObjectField[];
}

/** Our key on a record. */
export const ZENA_ID = 'ZenaId__c';
export const TEXT_LENGTH = 255;
export const LONG_TEXT_LENGTH = 32_768;
/** Of `Description`. */
export const DESCRIPTION_LENGTH = 32_000;

const zenaId: ObjectField = { name: ZENA_ID, label: 'Zena ID', length: TEXT_LENGTH, made: 'external_id' };

export const CONTACT: CrmObject = {
  kind: 'contact',
  name: 'Contact',
  label: 'Contact',
  fields: [
    zenaId,
    { name: 'FirstName', label: 'First Name', length: 40 },
    { name: 'LastName', label: 'Last Name', length: 80 },
    { name: 'Email', label: 'Email', length: 80 },
    { name: 'Phone', label: 'Phone', length: 40 },
    { name: 'ZenaRole__c', label: 'Zena Role', length: TEXT_LENGTH, made: 'text' },
    { name: 'Description', label: 'Description', length: DESCRIPTION_LENGTH },
    { name: 'HasOptedOutOfEmail', label: 'Email Opt Out', length: null },
    { name: 'DoNotCall', label: 'Do Not Call', length: null },
  ],
};

export const PROPERTY: CrmObject = {
  kind: 'property',
  name: 'Property__c',
  label: 'Property',
  fields: [
    zenaId,
    { name: 'Name', label: 'Property Name', length: 80 },
    { name: 'Address__c', label: 'Address', length: TEXT_LENGTH, made: 'text' },
    { name: 'Vendor__c', label: 'Vendor', length: null, made: 'lookup_contact' },
    { name: 'Vendor2__c', label: 'Second Vendor', length: null, made: 'lookup_contact' },
    { name: 'Buyer__c', label: 'Buyer', length: null, made: 'lookup_contact' },
    { name: 'Buyer2__c', label: 'Second Buyer', length: null, made: 'lookup_contact' },
    { name: 'Milestones__c', label: 'Milestones', length: LONG_TEXT_LENGTH, made: 'long_text' },
    { name: 'RiskOverview__c', label: 'Risk Overview', length: LONG_TEXT_LENGTH, made: 'long_text' },
  ],
};

export const OPPORTUNITY: CrmObject = {
  kind: 'deal',
  name: 'Opportunity',
  label: 'Opportunity',
  fields: [
    zenaId,
    { name: 'Name', label: 'Opportunity Name', length: 120 },
    { name: 'StageName', label: 'Stage', length: TEXT_LENGTH },
    { name: 'Property__c', label: 'Property', length: null, made: 'lookup_property' },
    { name: 'RiskLevel__c', label: 'Risk Level', length: TEXT_LENGTH, made: 'text' },
    { name: 'RiskFlags__c', label: 'Risk Flags', length: LONG_TEXT_LENGTH, made: 'long_text' },
    { name: 'NextStep', label: 'Next Step', length: TEXT_LENGTH },
    { name: 'NextActionOwner__c', label: 'Next Action Owner', length: TEXT_LENGTH, made: 'text' },
    { name: 'Description', label: 'Description', length: DESCRIPTION_LENGTH },
  ],
};

export const OBJECTS: readonly CrmObject[] = [CONTACT, PROPERTY, OPPORTUNITY];

/** What people enter beside the mapped fields, in fields that Salesforce has; those of the org's own count, too. */
export const PEOPLES_FIELDS: Readonly<Record<EntityKind, readonly string[]>> = {
  contact: [
    ...['Salutation', 'Title', 'Department', 'MobilePhone', 'HomePhone', 'OtherPhone', 'AssistantPhone'],
    ...['AssistantName', 'Fax', 'Birthdate', 'LeadSource', 'ReportsToId'],
    ...['MailingStreet', 'MailingCity', 'MailingState', 'MailingPostalCode', 'MailingCountry'],
    ...['OtherStreet', 'OtherCity', 'OtherState', 'OtherPostalCode', 'OtherCountry'],
  ],
  property: [],
  deal: ['Amount', 'LeadSource', 'Type', 'CampaignId'],
};

/** The longest text that a field takes; null: it is no text. */
export function lengthOf({ fields }: CrmObject, name: string): number | null {
  return fields.find((field) => field.name === name)?.length ?? null;
}
