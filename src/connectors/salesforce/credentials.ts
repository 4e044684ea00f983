import type { ConnectorCredentials, ParsedCredentials } from '../connector.port.ts';
import type { CredentialField } from '../credential-field.port.ts';
import { CLOSE_DATE_DAYS, GENERIC_LOGIN, SHARED_ACCOUNT } from './api/assumed.ts';
import type { OperatorApp } from './api/sessions.ts';
import { settingFaults } from './api/settings.ts';
import { loginAddress, NO_LOGIN_ADDRESS } from './browser.ts';

/** Where Salesforce has its hosts; a host below one of these is its, too. */
export const SALESFORCE_HOSTS = ['salesforce.com', 'salesforce.mil', 'sfcrmproducts.cn'] as const;

export const CREDENTIAL_FIELDS: readonly CredentialField[] = [
  {
    name: 'loginUrl',
    label: 'My Domain address',
    secret: false,
    required: false,
    kind: 'url',
    help: 'In Salesforce under Setup, My Domain: https://your-office.my.salesforce.com. A sandbox’s is https://your-office--name.sandbox.my.salesforce.com.',
  },
  {
    name: 'username',
    label: 'User name',
    secret: false,
    required: false,
    kind: 'text',
    help: 'Of the user whom this service acts as, for whom an administrator has allowed its app. No password is needed. Or give a consumer key and secret of an app of your own.',
  },
  {
    name: 'clientId',
    label: 'Consumer key',
    secret: false,
    required: false,
    kind: 'text',
    help: 'Of an external client app of your org that allows the client credentials flow, with a user to run as.',
  },
  {
    name: 'clientSecret',
    label: 'Consumer secret',
    secret: true,
    required: false,
    kind: 'text',
    help: 'Of the same app.',
  },
  {
    name: 'contactAccount',
    label: 'Account of new contacts',
    secret: false,
    required: false,
    kind: 'text',
    help: `A contact without an account is seen by its owner alone. The name or id of an account that new contacts belong to; “each” makes one for each contact; “private” leaves them without. Left out: “${SHARED_ACCOUNT}”, which is made.`,
  },
  {
    name: 'closeDateDays',
    label: 'Close date, days ahead',
    secret: false,
    required: false,
    kind: 'text',
    help: `Salesforce wants a close date of each opportunity, and Zena has none: so many days after it is made (${String(CLOSE_DATE_DAYS)}). People’s own date stays.`,
  },
  {
    name: 'propertyObject',
    label: 'Object of properties',
    secret: false,
    required: false,
    kind: 'text',
    help: 'The API name of the object that properties are kept in, where it isn’t Property__c.',
  },
  {
    name: 'fieldNames',
    label: 'Names of fields',
    secret: false,
    required: false,
    kind: 'text',
    help: 'Fields that are called otherwise in your org, as in Property__c.Address__c=Street__c, Contact.ZenaId__c=External_Id__c.',
  },
];

/** What a connect in the browser brings: nobody types it in. */
const REFRESH_TOKEN = 'refreshToken';
const FROM_BROWSER = ['authorizationCode', 'codeVerifier', 'redirectUri'] as const;

const WAYS = ['username', 'clientId', 'clientSecret', REFRESH_TOKEN, ...FROM_BROWSER] as const;
const TEXT = /^[\x21-\x7e]{1,1024}$/;
type Fault = { readonly field: string; readonly code: string; readonly detail: string };

/** Checks what was entered; `login`: where to sign in where nobody says. */
export function parseCredentials(
  input: Readonly<Record<string, unknown>>,
  login: string,
  app: OperatorApp,
): ParsedCredentials {
  const known = new Set([...CREDENTIAL_FIELDS.map(({ name }) => name), REFRESH_TOKEN, ...FROM_BROWSER]);
  const faults: Fault[] = Object.keys(input)
    .filter((field) => !known.has(field))
    .map((field) => ({ field, code: 'UNKNOWN_FIELD', detail: 'Salesforce takes no such field.' }));
  const texts = Object.entries(input).filter((entry): entry is [string, string] => entry[1] !== undefined);
  for (const [field, value] of texts) {
    if (typeof value !== 'string') faults.push({ field, code: 'INVALID', detail: 'A text.' });
  }
  if (faults.length > 0) return { ok: false, errors: faults };
  const entered = Object.fromEntries(texts.filter(([, value]) => value !== ''));
  const loginUrl = loginAddress(entered['loginUrl'] ?? login);
  faults.push(...wayFaults(entered, loginUrl, app), ...settingFaults(entered));
  if (loginUrl === null) faults.push(NO_LOGIN_ADDRESS);
  if (faults.length > 0 || loginUrl === null) return { ok: false, errors: faults };
  const credentials: ConnectorCredentials = { ...entered, loginUrl };
  return { ok: true, credentials, instanceUrl: loginUrl };
}

function wayFaults(
  entered: Readonly<Record<string, string>>,
  loginUrl: string | null,
  app: OperatorApp,
): readonly Fault[] {
  const unfit = WAYS.filter((name) => entered[name] !== undefined && !TEXT.test(entered[name])).map(
    (field) => ({
      field,
      code: 'INVALID',
      detail: 'Printable ASCII characters without spaces.',
    }),
  );
  if (unfit.length > 0) return unfit;
  const { username, clientId, clientSecret, refreshToken } = entered;
  const lacking = FROM_BROWSER.filter((name) => entered[name] === undefined);
  if (lacking.length > 0 && lacking.length < FROM_BROWSER.length)
    return lacking.map((field) => fault(field, 'What a connect in the browser brings goes together.'));
  if (refreshToken !== undefined || lacking.length === 0) {
    if (username !== undefined || clientId !== undefined || clientSecret !== undefined)
      return [fault(REFRESH_TOKEN, 'A refresh token goes with no other way to sign in.')];
    return app.clientId === null ? [fault(REFRESH_TOKEN, APP_MISSING)] : [];
  }
  const isGeneric = loginUrl !== null && /^https:\/\/(?:login|test)\.salesforce\.com$/.test(loginUrl);
  if (clientId !== undefined || clientSecret !== undefined) {
    if (username !== undefined)
      return [fault('username', 'Either a user name, or a consumer key and secret.')];
    if (clientId === undefined) return [fault('clientId', 'The consumer key that goes with the secret.')];
    if (clientSecret === undefined)
      return [fault('clientSecret', 'The consumer secret that goes with the key.')];
    return isGeneric
      ? [fault('loginUrl', 'A consumer key and secret are taken at your My Domain address alone.')]
      : [];
  }
  if (username === undefined)
    return [fault('username', 'A user name, or a consumer key and secret of an app of your own.')];
  if (app.clientId === null || app.key === null) {
    const detail =
      app.keyFault ??
      'The operator of this service has not set up SALESFORCE_CLIENT_ID and SALESFORCE_PRIVATE_KEY.';
    return [fault('username', `${detail} Use a consumer key and secret of your own.`)];
  }
  return [];
}

const APP_MISSING =
  'The operator of this service has not set up its app at Salesforce (SALESFORCE_CLIENT_ID).';

function fault(field: string, detail: string): Fault {
  return { field, code: 'INVALID', detail };
}

/** Where there is an address of the org's own, its limits are the org's; else of whom is signed in. */
export function budgetKeyOf(
  { loginUrl = GENERIC_LOGIN, username, clientId }: ConnectorCredentials,
  fingerprint: (secret: string) => string,
): string {
  const isGeneric = /^https:\/\/(?:login|test)\.salesforce\.com$/.test(loginUrl);
  return isGeneric
    ? `salesforce ${loginUrl} ${fingerprint(username ?? clientId ?? '')}`
    : `salesforce ${loginUrl}`;
}
