import { describe, expect, it } from '@jest/globals';
import { secret } from '../../src/config/secret.ts';
import { mriVault, mriVaultProvider } from '../../src/connectors/mri-vault/mri-vault.ts';
import type { ConnectorMeans, ProviderDefinition } from '../../src/connectors/provider-definition.ts';
import { createConnectors, declaredSettings } from '../../src/service/create-connectors.ts';

/** A CRM that says what it was given. */
function provider(given: ConnectorMeans[] = []): ProviderDefinition {
  return {
    id: 'follow_up_boss',
    operatorSettings: [
      { name: 'ACME_SYSTEM', secret: false, required: true, help: 'The name of our system there.' },
      { name: 'ACME_SYSTEM_KEY', secret: true, required: true, help: 'Its key.' },
      { name: 'ACME_EXTRA', secret: false, required: false, help: 'More.' },
    ],
    baseUrlSetting: 'ACME_BASE_URL',
    create(means) {
      given.push(means);
      return { ...mriVault, id: 'follow_up_boss' };
    },
  };
}

const declared = (values: Record<string, string>) => ({
  placeholderEmails: [],
  declared: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, secret(value)])),
});

describe('the connectors of a process', () => {
  it('are given what the operator set for them, and nothing of others', () => {
    const given: ConnectorMeans[] = [];
    const values = { ACME_SYSTEM: 'zena', ACME_SYSTEM_KEY: 'k', OTHER_KEY: 'o' };
    const made = createConnectors(declared({ ...values, ACME_BASE_URL: 'http://crm.test/v1' }), [
      provider(given),
    ]);
    expect(made.available.map(({ id }) => id)).toEqual(['follow_up_boss']);
    expect(made.unavailable).toEqual([]);
    expect(given).toMatchObject([
      { operator: { ACME_SYSTEM: 'zena', ACME_SYSTEM_KEY: 'k' }, baseUrl: 'http://crm.test/v1' },
    ]);
    expect(Object.keys(given[0]?.operator ?? {})).toEqual(['ACME_SYSTEM', 'ACME_SYSTEM_KEY']);
  });

  it('are not available where a required setting is missing, and say which', () => {
    const made = createConnectors(declared({ ACME_SYSTEM: 'zena' }), [mriVaultProvider, provider()]);
    expect(made.available.map(({ id }) => id)).toEqual(['mri_vault']);
    expect(made.unavailable?.map(({ connector: { id }, reason }) => [id, reason])).toEqual([
      ['follow_up_boss', 'The operator of this service has not set it up: ACME_SYSTEM_KEY is not set.'],
    ]);
  });

  it('declare each setting once, with what it is for', () => {
    const vault = { ...mriVaultProvider, operatorSettings: provider().operatorSettings };
    expect(
      declaredSettings([provider(), vault]).map(({ name, use, secret: isSecret }) => [name, use, isSecret]),
    ).toEqual([
      ['ACME_SYSTEM', 'text', false],
      ['ACME_SYSTEM_KEY', 'text', true],
      ['ACME_EXTRA', 'text', false],
      ['ACME_BASE_URL', 'base-url', false],
    ]);
    expect(declaredSettings([provider()])[1]?.doc).toBe(
      "Follow Up Boss: Its key. Without it Follow Up Boss can't be connected.",
    );
  });

  it('let no call last longer than a silent worker is waited for', () => {
    const { available, unavailable } = createConnectors(declared({}));
    const all = [...available, ...(unavailable ?? []).map(({ connector }) => connector)];
    expect(all.length).toBeGreaterThan(1);
    for (const { limits } of all) expect(limits.callDeadlineMs).toBeLessThanOrEqual(10_000);
  });
});
