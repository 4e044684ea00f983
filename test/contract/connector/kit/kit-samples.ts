import { contactBody, dealBody, propertyBody } from '../../../support/builders.ts';
import type { EntityKind } from '../../../../src/domain/entity.ts';
import { KIT_IDS, type KindSamples } from './kit-subject.ts';

const LONG = 'A long story about a house. '.repeat(300).trim();
const STRANGE = 'Zoë “Zed” O’Brien-李 👩🏽‍🌾 \u202bعمر\u202c <b>&amp;</b>';

const FULL = {
  name: 'Ada King',
  emails: ['ada.king@example.test'],
  phones: ['+64 21 555 0101'],
  role: 'buyer',
  relationshipNotes: ['Met at the open home.'],
} as const;

const PLACE = {
  address: '12 Harbour Street, Wellington 6011',
  vendors: [KIT_IDS.contact],
  buyers: [],
  milestones: [{ type: 'listed', date: Date.UTC(2026, 1, 3), notes: 'Signed.' }],
  riskOverview: 'low',
} as const;

const SALE = {
  propertyId: KIT_IDS.property,
  stage: 'offer',
  riskLevel: 'low',
  riskFlags: ['finance'],
  nextAction: 'Call the bank',
  nextActionOwner: 'Mary',
  summary: 'All well.',
  contacts: [KIT_IDS.contact],
} as const;

/** Samples that most CRMs can take: a connector's own go over them. `core` is the only part that they change. */
export function kitSamples(): Readonly<Record<EntityKind, KindSamples>> {
  return {
    contact: {
      full: contactBody(FULL),
      other: contactBody({
        name: 'Grace Hopper',
        emails: ['grace@example.test'],
        phones: ['+64 21 555 0202'],
      }),
      edge: contactBody({
        ...FULL,
        name: STRANGE,
        phones: [],
        role: '',
        relationshipNotes: [LONG, '', STRANGE],
      }),
      updates: { core: contactBody({ ...FULL, name: 'Ada Lovelace' }) },
    },
    property: {
      full: propertyBody(PLACE),
      other: propertyBody({ address: '99 Cliff Road, Napier 4110' }),
      edge: propertyBody({ ...PLACE, vendors: [], milestones: [], riskOverview: `${STRANGE} ${LONG}` }),
      updates: { core: propertyBody({ ...PLACE, riskOverview: 'high' }) },
    },
    deal: {
      full: dealBody(SALE),
      other: dealBody({ ...SALE, stage: 'listing', summary: 'Another.' }),
      edge: dealBody({ ...SALE, riskFlags: [STRANGE], nextAction: null, nextActionOwner: '', summary: LONG }),
      updates: { core: dealBody({ ...SALE, summary: 'Not so well.' }) },
    },
  };
}
