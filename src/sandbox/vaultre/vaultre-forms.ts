import {
  email,
  flag,
  list,
  number,
  object,
  oneOf,
  reference,
  text,
  time,
  whole,
  type Members,
} from './body-shapes.ts';

const phone = object({
  number: text,
  typeCode: oneOf('H', 'W', 'M', 'F', 'D'),
  type: oneOf('Home', 'Work', 'Mobile', 'Facsimile', 'Direct'),
  comment: text,
});

const address = object({
  level: text,
  unitNumber: text,
  streetNumber: text,
  street: text,
  suburb: reference,
});

const area = object({ value: whole, units: oneOf('sqm', 'acre', 'hectare') });
const rate = object({ value: number, period: oneOf('pa', 'pq') });

/** What a contact takes: the specification's `UpdateContact`. */
export const CONTACT_MEMBERS: Members = {
  title: text,
  firstName: text,
  lastName: text,
  greeting: text,
  partnerTitle: text,
  partnerFirstName: text,
  partnerLastName: text,
  company: text,
  position: text,
  address,
  postalAddress: address,
  onDoNotCallList: flag,
  archived: flag,
  unsubscribe: object({ email: flag, sms: flag, letters: flag }),
  emails: list(email),
  phoneNumbers: list(phone),
  legalDescription: text,
  abn: text,
  acn: text,
  accessBy: list(reference),
  editableBy: list(reference),
  sourceOfEnquiry: reference,
  marketingUsers: list(object({ id: whole, user: reference })),
  customUnsubscribe: list(reference),
};

/** What it takes only when it is made: `AddContact`. */
export const NEW_CONTACT_MEMBERS: Members = { ...CONTACT_MEMBERS, inserted: time, entityType: reference };

const EVERY_CLASS: Members = {
  branch: reference,
  building: reference,
  type: reference,
  address,
  referenceID: text,
  searchPrice: number,
  displayPrice: text,
  heading: text,
  description: text,
  brochureDescription: text,
  windowCardDescription: text,
  landArea: area,
  volumeNumber: text,
  folioNumber: text,
  corelogicId: whole,
  yearBuilt: whole,
  accessBy: list(reference),
  editableBy: list(reference),
  appraisal: time,
  appraisalPriceLower: number,
  appraisalPriceUpper: number,
  contactStaff: list(reference),
  externalLinks: list(
    object({ id: number, url: text, modified: time, type: object({ id: whole, name: text }) }),
  ),
  mobileMarketingDescription: text,
  internalRemarks: text,
  certificateOfTitle: text,
  legalDescription: text,
  rpdp: text,
  lotNumber: text,
  status: oneOf('prospect', 'appraisal'),
  rates: object({ water: rate, council: rate, strata: rate }),
  priceOnApplication: flag,
  authorityStart: time,
  authorityEnd: time,
  sellingFeePercent: number,
  sellingFeeFixed: number,
  vpa: number,
  agentPriceOpinion: number,
  agentPriceOpinionUpper: number,
  rateableValue: whole,
  landValue: whole,
  improvementValue: whole,
  methodOfsale: reference,
  authorityType: reference,
  tenureOrTitleType: reference,
  auctionDetails: object({ dateTime: time, venue: text, auctioneer: text }),
  tenderDetails: object({ dateTime: time }),
  setSaleDateDetails: object({ dateTime: time }),
};

const ROOMS: Members = {
  bed: whole,
  bath: whole,
  garages: whole,
  carports: whole,
  openSpaces: whole,
  ensuites: whole,
  toilets: whole,
  receptionRooms: whole,
};

const COMMERCIAL: Members = {
  carSpaces: whole,
  commercialLeasePrice: number,
  commercialLeasePriceIncludesGst: flag,
  includesOutgoings: flag,
  outgoingsPerAnnum: number,
  outgoingsText: text,
};

export const PROPERTY_CLASSES = [
  'residential',
  'land',
  'commercial',
  'rural',
  'business',
  'livestock',
  'clearingSales',
] as const;
export type PropertyClass = (typeof PROPERTY_CLASSES)[number];

/** What the sale of a property takes, by class: the specification's `AddUpdate…SaleProperty`. */
export const PROPERTY_MEMBERS: Readonly<Record<PropertyClass, Members>> = {
  residential: { ...EVERY_CLASS, ...ROOMS, floorArea: area },
  land: EVERY_CLASS,
  commercial: { ...EVERY_CLASS, ...COMMERCIAL, floorArea: area },
  rural: { ...EVERY_CLASS, ...ROOMS, floorArea: area },
  business: { ...EVERY_CLASS, floorArea: area },
  livestock: { ...EVERY_CLASS, ...ROOMS, floorArea: area },
  clearingSales: { ...EVERY_CLASS, ...ROOMS, floorArea: area },
};

export const CONTACT_NOTE_MEMBERS: Members = {
  body: text,
  readOnly: flag,
  type: reference,
  reminder: object({ date: time, user: reference }),
  inserted: time,
  accessBy: list(reference),
  insertedBy: reference,
};

export const CONTACT_NOTES_MEMBERS: Members = {
  type: reference,
  readOnly: flag,
  inserted: time,
  accessBy: list(reference),
  notes: list(object({ contact: reference, body: text })),
};

export const PROPERTY_NOTE_MEMBERS: Members = { body: text, readOnly: flag, type: reference, inserted: time };

export const OFFER_MEMBERS: Members = {
  contact: reference,
  details: text,
  leaseLifeId: whole,
  saleLifeId: whole,
  offerDate: time,
  offerPrice: number,
  status: reference,
};

/** A list of ids in a body: `{"items": [{"id": 1}]}`. */
export const ITEMS_MEMBERS: Members = { items: list(reference) };
export const REFERENCE_MEMBERS: Members = { id: whole };
