import { describe, expect, it } from '@jest/globals';
import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import { fingerprintsOf } from '../../support/sealers.ts';

const entered = { apiKey: 'k-123', instanceUrl: 'https://office.example.test' };
const canonical = (instanceUrl: string): string | null => {
  const parsed = mriVault.account.parse({ ...entered, instanceUrl });
  return parsed.ok ? parsed.instanceUrl : null;
};

describe('what a user enters for MRI Vault', () => {
  it('is taken as it is where it is canonical', () => {
    expect(mriVault.account.parse(entered)).toEqual({
      ok: true,
      credentials: entered,
      instanceUrl: 'https://office.example.test',
    });
  });

  it.each([
    ['https://Office.Example.test/', 'https://office.example.test'],
    ['https://office.example.test:443', 'https://office.example.test'],
    ['https://office.example.test/vault//', 'https://office.example.test/vault'],
    ['https://office.example.test/api/v1', 'https://office.example.test'],
    ['https://office.example.test/api/v1/', 'https://office.example.test'],
    ['https://office.example.test//api//v1//', 'https://office.example.test'],
    ['https://office.example.test/API/V1', 'https://office.example.test'],
    ['https://office.example.test/api/v1/api/v1', 'https://office.example.test'],
    ['https://office.example.test/api/v1/auth/verify', 'https://office.example.test'],
    ['https://office.example.test/api/v1/contacts', 'https://office.example.test'],
    ['https://office.example.test/api/v1/Properties/17/', 'https://office.example.test'],
    ['https://office.example.test/vault/api/v1/deals/search', 'https://office.example.test/vault'],
    // What may well be an office's own path stays.
    ['https://office.example.test/api', 'https://office.example.test/api'],
    ['https://office.example.test/v1', 'https://office.example.test/v1'],
    ['https://office.example.test/api/v12', 'https://office.example.test/api/v12'],
    ['https://office.example.test/api/v1/sydney', 'https://office.example.test/api/v1/sydney'],
    ['https://office.example.test/myapi/v1', 'https://office.example.test/myapi/v1'],
    ['https://office.example.test/Vault', 'https://office.example.test/Vault'],
  ])('names one account: %s is %s', (written, meant) => {
    expect(canonical(written)).toBe(meant);
    expect(mriVault.account.keyOf?.({ ...entered, instanceUrl: meant })).toBe(meant);
    expect(mriVault.account.baseUrl({ ...entered, instanceUrl: meant })).toBe(`${meant}/api/v1`);
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
    const parsed = mriVault.account.parse(input);
    expect(parsed).toMatchObject({ ok: false, errors: [{ field }] });
    expect(JSON.stringify(parsed)).not.toContain('x-evil');
  });

  it('has all its faults told at once', () => {
    const parsed = mriVault.account.parse({ apiKey: '', instanceUrl: '', more: 1 });
    expect(parsed.ok ? [] : parsed.errors.map((error) => error.field).sort()).toEqual([
      'apiKey',
      'instanceUrl',
      'more',
    ]);
  });

  it('goes into the header only, and into the budget’s name as a fingerprint', () => {
    const { budgetKey } = mriVault.account;
    const { of } = fingerprintsOf('a');
    expect(mriVault.account.headers(entered)).toEqual({ authorization: 'Bearer k-123' });
    expect(budgetKey(entered, of)).not.toContain('k-123');
    expect(budgetKey({ ...entered, instanceUrl: 'https://b.example.test' }, of)).not.toBe(
      budgetKey(entered, of),
    );
    expect(budgetKey(entered, fingerprintsOf('b').of)).not.toBe(budgetKey(entered, of));
  });

  it('tells the bare hash of before from a fingerprint', () => {
    const { budgetKey, isFormerBudgetKey } = mriVault.account;
    const { of } = fingerprintsOf('a');
    expect(isFormerBudgetKey?.('mri_vault https://a.example.test 0123456789abcdef', of)).toBe(true);
    expect(isFormerBudgetKey?.(budgetKey(entered, of), of)).toBe(false);
  });
});

describe('the limits of MRI Vault', () => {
  it('are what the host goes by', () => {
    expect(mriVault.credentialFields.some((field) => field.secret)).toBe(true);
    expect(mriVault.limits).toMatchObject({ callDeadlineMs: 10_000, searchLagMs: 2_000 });
    expect(mriVault.limits.requestsPerSecond).toBeGreaterThan(0);
  });
});
