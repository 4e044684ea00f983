import { describe, expect, it } from '@jest/globals';
import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import { availableConnectors, plannedProviders } from '../../../src/service/connectors.ts';

const entered = { apiKey: 'k-123', instanceUrl: 'https://office.example.test' };
const canonical = (instanceUrl: string): string | null => {
  const parsed = mriVault.parseCredentials({ ...entered, instanceUrl });
  return parsed.ok ? parsed.instanceUrl : null;
};

describe('what a user enters for MRI Vault', () => {
  it('is taken as it is where it is canonical', () => {
    expect(mriVault.parseCredentials(entered)).toEqual({
      ok: true,
      credentials: entered,
      instanceUrl: 'https://office.example.test',
    });
  });

  it.each([
    ['https://Office.Example.test/', 'https://office.example.test'],
    ['https://office.example.test:443', 'https://office.example.test'],
    ['https://office.example.test/vault//', 'https://office.example.test/vault'],
  ])('names one account: %s is %s', (written, meant) => {
    expect(canonical(written)).toBe(meant);
    expect(mriVault.accountKey({ ...entered, instanceUrl: meant })).toBe(meant);
    expect(mriVault.baseUrl({ ...entered, instanceUrl: meant })).toBe(`${meant}/api/v1`);
  });

  it.each([
    ['apiKey', { ...entered, apiKey: '' }],
    ['apiKey', { ...entered, apiKey: 'two words' }],
    ['apiKey', { ...entered, apiKey: 'line\r\nx-evil: 1' }],
    ['apiKey', { ...entered, apiKey: 'kéy' }],
    ['apiKey', { ...entered, apiKey: 5 }],
    ['apiKey', { instanceUrl: entered.instanceUrl }],
    ['instanceUrl', { ...entered, instanceUrl: 'office' }],
    ['instanceUrl', { ...entered, instanceUrl: null }],
    ['instanceUrl', { apiKey: 'k' }],
    ['accessToken', { ...entered, accessToken: 'x' }],
  ])('with a fault in %s is refused, and what was entered is not repeated', (field, input) => {
    const parsed = mriVault.parseCredentials(input);
    expect(parsed).toMatchObject({ ok: false, errors: [{ field }] });
    expect(JSON.stringify(parsed)).not.toContain('x-evil');
  });

  it('has all its faults told at once', () => {
    const parsed = mriVault.parseCredentials({ apiKey: '', instanceUrl: '', more: 1 });
    expect(parsed.ok ? [] : parsed.errors.map((error) => error.field).sort()).toEqual([
      'apiKey',
      'instanceUrl',
      'more',
    ]);
  });

  it('goes into the header only, and into the budget’s name as a hash', () => {
    expect(mriVault.headers(entered)).toEqual({ authorization: 'Bearer k-123' });
    expect(mriVault.budgetKey(entered)).not.toContain('k-123');
    expect(mriVault.budgetKey({ ...entered, instanceUrl: 'https://b.example.test' })).not.toBe(
      mriVault.budgetKey(entered),
    );
  });
});

describe('the providers', () => {
  it('are each named once, those that are there and those that are announced', () => {
    const ids = [...availableConnectors, ...plannedProviders].map(({ id }) => id);
    expect(ids).toEqual(['mri_vault', 'salesforce', 'top_producer', 'kvcore', 'follow_up_boss']);
  });

  it('declare the fields and the limits that the host goes by', () => {
    for (const connector of availableConnectors) {
      expect(connector.credentialFields.some((field) => field.secret)).toBe(true);
      expect(connector.limits.requestsPerSecond).toBeGreaterThan(0);
      expect(connector.callDeadlineMs).toBe(10_000);
      expect(connector.searchLagMs).toBe(2_000);
    }
  });
});
