import type { ConnectorPage } from '../connector-page.ts';

const NOT_UNIQUE = 'nothing of it is unique there but our own id';
const ID = 'ids are 15 or 18 letters and figures there';

/** What people read of Salesforce. */
export const salesforcePage: ConnectorPage = {
  folder: 'salesforce',
  fieldTable: {
    'contact.firstName': { in: '`FirstName`: the first word of the name; none of a name of one word' },
    'contact.lastName': {
      in: '`LastName`: the rest of the name, or its one word; without a name, the e-mail or phone',
    },
    'contact.email': { in: '`Email`: the first' },
    'contact.phone': { in: '`Phone`: the first' },
    'contact.type': { in: '`ZenaRole__c`' },
    'contact.notes': { in: 'lines of `Description`, beside people’s' },
    'property.address': { in: '`Address__c`, and `Name`, shortened to 80 characters' },
    'property.vendors': { in: '`Vendor__c` and `Vendor2__c`: the first two' },
    'property.buyers': { in: '`Buyer__c` and `Buyer2__c`: the first two' },
    'property.milestones': { in: 'lines of `Milestones__c`, beside people’s' },
    'property.riskOverview': { in: '`RiskOverview__c`' },
    'deal.propertyId': { in: '`Property__c`; and `Name`: the property’s address, which it follows' },
    'deal.stage': { in: '`StageName`: by the connection’s stages, an equal active one, else the first open' },
    'deal.riskLevel': { in: '`RiskLevel__c`' },
    'deal.riskFlags': { in: '`RiskFlags__c`, one after another' },
    'deal.nextAction': { in: '`NextStep`' },
    'deal.nextActionOwner': { in: '`NextActionOwner__c`' },
    'deal.summary': { in: 'lines of `Description`, beside people’s' },
    'deal.contacts': { in: 'contact roles, beside people’s' },
  },
  keys: {
    contact: '`ZenaId__c`, then e-mail',
    property: '`ZenaId__c`, then address',
    deal: '`ZenaId__c`, then property and stage',
  },
  cannot: {
    contact: { big_ids: ID, odd_ids: ID },
    property: {
      big_ids: ID,
      odd_ids: ID,
      taken_meanwhile: NOT_UNIQUE,
      merged: 'Salesforce merges contacts, and no records of other objects',
    },
    deal: {
      big_ids: ID,
      odd_ids: ID,
      taken_meanwhile: NOT_UNIQUE,
      merged: 'Salesforce merges contacts, and no opportunities',
    },
  },
};
