import { describe, expect, it } from '@jest/globals';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { PROVIDERS } from '../../src/domain/providers.ts';
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

  it('tell of a connector what its verbs say, and nothing of one that is not there', () => {
    const [vault, salesforce] = providerListView({ available: [mriVault] }).providers;
    const all = { entities: ['contact', 'property', 'deal'], syncDirections: ['push'] };
    expect(vault?.capabilities).toEqual({ ...all, deletes: true, changedSince: true });
    expect(salesforce).toMatchObject({ capabilities: null, credentialFields: [] });
    const { find, fields, keys, parts } = mriVault.kinds.contact ?? {};
    const plain = { ...mriVault, kinds: { contact: { find, fields, keys, parts } } } as typeof mriVault;
    expect(providerListView({ available: [plain] }).providers[0]?.capabilities).toEqual({
      entities: ['contact'],
      syncDirections: ['push'],
      deletes: false,
      changedSince: false,
    });
  });
});
