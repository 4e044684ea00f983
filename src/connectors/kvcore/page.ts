import type { ConnectorPage } from '../connector-page.ts';

const NO_PEOPLE = 'nothing is known of people of a manual listing';
const ASSUMED = 'assumed; off unless asked for';

/** What people read of kvCORE. */
export const kvcorePage: ConnectorPage = {
  folder: 'kvcore',
  fieldTable: {
    'contact.firstName': { in: '`first_name`: the first word of the name' },
    'contact.lastName': { in: '`last_name`: the rest of the name, or “-” of a new contact that has none' },
    'contact.email': { in: '`email`, and a second one in `second_email`' },
    'contact.phone': { in: '`cell_phone_1`: the first with a figure' },
    'contact.type': { in: '`deal_type`: buyer, seller (vendor); another role is not carried' },
    'contact.notes': { in: 'a note each, sent once' },
    'property.address': { in: `\`address\` of a manual listing (${ASSUMED})` },
    'property.vendors': { notCarried: NO_PEOPLE },
    'property.buyers': { notCarried: NO_PEOPLE },
    'property.milestones': { in: `lines of its \`description\` (${ASSUMED})` },
    'property.riskOverview': { in: `a line of its \`description\` (${ASSUMED})` },
    'deal.propertyId': { in: `\`listing_id\` of a transaction, and its \`name\` (${ASSUMED})` },
    'deal.stage': { in: `\`status\`, by the connection’s stages or as it is (${ASSUMED})` },
    'deal.riskLevel': { in: `a line of its \`description\` (${ASSUMED})` },
    'deal.riskFlags': { in: `a line of its \`description\` (${ASSUMED})` },
    'deal.nextAction': { in: `a line of its \`description\` (${ASSUMED})` },
    'deal.nextActionOwner': { in: `a line of its \`description\` (${ASSUMED})` },
    'deal.summary': { in: `lines of its \`description\` (${ASSUMED})` },
    'deal.contacts': { in: `\`contact_ids\`, beside people’s (${ASSUMED})` },
  },
  keys: {
    contact: 'e-mail, compared whole; among the agent’s own where the agent’s id was entered',
    property: 'address, among all manual listings',
    deal: 'listing and status, among all transactions; a deal without a property has none',
  },
  ids: 'numbers',
  cannot: {
    contact: { merged: 'its sandbox merges nobody: who was merged away is gone there, as who was deleted' },
    property: {
      merged: 'manual listings can’t be merged there',
      taken_meanwhile: 'no value of a manual listing is unique there',
    },
    deal: {
      merged: 'transactions can’t be merged there',
      taken_meanwhile: 'no value of a transaction is unique there',
    },
  },
};
