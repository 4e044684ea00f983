import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { createSalesforce } from '../../../src/connectors/salesforce/salesforce.ts';
import { isUsualPlaceholder } from '../../../src/domain/canonical/placeholder-emails.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const HOME = 'https://office.my.salesforce.com';

const connectorWith = (operator: Readonly<Record<string, string>>) =>
  createSalesforce({ operator, baseUrl: null, isPlaceholder: isUsualPlaceholder });
const { account } = connectorWith({});
const withKey = connectorWith({ SALESFORCE_CLIENT_ID: 'consumer', SALESFORCE_PRIVATE_KEY: PEM }).account;

const faultsOf = (input: Readonly<Record<string, unknown>>, at = account): readonly string[] => {
  const parsed = at.parse(input);
  return parsed.ok ? [] : parsed.errors.map(({ field, detail }) => `${field}: ${detail}`);
};

describe('credentials of Salesforce', () => {
  it('are a consumer key and secret at the org’s own address', () => {
    const parsed = account.parse({ loginUrl: `${HOME}/`, clientId: 'key', clientSecret: 'secret' });
    expect(parsed).toEqual({
      ok: true,
      instanceUrl: HOME,
      credentials: { loginUrl: HOME, clientId: 'key', clientSecret: 'secret' },
    });
    expect(faultsOf({ clientId: 'key', clientSecret: 'secret' })).toEqual([
      'loginUrl: A consumer key and secret are taken at your My Domain address alone.',
    ]);
    expect(faultsOf({ loginUrl: HOME, clientId: 'key' })).toEqual([
      'clientSecret: The consumer secret that goes with the key.',
    ]);
  });

  it('are a user name where the operator has a key, however it is written down', () => {
    for (const text of [PEM, PEM.replaceAll('\n', '\\n'), Buffer.from(PEM).toString('base64')]) {
      const operator = { SALESFORCE_CLIENT_ID: 'consumer', SALESFORCE_PRIVATE_KEY: text };
      expect(
        faultsOf({ loginUrl: HOME, username: 'zena@office.example' }, connectorWith(operator).account),
      ).toEqual([]);
    }
    expect(faultsOf({ username: 'zena@office.example' })[0]).toMatch(
      /operator of this service has not set up/,
    );
    const wrong = { SALESFORCE_CLIENT_ID: 'consumer', SALESFORCE_PRIVATE_KEY: 'nothing' };
    expect(faultsOf({ username: 'zena@office.example' }, connectorWith(wrong).account)[0]).toMatch(
      /no private RSA key/,
    );
  });

  it('are never a password, nor two ways at once, nor none', () => {
    expect(faultsOf({ username: 'u@x.example', password: 'secret' }, withKey)).toEqual([
      'password: Salesforce takes no such field.',
    ]);
    expect(
      faultsOf({ loginUrl: HOME, username: 'u@x.example', clientId: 'key', clientSecret: 's' }, withKey),
    ).toHaveLength(1);
    expect(faultsOf({})).toHaveLength(1);
  });

  it('take an address of Lightning for the org’s own', () => {
    const at = (loginUrl: string): string | null => {
      const parsed = account.parse({ loginUrl, clientId: 'key', clientSecret: 'secret' });
      return parsed.ok ? parsed.instanceUrl : null;
    };
    expect(at('https://office.lightning.force.com/lightning/page/home')).toBe(HOME);
    expect(at('https://office--uat.sandbox.lightning.force.com')).toBe(
      'https://office--uat.sandbox.my.salesforce.com',
    );
  });

  it('name what of the org is called otherwise, and say what is wrong there', () => {
    const input = { loginUrl: HOME, clientId: 'key', clientSecret: 'secret' };
    expect(
      faultsOf({ ...input, fieldNames: 'Property__c.Address__c=Street__c,\nContact.ZenaId__c = Key__c' }),
    ).toEqual([]);
    expect(faultsOf({ ...input, fieldNames: 'Contact.Nickname=Key__c' })[0]).toMatch(/Contact.Nickname/);
    expect(faultsOf({ ...input, propertyObject: 'Property c' })[0]).toMatch(/^propertyObject/);
    expect(faultsOf({ ...input, closeDateDays: '-3' })[0]).toMatch(/^closeDateDays/);
  });

  it('count against the org’s limits, or where nothing names the org against whom they are of', () => {
    const fingerprint = (secret: string): string => `<${secret.length}>`;
    expect(account.budgetKey({ loginUrl: HOME, clientId: 'key' }, fingerprint)).toBe(`salesforce ${HOME}`);
    expect(
      account.budgetKey({ loginUrl: 'https://login.salesforce.com', username: 'u@x' }, fingerprint),
    ).toBe('salesforce https://login.salesforce.com <3>');
  });
});
