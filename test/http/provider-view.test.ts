import { describe, expect, it } from '@jest/globals';
import { kvcore } from '../../src/connectors/kvcore/kvcore.ts';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { createSalesforce } from '../../src/connectors/salesforce/salesforce.ts';
import { vaultre } from '../../src/connectors/vaultre/vaultre.ts';
import { PROVIDERS } from '../../src/domain/providers.ts';
import type { ProviderCatalogue } from '../../src/integrations/integration.port.ts';
import { providerListView } from '../../src/http/views/provider-view.ts';

describe('the providers', () => {
  it('are each named once, those that are there and those that are announced', () => {
    const { providers } = providerListView({ available: [mriVault] });
    expect(providers.map(({ id, available }) => [id, available])).toEqual([
      ['mri_vault', true],
      ['salesforce', false],
      ['top_producer', false],
      ['kvcore', false],
      ['follow_up_boss', false],
    ]);
    expect(new Set(PROVIDERS.map(({ name }) => name)).size).toBe(PROVIDERS.length);
  });

  it('s12: are listed once also when those that were announced are there, and when one is there twice', () => {
    const all = PROVIDERS.map(({ id }) => ({ ...mriVault, id }));
    for (const available of [all, [...all, ...all], all.toReversed()]) {
      const { providers } = providerListView({ available });
      expect(providers.map(({ id }) => id)).toEqual(PROVIDERS.map(({ id }) => id));
      for (const one of providers) expect(one).toMatchObject({ available: true, unavailableReason: null });
    }
    for (const [index, connector] of all.entries()) {
      const { providers } = providerListView({ available: [connector] });
      expect(providers.map(({ available }) => available)).toEqual(all.map((_, other) => other === index));
    }
  });

  it('are also those of connectors that nobody announced, by their own names', () => {
    const acme = { ...mriVault, id: 'acme_crm', name: 'Acme CRM' };
    const { name: _, ...nameless } = { ...acme, id: 'bare_crm' };
    const { providers } = providerListView({
      available: [acme, { ...acme, dialect: 'two' }],
      unavailable: [{ connector: nameless, reason: 'ACME_KEY is not set.' }],
    });
    expect(providers.slice(PROVIDERS.length)).toMatchObject([
      { id: 'acme_crm', name: 'Acme CRM', available: true },
      { id: 'bare_crm', name: 'bare_crm', available: false, unavailableReason: 'ACME_KEY is not set.' },
    ]);
    expect(providers).toHaveLength(PROVIDERS.length + 2);
  });

  it('ask whoever names no interface for what the first one asks for', () => {
    const [vault] = providerListView({ available: [mriVault, vaultre] }).providers;
    const required = (fields: readonly { name: string; required: boolean }[] = []) =>
      fields.flatMap((field) => (field.required ? [field.name] : []));
    expect(required(vault?.credentialFields)).toEqual(['apiKey', 'instanceUrl']);
    expect(vault?.dialects.map(({ credentialFields }) => required(credentialFields))).toEqual([
      ['apiKey', 'instanceUrl'],
      ['accessToken', 'apiVersion'],
    ]);
    const names = vault?.credentialFields.map(({ name }) => name) ?? [];
    expect(new Set(names).size).toBe(names.length);
    const [alone] = providerListView({ available: [mriVault] }).providers;
    expect(required(alone?.credentialFields)).toEqual(['apiKey', 'instanceUrl']);
  });

  it('tell of the connect on a CRM’s own page what is asked for before, and what the operator has to set', () => {
    const view = (catalogue: Partial<ProviderCatalogue>, clientId?: string) => {
      const operator = clientId === undefined ? {} : { SALESFORCE_CLIENT_ID: clientId };
      const connector = createSalesforce({ operator, baseUrl: null, isPlaceholder: () => false });
      const { providers } = providerListView({ available: [connector], ...catalogue });
      return providers.find(({ id }) => id === 'salesforce')?.browserConnect;
    };
    const browsers = { publicUrl: 'https://zena.example' } as ProviderCatalogue['browsers'];
    const fields = ['loginUrl', 'propertyObject', 'fieldNames', 'contactAccount', 'closeDateDays'];
    const without = (name: string) => ({
      available: false,
      unavailableReason: `The operator of this service has not set ${name}.`,
      fields,
    });
    expect(view({}, 'a-key')).toEqual(without('PUBLIC_URL'));
    expect(view({ ...(browsers && { browsers }) })).toEqual(without('SALESFORCE_CLIENT_ID'));
    expect(view({ ...(browsers && { browsers }) }, 'a-key')).toEqual({
      available: true,
      unavailableReason: null,
      fields,
    });
    expect(providerListView({ available: [mriVault] }).providers[0]?.browserConnect).toBeNull();
  });

  it('tell which kinds are off unless people ask for them, and why', () => {
    const { providers } = providerListView({ available: [kvcore, mriVault] });
    const off = (id: string) => providers.find((one) => one.id === id)?.offByDefault;
    expect(off('kvcore')).toEqual({
      property: expect.stringContaining('assumed'),
      deal: expect.stringContaining('assumed'),
    });
    expect(off('mri_vault')).toEqual({});
    expect(off('salesforce')).toEqual({});
  });

  it('tell of a connector what its verbs say, and nothing of one that is not there', () => {
    const [vault, salesforce] = providerListView({ available: [mriVault] }).providers;
    const verbs = ['find', 'create', 'update', 'delete', 'changes'];
    const none = { syncDirections: ['push'], batch: false, webhooks: false };
    expect(vault?.capabilities).toEqual({
      ...none,
      entities: ['contact', 'property', 'deal'],
      kinds: { contact: verbs, property: verbs, deal: verbs },
      deletes: true,
      changedSince: true,
    });
    expect(salesforce).toMatchObject({ capabilities: null, credentialFields: [] });
    const { find, fields, keys, parts } = mriVault.kinds.contact ?? {};
    const plain = { ...mriVault, kinds: { contact: { find, fields, keys, parts } } } as typeof mriVault;
    expect(providerListView({ available: [plain] }).providers[0]?.capabilities).toEqual({
      ...none,
      entities: ['contact'],
      kinds: { contact: ['find', 'create', 'update'] },
      deletes: false,
      changedSince: false,
    });
  });
});
