import type { IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import type { ConnectorCredentials, CrmConnector, ParsedCredentials } from '../connector.port.ts';
import type { ProviderDefinition } from '../provider-definition.ts';
import { authenticate, vaultKind } from './client.ts';
import { VAULT_MAPPING_VERSION } from './mapping.ts';
import { mriVaultPage } from './page.ts';

/** A header value may hold these; anything else could end the header and begin another. */
const HEADER_TEXT = /^[\x21-\x7e]{1,4096}$/;

const OF_THE_API = /^(.*?)\/+api\/+v1(?:\/+(?:(?:auth|contacts|properties|deals|api)(?:\/.*)?)?)?$/i;

const KNOWN_GAPS = [
  'A contact has one e-mail and one phone there: the first of each is sent.',
  'Whom not to contact, and in which way, has no field there and is not sent.',
  'What people change in MRI Vault is not brought to Zena.',
  'An update carries the mapped fields alone: a vault that replaces the whole record with it drops the others.',
  'MRI Vault does not say whose account a key belongs to: it is told by the address.',
];

/** MRI Vault, dialect `vault`: the API as the product's documents describe it. Sources of each fact: README.md beside this file. */
export const mriVault: CrmConnector = {
  id: 'mri_vault',
  credentialFields: [
    {
      name: 'apiKey',
      label: 'API key',
      secret: true,
      required: true,
      kind: 'text',
      help: 'Made in MRI Vault. It must be allowed to read and write contacts, properties and deals.',
    },
    {
      name: 'instanceUrl',
      label: 'Instance address',
      secret: false,
      required: true,
      kind: 'url',
      help: 'Where your office opens MRI Vault. The address of its API will do as well.',
    },
  ],
  syncDirections: ['push'],
  kinds: vaultKinds(),
  mappingVersion: VAULT_MAPPING_VERSION,
  limits: {
    requestsPerSecond: 50,
    maxConcurrent: 16,
    requestsPerDay: null,
    searchLagMs: 2_000,
    callDeadlineMs: 10_000,
  },
  knownGaps: KNOWN_GAPS,
  account: {
    parse: parseCredentials,
    baseUrl: (credentials) => `${instanceUrlOf(credentials)}/api/v1`,
    headers: (credentials) => ({ authorization: `Bearer ${credentials['apiKey'] ?? ''}` }),
    budgetKey: (credentials, fingerprint) =>
      `mri_vault ${instanceUrlOf(credentials)} ${fingerprint(credentials['apiKey'] ?? '')}`,
    // A bare hash of the key stood there once.
    isFormerBudgetKey: (budgetKey) => /^mri_vault \S+ [0-9a-f]{16}$/.test(budgetKey),
    isNamed: false,
    keyOf: instanceUrlOf,
    // The vault names neither its accounts nor whom a key acts as.
    identify: (_http, credentials) =>
      Promise.resolve({
        kind: 'applied',
        value: { accountKey: instanceUrlOf(credentials), label: null, actsAs: null },
      }),
  },
  authenticate,
};

/** The same for an operator who says which e-mails are no key. */
export function createMriVault(isPlaceholder: IsPlaceholder): CrmConnector {
  return { ...mriVault, kinds: vaultKinds(isPlaceholder) };
}

/** How it comes into the service: its users enter all that it needs. */
export const mriVaultProvider: ProviderDefinition = {
  id: 'mri_vault',
  operatorSettings: [],
  page: mriVaultPage,
  create: ({ isPlaceholder }) => createMriVault(isPlaceholder),
};

function vaultKinds(isPlaceholder?: IsPlaceholder): CrmConnector['kinds'] {
  return {
    contact: vaultKind('contact', isPlaceholder),
    property: vaultKind('property', isPlaceholder),
    deal: vaultKind('deal', isPlaceholder),
  };
}

function instanceUrlOf(credentials: ConnectorCredentials): string {
  return credentials['instanceUrl'] ?? '';
}

/** The path below which `/api/v1` is: the address may be that of the API, or of one of its calls, copied from its documents. */
function officePath(path: string): string {
  const [, before = path] = OF_THE_API.exec(path) ?? [];
  return before.replace(/\/+$/, '');
}

function parseCredentials(input: Readonly<Record<string, unknown>>): ParsedCredentials {
  const errors: { field: string; code: string; detail: string }[] = [];
  const { apiKey, instanceUrl, ...others } = input;
  for (const name of Object.keys(others)) {
    errors.push({ field: name, code: 'UNKNOWN_FIELD', detail: 'MRI Vault takes apiKey and instanceUrl.' });
  }
  if (typeof apiKey !== 'string' || !HEADER_TEXT.test(apiKey)) {
    errors.push({
      field: 'apiKey',
      code: 'INVALID',
      detail: 'A key of printable ASCII characters without spaces.',
    });
  }
  if (typeof instanceUrl !== 'string' || !URL.canParse(instanceUrl)) {
    errors.push({
      field: 'instanceUrl',
      code: 'INVALID',
      detail: 'An address such as https://your-office.example.com',
    });
  }
  if (errors.length > 0 || typeof apiKey !== 'string' || typeof instanceUrl !== 'string')
    return { ok: false, errors };
  const url = new URL(instanceUrl);
  const canonical = `${url.origin}${officePath(url.pathname)}`;
  return { ok: true, credentials: { apiKey, instanceUrl: canonical }, instanceUrl: canonical };
}
