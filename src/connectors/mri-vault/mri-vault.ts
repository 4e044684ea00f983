import type { ConnectorCredentials, CrmConnector, ParsedCredentials } from '../connector.port.ts';
import { authenticate, vaultKind } from './client.ts';
import { VAULT_MAPPING_VERSION } from './mapping.ts';

/** A header value may hold these; anything else could end the header and begin another. */
const HEADER_TEXT = /^[\x21-\x7e]{1,4096}$/;

/** MRI Vault, dialect `vault`: the API as the product's documents describe it. Sources of each fact: README.md beside this file. */
export const mriVault: CrmConnector = {
  id: 'mri_vault',
  credentialFields: [
    { name: 'apiKey', label: 'API key', secret: true, required: true, kind: 'text' },
    { name: 'instanceUrl', label: 'Instance address', secret: false, required: true, kind: 'url' },
  ],
  syncDirections: ['push'],
  kinds: { contact: vaultKind('contact'), property: vaultKind('property'), deal: vaultKind('deal') },
  mappingVersion: VAULT_MAPPING_VERSION,
  limits: {
    requestsPerSecond: 50,
    maxConcurrent: 16,
    requestsPerDay: null,
    searchLagMs: 2_000,
    callDeadlineMs: 10_000,
  },
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

function instanceUrlOf(credentials: ConnectorCredentials): string {
  return credentials['instanceUrl'] ?? '';
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
  const canonical = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  return { ok: true, credentials: { apiKey, instanceUrl: canonical }, instanceUrl: canonical };
}
