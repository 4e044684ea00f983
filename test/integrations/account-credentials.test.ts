import { describe, expect, it } from '@jest/globals';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import type { CrmConnector } from '../../src/connectors/connector.port.ts';
import { checkInstanceUrl } from '../../src/wire/outbound-guard.ts';
import { readAccountCredentials } from '../../src/integrations/account-credentials.ts';
import { fingerprintsOf } from '../support/sealers.ts';

const SANDBOX = { host: '127.0.0.1', port: 4010 };
const fixed: CrmConnector = { ...mriVault, hosts: ['api.vendor.example', 'vendor.test'] };

function entered(instanceUrl: string, definition = fixed) {
  const read = readAccountCredentials(
    definition,
    { apiKey: 'key', instanceUrl },
    {
      checkInstanceUrl: (text, hosts) => checkInstanceUrl(text, [SANDBOX], hosts),
      fingerprints: fingerprintsOf('store'),
    },
  );
  if (read.ok) return read.value.instanceUrl;
  return read.failure.code === 'UNACCEPTABLE' ? read.failure.faults[0]?.code : read.failure.code;
}

describe('the address at a CRM whose vendor has fixed hosts', () => {
  it.each([
    ['https://api.vendor.example', 'https://api.vendor.example'],
    ['https://API.Vendor.Example:443/v2/', 'https://api.vendor.example/v2'],
    ['https://eu.api.vendor.example', 'https://eu.api.vendor.example'],
    ['https://office.vendor.test', 'https://office.vendor.test'],
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
  ])('may be %s', (text, canonical) => {
    expect(entered(text)).toBe(canonical);
  });

  it.each([
    'https://crm.example.com',
    'https://vendor.example',
    'https://evilapi.vendor.example',
    'https://api.vendor.example.evil.test',
    'https://evilvendor.test',
    'https://vendor.test.evil.example',
    'https://8.8.8.8',
    'https://xn--vendor-9ua.test',
  ])('may not be %s', (text) => {
    expect(entered(text)).toBe('HOST_NOT_OF_PROVIDER');
    expect(entered(text, mriVault)).toMatch(/^https:/);
  });

  it('is still refused for anything else that is wrong with it', () => {
    expect(entered('https://api.vendor.example:8443')).toBe('PORT_REFUSED');
    expect(entered('https://127.0.0.1')).toBe('HOST_NOT_PUBLIC');
  });
});
