import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import type { ICRMConnector } from '../../../src/connectors/icrm/icrm-connector.ts';
import { startVaultSandbox, type VaultSandbox } from '../../../src/sandbox/mri-vault/vault-sandbox.ts';
import {
  openCRMIntegrationService,
  type OpenedCRMIntegrationService,
} from '../../../src/service/crm-integration-service.ts';
import { paperOffice } from './paper-crm.ts';
import { paperConnector } from './paper-harness.ts';

const API_KEY = 'a-vault-key-0123456789';
let sandbox: VaultSandbox;
let opened: OpenedCRMIntegrationService;
const office = paperOffice();

beforeEach(async () => {
  sandbox = await startVaultSandbox({ apiKeys: [API_KEY] });
  opened = await openCRMIntegrationService({
    connectors: [mriVault, paperConnector(office)],
    allowedInstanceHosts: [{ host: '127.0.0.1', port: sandbox.port }],
  });
});
afterEach(async () => {
  await opened.close();
  await sandbox.close();
});

async function vault(): Promise<ICRMConnector> {
  const crm = opened.service.getConnector('mri_vault');
  expect(await crm.authenticate({ apiKey: API_KEY, instanceUrl: sandbox.url })).toBe(true);
  return crm;
}

describe('getConnector', () => {
  it('answers a connector of the engine’s as the product document’s six methods', async () => {
    const crm = await vault();
    const contact = await crm.pushContact({ name: 'Ada King', emails: ['ada@example.test'], role: 'buyer' });
    const property = await crm.pushProperty({ address: '1 High St', vendors: [contact] });
    const deal = await crm.pushDeal({ propertyId: property, stage: 'offer', contacts: [contact] });
    expect(await crm.findExistingRecord('contact', 'ADA@example.test')).toBe(contact);
    expect(await crm.findExistingRecord('contact', 'eve@example.test')).toBeNull();
    expect(await crm.findExistingRecord('property', '1 High Street')).toBe(property);
    expect(await crm.findExistingRecord('deal', { propertyId: property, stage: 'offer' })).toBe(deal);
    expect(sandbox.records('properties')[0]).toMatchObject({ vendors: [contact] });
    expect(sandbox.records('deals')[0]).toMatchObject({ propertyId: property, contacts: [contact] });
  });

  it('leaves what people entered and the record says nothing of', async () => {
    const crm = await vault();
    const id = await crm.pushContact({ name: 'Ada King', emails: ['ada@example.test'] });
    sandbox.editRecord('contacts', id, { phone: '021 123 456', notes: 'Likes dogs.' });
    await crm.updateRecord('contact', id, { name: 'Ada Byron', emails: ['ada@example.test'] });
    expect(sandbox.records('contacts')[0]).toMatchObject({
      lastName: 'Byron',
      phone: '021 123 456',
      notes: 'Likes dogs.',
    });
  });

  it('says false to a key that is refused, and throws where a call fails', async () => {
    const crm = opened.service.getConnector('mri_vault');
    expect(await crm.authenticate({ apiKey: 'not-the-key', instanceUrl: sandbox.url })).toBe(false);
    await expect(crm.pushContact({ name: 'Ada' })).rejects.toMatchObject({ code: 'NOT_AUTHENTICATED' });
    const well = await vault();
    await expect(well.updateRecord('contact', 'nobody', { name: 'Ada' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('answers a class of somebody’s own through the same host', async () => {
    const crm = opened.service.getConnector('paper_office');
    expect(await crm.authenticate({ apiKey: 'paper-key-0123456789' })).toBe(true);
    const id = await crm.pushContact({ name: 'Ada', emails: ['ada@example.test'] });
    expect(await crm.findExistingRecord('contact', 'ada@example.test')).toBe(id);
  });

  it('throws for an id that no connector has', () => {
    expect(() => opened.service.getConnector('salesforce')).toThrow('there are: mri_vault, paper_office');
  });
});
