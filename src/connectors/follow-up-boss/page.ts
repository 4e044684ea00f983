import type { ConnectorPage } from '../connector-page.ts';

const NO_PROPERTIES = 'Follow Up Boss has no properties; a deal has its own contacts';
const CUSTOM = 'where the account has it, else a line of `description`';

/** What people read of Follow Up Boss. */
export const followUpBossPage: ConnectorPage = {
  folder: 'follow-up-boss',
  fieldTable: {
    'contact.firstName': { in: '`firstName`: the first word of the name' },
    'contact.lastName': { in: '`lastName`: the rest of the name' },
    'contact.email': { in: '`emails`, all of them, beside people’s' },
    'contact.phone': { in: '`phones`, all of them, beside people’s' },
    'contact.type': { in: '`tags`: Buyer, Seller, Market, Tradesperson, Agent, or the word as it is' },
    'contact.notes': { in: 'a note each, sent once' },
    'property.address': { in: 'the `name` of its deals, which follows it; there are no properties' },
    'property.vendors': { notCarried: NO_PROPERTIES },
    'property.buyers': { notCarried: NO_PROPERTIES },
    'property.milestones': { in: 'its deals’ custom field “Property milestones”, where the account has it' },
    'property.riskOverview': { in: 'its deals’ custom field “Property risk”, where the account has it' },
    'deal.propertyId': { in: '`name`: the property’s address' },
    'deal.stage': { in: '`stageId`: by the connection’s stages, an equal name, else the first open stage' },
    'deal.riskLevel': { in: `custom field “Risk level” ${CUSTOM}` },
    'deal.riskFlags': { in: `custom field “Risk flags” ${CUSTOM}` },
    'deal.nextAction': { in: `custom field “Next action” ${CUSTOM}` },
    'deal.nextActionOwner': { in: `custom field “Next action by” ${CUSTOM}` },
    'deal.summary': { in: 'lines of `description`, beside people’s' },
    'deal.contacts': { in: '`peopleIds`, beside people’s' },
  },
  keys: {
    contact: 'e-mail; without one by phone, where the name is the same',
    property: 'none: there are no properties',
    deal: 'name (the property’s address) and stage; a deal without a property has none',
  },
  ids: 'numbers',
  cannot: {
    deal: {
      merged: 'deals can’t be merged there',
      taken_meanwhile: 'no value of a deal is unique there',
      field_limit: 'a deal is refused only where the account has no pipeline at all',
    },
  },
};
