import type { Json, JsonObject } from '../../domain/json.ts';

/** What an agency has set up, the same in each run: what the API lists, by its path. */
const named = (names: readonly string[], firstId = 1) =>
  names.map((name, at) => ({ id: firstId + at, name }));

const CLASSES = [
  { id: 1, name: 'Residential', internalName: 'residential' },
  { id: 2, name: 'Commercial', internalName: 'commercial' },
  { id: 3, name: 'Business', internalName: 'business' },
  { id: 4, name: 'Rural', internalName: 'rural' },
  { id: 5, name: 'Holiday Rental', internalName: 'holidayRental' },
  { id: 6, name: 'Land', internalName: 'land' },
  { id: 7, name: 'Livestock', internalName: 'livestock' },
  { id: 8, name: 'Clearing Sales', internalName: 'clearingSales' },
] as const;

/** Types of property, by class. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  residential: ['House', 'Unit', 'Apartment', 'Townhouse', 'Villa', 'Duplex'],
  commercial: ['Office', 'Retail', 'Industrial/Warehouse'],
  business: ['Business'],
  rural: ['Acreage', 'Farm', 'Lifestyle'],
  land: ['Residential Land', 'Development Site'],
  livestock: ['Livestock'],
  clearingSales: ['Clearing Sale'],
};

/** The class as the API shows it; null: there is no such one. */
export function classNamed(name: string): JsonObject | null {
  return CLASSES.find(({ internalName }) => internalName === name) ?? null;
}

const PROPERTY_TYPES = CLASSES.flatMap((propertyClass) =>
  (TYPES[propertyClass.internalName] ?? []).map((name) => ({ name, propertyClass })),
).map((type, at) => ({ id: 101 + at, ...type }));

export const USER: JsonObject = {
  id: 911,
  firstName: 'Sam',
  lastName: 'Sandbox',
  username: 'sam.sandbox',
  email: 'sam@agency.example',
  adminAccess: true,
  position: 'Office manager',
  role: 'residentialSales',
  permissions: {
    canLogin: true,
    deleteContacts: true,
    deleteProperties: true,
    globalContactsReadWrite: true,
  },
  account: { id: 603, name: 'Sandgate Sandbox Realty' },
};

export const ACCOUNT: JsonObject = {
  id: 603,
  name: 'Sandgate Sandbox Realty',
  businessName: 'Sandgate Sandbox Realty Pty Ltd',
  timezone: 'Australia/Brisbane',
  openDatabase: true,
  email: 'office@agency.example',
};

/** What contacts can be filed under. */
export const CONTACT_CATEGORIES = named(
  ['Buyer', 'Vendor', 'Market', 'Tradesperson', 'Agent', 'Other', 'Investor', 'Landlord', 'VIP'],
  201,
);

export const ENTITY_TYPES = named(['Person', 'Company', 'Trust'], 1);
export const CONTACT_NOTE_TYPES = named(['General', 'Phone Call', 'Email', 'Appraisal'], 301);
export const PROPERTY_NOTE_TYPES = named(['General', 'Vendor Feedback', 'Campaign'], 401);
export const OFFER_STATUSES = named(['Pending', 'Accepted', 'Declined'], 1);

/** Lists that are paged. */
export const PAGED_TABLES: Readonly<Record<string, readonly JsonObject[]>> = {
  '/account/users': [USER],
  '/account/branches': [{ id: 71, name: 'Sandgate', shortName: 'SGT' }],
  '/account/enquirySources': named(['Website', 'Portal', 'Open home', 'Referral'], 501),
  '/categories/contact': CONTACT_CATEGORIES,
  '/categories/contact/groups': named(['Relationship'], 1),
  '/categories/property': named(['Featured', 'Waterfront'], 251),
  '/types/contactnotes': CONTACT_NOTE_TYPES,
  '/types/propertynotes': PROPERTY_NOTE_TYPES,
  '/types/propertyClass': CLASSES,
  '/types/propertyType': PROPERTY_TYPES,
  '/types/entityTypes': ENTITY_TYPES,
  '/types/methodOfSale': named(['Private Treaty', 'Auction', 'Tender', 'Set Sale Date'], 1),
  '/types/customUnsubscribe': named(['Newsletter', 'Market report'], 601),
};

/** Lists that are answered whole. */
export const WHOLE_TABLES: Readonly<Record<string, Json>> = {
  '/account': ACCOUNT,
  '/user': { ...USER, teams: [{ id: 31, name: 'Sales' }] },
  '/responseCodes': [
    { code: 'INVALID_DATA', msg: 'The data is not valid.' },
    { code: 'NOT_FOUND', msg: 'There is no such record.' },
    { code: 'NO_PERMISSION', msg: 'The user has no permission for this.' },
    { code: 'STATUS_NOT_CHANGED', msg: 'Status could not be changed.' },
  ],
};
