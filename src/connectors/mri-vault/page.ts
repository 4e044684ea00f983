import type { ConnectorPage } from '../connector-page.ts';

/** What people read of MRI Vault, dialect `vault`. */
export const mriVaultPage: ConnectorPage = {
  folder: 'mri-vault',
  fieldTable: {
    'contact.firstName': { in: '`firstName`: the first word of the name' },
    'contact.lastName': { in: '`lastName`: the rest of the name' },
    'contact.email': { in: '`email`: the first that can be one' },
    'contact.phone': { in: '`phone`: the first with a figure' },
    'contact.type': { in: '`type`' },
    'contact.notes': { in: '`notes`, line by line beside the lines of people' },
    'property.address': { in: '`address`' },
    'property.vendors': { in: '`vendors`, as ids of contacts' },
    'property.buyers': { in: '`buyers`, as ids of contacts' },
    'property.milestones': { in: '`milestones`' },
    'property.riskOverview': { in: '`riskOverview`' },
    'deal.propertyId': { in: '`propertyId`, as the id of the property' },
    'deal.stage': { in: '`stage`' },
    'deal.riskLevel': { in: '`riskLevel`' },
    'deal.riskFlags': { in: '`riskFlags`' },
    'deal.nextAction': { in: '`nextAction`' },
    'deal.nextActionOwner': { in: '`nextActionOwner`' },
    'deal.summary': { in: '`summary`' },
    'deal.contacts': { in: '`contacts`, as ids of contacts' },
  },
  keys: { contact: 'e-mail', property: 'address', deal: 'property and stage' },
};
