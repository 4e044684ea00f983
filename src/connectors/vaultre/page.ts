import type { ConnectorPage, KindCase } from '../connector-page.ts';

const IN_NOTE = { in: 'a note of the property, a new one for each change' };
const SALE = 'a deal is the sale of its property: nothing is made for it that could be found, seen or lost';

const NOT_UNIQUE = 'the API refuses no second record of the same';

const NOT_OF_DEALS: readonly KindCase[] = [
  'deleted',
  'merged',
  'invisible',
  'several_matches',
  'search_lag',
  'taken_meanwhile',
  'people_keep',
  'lists_keep',
  'comes_back',
];

/** What people read of MRI Vault by VaultRE’s API. */
export const vaultrePage: ConnectorPage = {
  folder: 'vaultre',
  fieldTable: {
    'contact.firstName': { in: '`firstName`: the first word of the name' },
    'contact.lastName': { in: '`lastName`: the rest of the name' },
    'contact.email': { in: '`emails`, all of them, beside people’s' },
    'contact.phone': { in: '`phoneNumbers`, all of them, beside people’s' },
    'contact.type': { in: 'a contact category that is called so; none is made' },
    'contact.notes': { in: 'a note each, once' },
    'property.address': { in: '`address` with the id of its suburb, and `lotNumber`' },
    'property.vendors': { in: 'owners of the present sale, beside people’s' },
    'property.buyers': { in: 'purchasers of the present sale, beside people’s' },
    'property.milestones': { in: 'a note each, once' },
    'property.riskOverview': { in: 'a note, once' },
    'deal.propertyId': { in: 'the sale that the property has now' },
    'deal.stage': { in: 'the status of the sale, where that is listing; else a note of the property' },
    'deal.riskLevel': IN_NOTE,
    'deal.riskFlags': IN_NOTE,
    'deal.nextAction': IN_NOTE,
    'deal.nextActionOwner': IN_NOTE,
    'deal.summary': IN_NOTE,
    'deal.contacts': { notCarried: 'a sale has no people but its owners and purchasers' },
  },
  keys: {
    contact: 'e-mail; then phone, where the name is the same',
    property: 'street and suburb',
    deal: 'none: it is the sale of its property, and nothing is created',
  },
  ids: 'numbers',
  cannot: {
    contact: {
      taken_meanwhile: NOT_UNIQUE,
    },
    property: {
      taken_meanwhile: NOT_UNIQUE,
      merged: 'properties can’t be merged there',
    },
    deal: {
      ...Object.fromEntries(NOT_OF_DEALS.map((name) => [name, SALE])),
      big_ids: 'its id is made of its property’s and that one’s sale’s, of which the first is tried there',
    },
  },
};
