import type { Json, JsonObject } from '../../domain/json.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import {
  ACCOUNT,
  classNamed,
  CONTACT_NOTE_TYPES,
  ENTITY_TYPES,
  PAGED_TABLES,
  PROPERTY_NOTE_TYPES,
  USER,
} from './account-tables.ts';
import { suburbById } from './suburb-table.ts';
import { CONTACT_MEMBERS, PROPERTY_MEMBERS, type PropertyClass } from './vaultre-forms.ts';
import {
  classOf,
  displayAddressOf,
  displayNameOf,
  emailsOf,
  saleLifeOf,
  statusOf,
  textIn,
} from './vaultre-record.ts';
import type { VaultreSettings } from './vaultre-settings.ts';

type Unset = Pick<VaultreSettings, 'unset'>;
type Named = readonly JsonObject[];

const USERS: Named = PAGED_TABLES['/account/users'] ?? [];
const SOURCES: Named = PAGED_TABLES['/account/enquirySources'] ?? [];
const UNSUBSCRIBES: Named = PAGED_TABLES['/types/customUnsubscribe'] ?? [];
const TYPES: Named = PAGED_TABLES['/types/propertyType'] ?? [];
const METHODS: Named = PAGED_TABLES['/types/methodOfSale'] ?? [];
const BRANCHES: Named = PAGED_TABLES['/account/branches'] ?? [];
const PHONE_TYPES: Readonly<Record<string, string>> = {
  H: 'Home',
  W: 'Work',
  M: 'Mobile',
  F: 'Facsimile',
  D: 'Direct',
};

/** `2018-05-22T01:12:59+00:00`. */
export function wireTime(millis: number): string {
  return new Date(millis).toISOString().replace(/\.\d+Z$/, '+00:00');
}

/** A contact as a list shows it. */
export function wireContact(record: StoredRecord, { unset }: Unset): JsonObject {
  const { id, fields, createdAt, updatedAt } = record;
  const hidden = ['accessBy', 'editableBy', 'sourceOfEnquiry'];
  const shown = membersOf(fields, CONTACT_MEMBERS, hidden, unset);
  const entityType = isJsonObject(fields['entityType']) ? fields['entityType'] : { id: 1 };
  return {
    id: Number(id),
    onDoNotCallList: false,
    archived: false,
    ...shown,
    ...addresses(fields),
    displayName: displayNameOf(fields),
    unsubscribe: { email: false, sms: false, letters: false, ...objectIn(fields, 'unsubscribe') },
    emails: emailsOf(fields),
    phoneNumbers: listIn(fields, 'phoneNumbers').map(wirePhone),
    marketingUsers: listIn(fields, 'marketingUsers').map(({ id: position, user }) => ({
      ...(position !== undefined && { id: position }),
      user: access(isJsonObject(user) ? user : {}),
    })),
    customUnsubscribe: expandAll(fields['customUnsubscribe'], UNSUBSCRIBES),
    entityType: expand(entityType, ENTITY_TYPES),
    ...(textIn(fields, 'remoteId') !== '' && { remoteId: textIn(fields, 'remoteId') }),
    inserted: textIn(fields, 'inserted') || wireTime(createdAt),
    modified: wireTime(updatedAt),
    touched: wireTime(updatedAt),
  };
}

/** A contact as it is shown by itself: `ContactExtended`. */
export function wireWholeContact(record: StoredRecord, settings: Unset): JsonObject {
  const { fields } = record;
  const source = fields['sourceOfEnquiry'];
  return {
    ...wireContact(record, settings),
    accessBy: listIn(fields, 'accessBy').map(access),
    ...(isJsonObject(source) && { sourceOfEnquiry: expand(source, SOURCES) }),
  };
}

/** What a search shows of a contact. */
export function wireFoundContact({ id, fields }: Pick<StoredRecord, 'id' | 'fields'>): JsonObject {
  return {
    id: Number(id),
    name: displayNameOf(fields),
    ...Object.fromEntries(
      ['greeting', 'firstName', 'lastName'].flatMap((name) =>
        textIn(fields, name) === '' ? [] : [[name, textIn(fields, name)]],
      ),
    ),
    emails: emailsOf(fields),
    phoneNumbers: listIn(fields, 'phoneNumbers').map(wirePhone),
    marketingUsers: [],
    editableBy: listIn(fields, 'editableBy').map(access),
  };
}

/** A contact where a property's life lists it. */
export function wireSummary({ id, fields, createdAt, updatedAt }: StoredRecord): JsonObject {
  return {
    id: Number(id),
    displayName: displayNameOf(fields),
    inserted: wireTime(createdAt),
    modified: wireTime(updatedAt),
    emails: emailsOf(fields),
    phoneNumbers: listIn(fields, 'phoneNumbers').map(wirePhone),
  };
}

/** Of what a property takes, what only a residential one shows again. */
const SHOWN_OF_RESIDENTIAL_ONLY = [
  'agentPriceOpinion',
  'agentPriceOpinionUpper',
  'appraisal',
  'authorityEnd',
  'authorityStart',
  'authorityType',
  'branch',
  'improvementValue',
  'internalRemarks',
  'landValue',
  'methodOfsale',
  'mobileMarketingDescription',
  'priceOnApplication',
  'rateableValue',
  'rates',
  'sellingFeeFixed',
  'sellingFeePercent',
  'tenureOrTitleType',
  'vpa',
];
/** Classes that show no more of their staff than the ids. */
const BARE_STAFF = ['land', 'commercial', 'business'];
const NEVER_IN_ALL_SALES = ['auctionDetails', 'tenderDetails', 'setSaleDateDetails'];
const NEVER_SHOWN = ['appraisalPriceLower', 'appraisalPriceUpper'];
/** Of what a property of any class takes, what the list over all classes and the property by itself show. */
const SHOWN_OF_ANY = [
  'building',
  'type',
  'address',
  'referenceID',
  'searchPrice',
  'displayPrice',
  'heading',
  'description',
  'brochureDescription',
  'windowCardDescription',
  'landArea',
  'volumeNumber',
  'folioNumber',
  'corelogicId',
  'yearBuilt',
  'lotNumber',
  'certificateOfTitle',
  'legalDescription',
  'rpdp',
];

/** A property as the list over all classes shows it. */
export function wireProperty(record: StoredRecord, { unset }: Unset): JsonObject {
  const hidden = Object.keys(PROPERTY_MEMBERS.residential).filter((name) => !SHOWN_OF_ANY.includes(name));
  return propertyWith(record, hidden, unset);
}

/** The same by itself. */
export function wireWholeProperty(record: StoredRecord, settings: Unset): JsonObject {
  return {
    ...wireProperty(record, settings),
    ...whoMay(record.fields),
    saleLife: { id: saleLifeOf(record), status: statusOf(record.fields) },
  };
}

/** A sale in a list of its class. */
export function wireSale(record: StoredRecord, { unset }: Unset): JsonObject {
  const { fields } = record;
  const residential = classOf(fields) === 'residential' ? [] : SHOWN_OF_RESIDENTIAL_ONLY;
  const shown = propertyWith(record, [...residential, ...NEVER_SHOWN, 'accessBy', 'editableBy'], unset);
  return { ...shown, status: statusOf(fields), portalStatus: statusOf(fields) };
}

/** A sale in the list of all sales. */
export function wireAnySale(record: StoredRecord, settings: Unset): JsonObject {
  const hidden = [...SHOWN_OF_RESIDENTIAL_ONLY, ...NEVER_IN_ALL_SALES, 'contactStaff'];
  const shown = Object.entries(wireSale(record, settings)).filter(([name]) => !hidden.includes(name));
  return Object.fromEntries(shown);
}

/** A sale by itself. */
export function wireWholeSale(record: StoredRecord, settings: Unset): JsonObject {
  return { ...wireSale(record, settings), ...whoMay(record.fields) };
}

export function wireFoundProperty(record: Pick<StoredRecord, 'id' | 'fields'>): JsonObject {
  const { id, fields } = record;
  const life = { id: saleLifeOf(record), status: statusOf(fields), portalStatus: statusOf(fields) };
  return {
    id: Number(id),
    saleLifeId: life.id,
    ...addresses(fields),
    displayAddress: displayAddressOf(fields),
    class: classNamed(classOf(fields)),
    saleLife: life,
  };
}

export function wireContactNote(record: StoredRecord): JsonObject {
  const { fields } = record;
  return { ...noteWith(record, CONTACT_NOTE_TYPES), contact: { id: Number(fields['contactId']) } };
}

export function wirePropertyNote(record: StoredRecord): JsonObject {
  return noteWith(record, PROPERTY_NOTE_TYPES);
}

function noteWith({ id, fields, createdAt, updatedAt }: StoredRecord, types: Named): JsonObject {
  const type = fields['type'];
  return {
    id: Number(id),
    inserted: textIn(fields, 'inserted') || wireTime(createdAt),
    modified: wireTime(updatedAt),
    body: textIn(fields, 'body'),
    readOnly: fields['readOnly'] === true,
    insertedBy: USER,
    ...(isJsonObject(type) && { type: expand(type, types) }),
  };
}

function propertyWith(
  record: StoredRecord,
  hidden: readonly string[],
  unset: VaultreSettings['unset'],
): JsonObject {
  const { id, fields, createdAt, updatedAt } = record;
  const kind = classOf(fields) as PropertyClass;
  const members = membersOf(fields, PROPERTY_MEMBERS[kind] ?? {}, [...hidden, 'status'], unset);
  const named: readonly (readonly [string, Named])[] = [
    ['type', TYPES],
    ['methodOfsale', METHODS],
    ['branch', BRANCHES],
  ];
  const expanded = named.flatMap(([name, table]) => {
    const value = fields[name];
    return isJsonObject(value) && !hidden.includes(name) ? [[name, expand(value, table)] as const] : [];
  });
  return {
    ...members,
    ...Object.fromEntries(expanded),
    id: Number(id),
    class: classNamed(kind),
    ...addresses(fields),
    displayAddress: displayAddressOf(fields),
    saleLifeId: saleLifeOf(record),
    account: { id: ACCOUNT['id'] ?? 0, name: ACCOUNT['name'] ?? '' },
    ...(!hidden.includes('contactStaff') && {
      contactStaff: listIn(fields, 'contactStaff').map(BARE_STAFF.includes(kind) ? bare : staff),
    }),
    inserted: wireTime(createdAt),
    modified: wireTime(updatedAt),
  };
}

function whoMay(fields: JsonObject): JsonObject {
  return {
    accessBy: listIn(fields, 'accessBy').map(access),
    editableBy: listIn(fields, 'editableBy').map(access),
  };
}

/** What a record was given, by the names that it can be given. */
function membersOf(
  fields: JsonObject,
  members: Readonly<Record<string, unknown>>,
  hidden: readonly string[],
  unset: VaultreSettings['unset'],
): JsonObject {
  const names = Object.keys(members).filter((name) => !hidden.includes(name));
  return Object.fromEntries(
    names.flatMap((name): [string, Json][] => {
      const value = fields[name];
      if (value !== undefined && value !== null) return [[name, value]];
      return unset === 'null' ? [[name, null]] : [];
    }),
  );
}

/** Addresses with their suburbs in full. */
function addresses(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    ['address', 'postalAddress'].flatMap((name): [string, Json][] => {
      const address = fields[name];
      if (!isJsonObject(address)) return [];
      const { suburb, ...street } = address;
      const known = isJsonObject(suburb) ? suburbById(suburb['id']) : null;
      const country = { id: 1, name: 'Australia', isocode: 'AU' };
      return [[name, { ...street, ...(known && { suburb: known.shown, country }) }]];
    }),
  );
}

function wirePhone(phone: JsonObject): JsonObject {
  const typeCode = textIn(phone, 'typeCode') || codeOfType(textIn(phone, 'type')) || 'M';
  const comment = textIn(phone, 'comment');
  return {
    number: textIn(phone, 'number'),
    typeCode,
    type: PHONE_TYPES[typeCode] ?? 'Mobile',
    ...(comment !== '' && { comment }),
  };
}

function codeOfType(type: string): string {
  return Object.entries(PHONE_TYPES).find(([, name]) => name === type)?.[0] ?? '';
}

const access = ({ id }: JsonObject): JsonObject => {
  const user = USERS.find((each) => each['id'] === id);
  return { id: id ?? 0, name: user === undefined ? 'A user' : displayNameOf(user) };
};

const bare = ({ id }: JsonObject): JsonObject => ({ id: id ?? 0 });

const staff = ({ id }: JsonObject): JsonObject =>
  USERS.find((each) => each['id'] === id) ?? { id: id ?? 0, firstName: 'A', lastName: 'user' };

function expand(value: JsonObject, table: Named): JsonObject {
  return table.find(({ id }) => id === value['id']) ?? value;
}

function expandAll(value: Json | undefined, table: Named): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject).map((each) => expand(each, table)) : [];
}

function listIn(fields: JsonObject, name: string): JsonObject[] {
  const value = fields[name];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function objectIn(fields: JsonObject, name: string): JsonObject {
  const value = fields[name];
  return isJsonObject(value) ? value : {};
}
