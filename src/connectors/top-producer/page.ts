import type { ConnectorPage } from '../connector-page.ts';

const NO_PROPERTIES = 'a lead e-mail is of a person alone';

/** What people read of lead e-mails. */
export const leadMailsPage: ConnectorPage = {
  folder: 'top-producer',
  fieldTable: {
    'contact.firstName': { in: '`lead_name`: the whole name' },
    'contact.lastName': { in: '`lead_name`: the whole name' },
    'contact.email': { in: '`lead_email`: the first that can be one' },
    'contact.phone': { in: '`lead_phone`: the first with a figure' },
    'contact.type': { in: '`lead_type`: Buyer, Seller (vendor); another role in `lead_tag`' },
    'contact.notes': { in: '`lead_message`, as it is when the lead is sent' },
    'property.address': { notCarried: NO_PROPERTIES },
    'property.vendors': { notCarried: NO_PROPERTIES },
    'property.buyers': { notCarried: NO_PROPERTIES },
    'property.milestones': { notCarried: NO_PROPERTIES },
    'property.riskOverview': { notCarried: NO_PROPERTIES },
    'deal.propertyId': { notCarried: NO_PROPERTIES },
    'deal.stage': { notCarried: NO_PROPERTIES },
    'deal.riskLevel': { notCarried: NO_PROPERTIES },
    'deal.riskFlags': { notCarried: NO_PROPERTIES },
    'deal.nextAction': { notCarried: NO_PROPERTIES },
    'deal.nextActionOwner': { notCarried: NO_PROPERTIES },
    'deal.summary': { notCarried: NO_PROPERTIES },
    'deal.contacts': { notCarried: NO_PROPERTIES },
  },
  keys: {
    contact: 'nothing: no lead can be looked for; two of Zena’s with the same e-mail are one',
    property: 'none: there are no properties',
    deal: 'none: there are no deals',
  },
};

const NOT_IN_CONTRACT = 'not in the assumed contract';

/** What people read of the HTTP adapter. */
export const httpAdapterPage: ConnectorPage = {
  folder: 'top-producer',
  fieldTable: {
    ...leadMailsPage.fieldTable,
    'contact.firstName': { in: '`firstName`: the first word of the name (assumed contract)' },
    'contact.lastName': { in: '`lastName`: the rest of the name (assumed contract)' },
    'contact.email': { in: '`email`: the first that can be one (assumed contract)' },
    'contact.phone': { in: '`phone`: the first with a figure (assumed contract)' },
    'contact.type': { in: '`category`: buyer, seller (vendor), else lead (assumed contract)' },
    'contact.notes': { in: '`note`, line by line beside the lines of people (assumed contract)' },
  },
  keys: {
    contact: 'e-mail',
    property: `none: properties are ${NOT_IN_CONTRACT}`,
    deal: `none: deals are ${NOT_IN_CONTRACT}`,
  },
  cannot: {
    contact: {
      merged: 'merging is not in the assumed contract',
      taken_meanwhile: 'no value of a contact is unique in the assumed contract',
    },
  },
};
