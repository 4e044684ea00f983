import type { ChangeEvent } from '../../src/domain/change-event.ts';
import type { Contact, Deal, EntityBody, Property } from '../../src/domain/entity.ts';
import type { VaultFields } from '../../src/sandbox/mri-vault/vault-record.ts';
import type { InTheAir } from './in-the-air.ts';

/** Whose values are written in many ways, and edited by people in the CRM. */
export const FORMS = 'forms';
/** Who has disconnected. */
export const GONE = 'gone';

const host = `${FORMS}.example.test`;
const idOf = (userId: string, kind: string, id: string): string => `zenaid-${userId}-${kind}-${id}`;

function eventOf(userId: string, id: string, body: EntityBody, version: number): ChangeEvent {
  const entityId = idOf(userId, body.kind, id);
  return {
    kind: body.kind,
    userId,
    entityId,
    version,
    body,
    eventId: `${entityId}-${version}`,
    occurredAt: Date.now(),
    operation: 'UPSERT',
    origin: 'zena',
    accountId: null,
    causationId: null,
  };
}

const person = (first: string, over: Partial<Contact>, version = 1, userId = FORMS): ChangeEvent =>
  eventOf(
    userId,
    first,
    {
      kind: 'contact',
      contact: {
        name: `${first} Of Forms`,
        emails: [`${first.toLowerCase()}@${host}`],
        phones: ['021 777'],
        role: 'buyer',
        relationshipNotes: [],
        doNotContact: null,
        attributes: {},
        ...over,
      },
    },
    version,
  );

const house = (
  id: string,
  address: string,
  over: Partial<Property> = {},
  version = 1,
  userId = FORMS,
): ChangeEvent =>
  eventOf(
    userId,
    id,
    {
      kind: 'property',
      property: {
        address,
        vendors: [],
        buyers: [],
        milestones: [],
        riskOverview: 'v1',
        attributes: {},
        ...over,
      },
    },
    version,
  );

const offer = (id: string, property: string, over: Partial<Deal> = {}, version = 1): ChangeEvent =>
  eventOf(
    FORMS,
    id,
    {
      kind: 'deal',
      deal: {
        propertyId: idOf(FORMS, 'property', property),
        stage: 'under_offer',
        riskLevel: 'low',
        riskFlags: [],
        nextAction: null,
        nextActionOwner: null,
        summary: id,
        contacts: [],
        attributes: {},
        ...over,
      },
    },
    version,
  );

const NOTES = ['First line', 'Second line', 'Third line'];
const twins = { emails: [`twin@${host}`] };

/** What people had in the CRM: `Kept` is adopted by the old program; of `Left` nobody knows until its e-mail is read. */
export const FORMS_IN_CRM_BEFORE: Readonly<Record<'contacts' | 'properties', readonly VaultFields[]>> = {
  contacts: [
    { firstName: 'Before', email: `kept@${host}` },
    { firstName: 'Before', email: `left@${host}`, phone: '09 LEFT', notes: 'Theirs of Left' },
  ],
  properties: [],
};

/** Delivered by the old program, which sends e-mails as they are, and takes placeholders for keys. */
export const FORMS_SETTLED: readonly ChangeEvent[] = [
  person('Marked', { emails: [`marked@${host}\u200b`], phones: ['\u202a021 111\u202c'] }),
  person('Wrapped', { emails: [`Mary Jones <wrapped@${host}>`] }),
  person('Upper', { emails: [`UPPER@Forms.Example.TEST`] }),
  person('Blank', { emails: ['', `blank@${host}`] }),
  person('Left', { emails: ['  ', `left@${host}`], relationshipNotes: ['Zena of Left'] }),
  person('NoneA', { emails: [`noemail@${host}`] }),
  person('NoneB', { emails: [`noemail@${host}`] }),
  person('TwinA', { ...twins, relationshipNotes: ['Twin A'] }),
  person('TwinB', { ...twins, relationshipNotes: ['Twin B'] }),
  person('People', { phones: [], relationshipNotes: NOTES }),
  person('Kept', { phones: [], relationshipNotes: ['Zena of Kept'] }),
  person('Quiet', { phones: [], relationshipNotes: NOTES }),
  house('Macron', '12 Māngere Road, Ōtāhuhu'),
  house('Unit', 'Unit 5, 14 Ocean Street'),
  house('Gardens', '3 Kowhai Gardens'),
  house('Slash', '5/12 High St'),
  offer('UnderOffer', 'Unit'),
  person('GoneA', {}, 1, GONE),
  house('GoneHouse', '1 Gone Street', {}, 1, GONE),
];
/** As CRM records are called in the end by the old program: of two with one e-mail there is one. */
export const FORMS_MADE: readonly string[] = [
  ...['Marked', 'Wrapped', 'Upper', 'Blank', 'Left', 'People', 'Kept', 'Quiet', 'GoneA'],
];

/** What people do once it is delivered: by first name or address, their values beside Zena's. */
export const PEOPLE_EDIT: readonly {
  readonly collection: 'contacts' | 'properties';
  readonly name: string;
  readonly fields: VaultFields;
}[] = [
  {
    collection: 'contacts',
    name: 'People',
    fields: { phone: '09 PEOPLE', notes: `${NOTES.join('\n')}\nTheirs of People` },
  },
  {
    collection: 'contacts',
    name: 'Kept',
    fields: { phone: '09 KEPT', notes: 'Theirs of Kept\nZena of Kept' },
  },
  { collection: 'contacts', name: 'Quiet', fields: { phone: '09 QUIET', notes: 'Theirs of Quiet' } },
];

/** On their way when the old program is killed. */
export const FORMS_IN_THE_AIR: readonly InTheAir[] = [
  {
    fault: { kind: 'timeoutAfterCommit' },
    method: 'POST',
    events: [
      person('LostMarked', { emails: [`lostmarked@${host}\u200b`] }),
      person('LostNone', { emails: [`none@${host}`] }),
      person('LostSilent', { emails: [' '] }),
      house('LostFlat', 'Flat 2, 9 Kowhai Gardens'),
      offer('LostOffer', 'Gardens'),
    ],
  },
  {
    fault: { kind: 'timeoutBeforeCommit' },
    method: 'POST',
    events: [
      person('CutWrapped', { emails: [`mailto:cutwrapped@${host}`] }),
      person('CutNone', { emails: [`unknown@${host}`] }),
      house('CutUnit', 'U7/14 Ocean Street'),
    ],
  },
];

/** Somebody whom people enter after that, with no e-mail either. */
export const SOMEBODY: VaultFields = {
  firstName: 'Somebody',
  email: `unknown@${host}`,
  phone: '09 SOMEBODY',
};

/** Changes after the new program took over. */
export const FORMS_AFTERWARDS: readonly ChangeEvent[] = [
  person('People', { phones: [], relationshipNotes: ['First line', 'Third line', 'Fourth line'] }, 2),
  person('Kept', { phones: [], role: 'vendor', relationshipNotes: ['Zena of Kept'] }, 2),
  person('TwinB', { ...twins, role: 'vendor', relationshipNotes: ['Twin B'] }, 2),
  house('Slash', '5/12 High St', { riskOverview: 'v2' }, 2),
];
/** Of another connection of the account: one is known by its other form, one is another house though its former hash is the same. */
export const OF_KIN = (userId: string): readonly ChangeEvent[] => [
  house('KinUnit', 'Unit 5/14 Ocean St', {}, 1, userId),
  house('KinHouse', '5 12 High St', {}, 1, userId),
];

/** What the CRM must hold in the end, by what a record is called; a record is there once. */
export const FORMS_EXPECTED: Readonly<Record<string, VaultFields>> = {
  // Marks that nobody sees are no difference, so what was sent with them stays until something changes.
  'contact Marked': {},
  'contact Wrapped': { email: `wrapped@${host}` },
  'contact Upper': { email: 'UPPER@Forms.Example.TEST' },
  'contact Blank': { email: `blank@${host}` },
  'contact Left': { email: `left@${host}`, phone: '021 777', notes: 'Theirs of Left\nZena of Left' },
  'contact NoneA': { email: `noemail@${host}` },
  'contact NoneB': { email: `noemail@${host}` },
  'contact TwinB': { email: `twin@${host}`, type: 'vendor' },
  'contact People': {
    phone: '09 PEOPLE',
    notes: 'First line\nThird line\nTheirs of People\nFourth line',
  },
  'contact Kept': { phone: '09 KEPT', type: 'vendor', notes: 'Theirs of Kept\nZena of Kept' },
  'contact Quiet': { phone: '09 QUIET', notes: 'Theirs of Quiet' },
  'contact LostMarked': {},
  'contact LostNone': { email: `none@${host}` },
  'contact LostSilent': { phone: '021 777' },
  'contact CutWrapped': { email: `cutwrapped@${host}` },
  'contact CutNone': { email: `unknown@${host}` },
  'contact Somebody': { phone: '09 SOMEBODY' },
  'contact GoneA': {},
  'property 12 Māngere Road, Ōtāhuhu': {},
  'property 3 Kowhai Gardens': {},
  'property 5/12 High St': { riskOverview: 'v2' },
  'property Flat 2, 9 Kowhai Gardens': {},
  'property U7/14 Ocean Street': {},
  'property Unit 5/14 Ocean St': {},
  'property 5 12 High St': {},
  'property 1 Gone Street': {},
  'deal UnderOffer': { stage: 'under_offer' },
  'deal LostOffer': { stage: 'under_offer' },
};
/** Of a list of references, what people put there; called by its first name. */
export const THEIR_VENDOR = 'Stranger';
export const THEIR_PROPERTY = '5/12 High St';

/** What has to be gone: what it was once called. */
export const FORMS_NOT_THERE: readonly string[] = ['contact TwinA', 'property Unit 5, 14 Ocean Street'];

/** Those in which something differs from what the old program wrote, so that a full sync writes them. */
export const FORMS_DIFFERING: ReadonlySet<string> = new Set(
  ['Wrapped', 'Blank', 'Left', 'NoneA', 'NoneB'].map((name) => `contact ${name}`),
);
