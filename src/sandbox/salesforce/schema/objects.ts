import {
  field,
  flag,
  longText,
  owner,
  pickList,
  readOnly,
  reference,
  required,
  SYSTEM_FIELDS,
  text,
  zenaId,
  type SfField,
} from './field.ts';

export const SF_OBJECTS = [
  'Organization',
  'User',
  'Account',
  'Contact',
  'Lead',
  'Opportunity',
  'OpportunityContactRole',
  'OpportunityStage',
  'Property__c',
  'Task',
  'Note',
] as const;
export type SfObjectName = (typeof SF_OBJECTS)[number];

/** A child's records under its parent's, as in `(SELECT Id FROM Contacts)`. */
export interface ChildRelationship {
  readonly name: string;
  readonly child: SfObjectName;
  readonly field: string;
}

export interface SfObject {
  readonly name: SfObjectName;
  readonly label: string;
  readonly labelPlural: string;
  /** What its ids begin with. */
  readonly prefix: string;
  readonly fields: readonly SfField[];
  readonly children: readonly ChildRelationship[];
  readonly isWritable: boolean;
}

const address = (prefix: string): SfField[] => [
  field(`${prefix}Street`, 'textarea', 255),
  text(`${prefix}City`, 40),
  text(`${prefix}State`, 80),
  text(`${prefix}PostalCode`, 20),
  text(`${prefix}Country`, 80),
];

const PERSON_NAME: readonly SfField[] = [
  text('LastName', 80, required),
  text('FirstName', 40),
  pickList('Salutation', ['Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Prof.', 'Mx.']),
  text('Name', 121, { ...readOnly, calculated: true }),
];

const LEAD_SOURCES = ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other'] as const;

/** The default stages (VERIFIED-3); the real ones are each org's own. */
export const STAGES = [
  'Prospecting',
  'Qualification',
  'Needs Analysis',
  'Value Proposition',
  'Id. Decision Makers',
  'Perception Analysis',
  'Proposal/Price Quote',
  'Negotiation/Review',
  'Closed Won',
  'Closed Lost',
] as const;

const many = (name: string, child: SfObjectName, by: string): ChildRelationship => ({
  name,
  child,
  field: by,
});

const PEOPLE: readonly SfObject[] = [
  {
    name: 'Organization',
    label: 'Organization',
    labelPlural: 'Organizations',
    prefix: '00D',
    isWritable: false,
    children: [],
    fields: [
      text('Name', 80),
      text('OrganizationType', 40, readOnly),
      text('InstanceName', 5, readOnly),
      flag('IsSandbox', readOnly),
      text('PrimaryContact', 80),
      text('TimeZoneSidKey', 40),
      text('LanguageLocaleKey', 40),
    ],
  },
  {
    name: 'User',
    label: 'User',
    labelPlural: 'Users',
    prefix: '005',
    isWritable: false,
    children: [],
    fields: [
      ...PERSON_NAME,
      text('Username', 80, required),
      field('Email', 'email', 128, required),
      text('Alias', 8),
      flag('IsActive', { byDefault: true }),
      text('UserType', 40, readOnly),
      text('TimeZoneSidKey', 40),
      text('LocaleSidKey', 40),
    ],
  },
  {
    name: 'Account',
    label: 'Account',
    labelPlural: 'Accounts',
    prefix: '001',
    isWritable: true,
    children: [many('Contacts', 'Contact', 'AccountId'), many('Opportunities', 'Opportunity', 'AccountId')],
    fields: [
      reference('MasterRecordId', ['Account'], readOnly),
      text('Name', 255, required),
      pickList('Type', ['Prospect', 'Customer - Direct', 'Customer - Channel', 'Other']),
      pickList('Industry', ['Agriculture', 'Banking', 'Construction', 'Consulting', 'Other']),
      reference('ParentId', ['Account']),
      ...address('Billing'),
      ...address('Shipping'),
      field('Phone', 'phone', 40),
      field('Fax', 'phone', 40),
      field('Website', 'url', 255),
      text('AccountNumber', 40),
      field('AnnualRevenue', 'currency', 0),
      field('NumberOfEmployees', 'int', 0),
      longText('Description', 32_000),
      owner(),
      zenaId(),
    ],
  },
  {
    name: 'Contact',
    label: 'Contact',
    labelPlural: 'Contacts',
    prefix: '003',
    isWritable: true,
    children: [
      many('OpportunityContactRoles', 'OpportunityContactRole', 'ContactId'),
      many('Tasks', 'Task', 'WhoId'),
    ],
    fields: [
      reference('MasterRecordId', ['Contact'], readOnly),
      reference('AccountId', ['Account']),
      ...PERSON_NAME,
      ...address('Mailing'),
      ...address('Other'),
      field('Phone', 'phone', 40),
      field('MobilePhone', 'phone', 40),
      field('HomePhone', 'phone', 40),
      field('OtherPhone', 'phone', 40),
      field('Fax', 'phone', 40),
      field('Email', 'email', 80),
      text('Title', 128),
      text('Department', 80),
      field('Birthdate', 'date', 0),
      pickList('LeadSource', LEAD_SOURCES),
      longText('Description', 32_000),
      flag('HasOptedOutOfEmail'),
      flag('HasOptedOutOfFax'),
      flag('DoNotCall'),
      reference('ReportsToId', ['Contact'], { relationshipName: 'ReportsTo' }),
      owner(),
      zenaId(),
      text('ZenaRole__c', 255),
    ],
  },
  {
    name: 'Lead',
    label: 'Lead',
    labelPlural: 'Leads',
    prefix: '00Q',
    isWritable: true,
    children: [],
    fields: [
      reference('MasterRecordId', ['Lead'], readOnly),
      ...PERSON_NAME,
      text('Company', 255, required),
      text('Title', 128),
      field('Email', 'email', 80),
      field('Phone', 'phone', 40),
      field('MobilePhone', 'phone', 40),
      pickList('Status', ['Open - Not Contacted', 'Working - Contacted', 'Closed - Converted'], {
        nillable: false,
        byDefault: 'Open - Not Contacted',
      }),
      pickList('LeadSource', LEAD_SOURCES),
      flag('IsConverted', readOnly),
      longText('Description', 32_000),
      owner(),
    ],
  },
];

const DEALS: readonly SfObject[] = [
  {
    name: 'Opportunity',
    label: 'Opportunity',
    labelPlural: 'Opportunities',
    prefix: '006',
    isWritable: true,
    children: [
      many('OpportunityContactRoles', 'OpportunityContactRole', 'OpportunityId'),
      many('Tasks', 'Task', 'WhatId'),
    ],
    fields: [
      reference('AccountId', ['Account']),
      text('Name', 120, required),
      longText('Description', 32_000),
      pickList('StageName', STAGES, required),
      field('Amount', 'currency', 0),
      field('Probability', 'percent', 0),
      field('CloseDate', 'date', 0, required),
      pickList('Type', ['Existing Business', 'New Business']),
      text('NextStep', 255),
      pickList('LeadSource', LEAD_SOURCES),
      flag('IsClosed', { ...readOnly, calculated: true }),
      flag('IsWon', { ...readOnly, calculated: true }),
      owner(),
      zenaId(),
      reference('Property__c', ['Property__c']),
      text('RiskLevel__c', 255),
      longText('RiskFlags__c'),
      text('NextActionOwner__c', 255),
    ],
  },
  {
    name: 'OpportunityContactRole',
    label: 'Opportunity Contact Role',
    labelPlural: 'Opportunity Contact Roles',
    prefix: '00K',
    isWritable: true,
    children: [],
    fields: [
      reference('OpportunityId', ['Opportunity'], { nillable: false, updateable: false }),
      reference('ContactId', ['Contact'], { nillable: false }),
      pickList('Role', ['Business User', 'Decision Maker', 'Evaluator', 'Influencer', 'Other']),
      flag('IsPrimary'),
    ],
  },
  {
    name: 'OpportunityStage',
    label: 'Opportunity Stage',
    labelPlural: 'Opportunity Stages',
    prefix: '01J',
    isWritable: false,
    children: [],
    fields: [
      text('MasterLabel', 255, readOnly),
      text('ApiName', 255, readOnly),
      flag('IsActive', readOnly),
      field('SortOrder', 'int', 0, readOnly),
      flag('IsClosed', readOnly),
      flag('IsWon', readOnly),
      field('DefaultProbability', 'percent', 0, readOnly),
    ],
  },
  {
    name: 'Property__c',
    label: 'Property',
    labelPlural: 'Properties',
    prefix: 'a00',
    isWritable: true,
    children: [many('Opportunities__r', 'Opportunity', 'Property__c')],
    fields: [
      text('Name', 80),
      owner(),
      zenaId(),
      text('Address__c', 255),
      reference('Vendor__c', ['Contact']),
      reference('Vendor2__c', ['Contact']),
      reference('Buyer__c', ['Contact']),
      reference('Buyer2__c', ['Contact']),
      longText('Milestones__c'),
      longText('RiskOverview__c'),
      pickList('Status__c', ['Appraisal', 'Listed', 'Under Offer', 'Sold'], { restricted: true }),
    ],
  },
  {
    name: 'Task',
    label: 'Task',
    labelPlural: 'Tasks',
    prefix: '00T',
    isWritable: true,
    children: [],
    fields: [
      reference('WhoId', ['Contact', 'Lead']),
      reference('WhatId', ['Account', 'Opportunity', 'Property__c']),
      text('Subject', 255),
      field('ActivityDate', 'date', 0),
      pickList('Status', ['Not Started', 'In Progress', 'Completed', 'Waiting on someone else', 'Deferred'], {
        nillable: false,
        byDefault: 'Not Started',
      }),
      pickList('Priority', ['High', 'Normal', 'Low'], { nillable: false, byDefault: 'Normal' }),
      longText('Description', 32_000),
      owner(),
    ],
  },
  {
    name: 'Note',
    label: 'Note',
    labelPlural: 'Notes',
    prefix: '002',
    isWritable: true,
    children: [],
    fields: [
      reference('ParentId', ['Contact', 'Account', 'Opportunity', 'Property__c', 'Lead'], {
        nillable: false,
        updateable: false,
      }),
      text('Title', 80, required),
      flag('IsPrivate'),
      longText('Body', 32_000),
      owner(),
    ],
  },
];

/** Every object of a fresh org, with the package that an administrator deployed. */
export const OBJECTS: readonly SfObject[] = [...PEOPLE, ...DEALS].map((object) => ({
  ...object,
  fields: [...SYSTEM_FIELDS.slice(0, 1), ...object.fields, ...SYSTEM_FIELDS.slice(1)],
}));
