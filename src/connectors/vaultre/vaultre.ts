import { isUsualPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import type { ConnectorCredentials, CrmConnector, ParsedCredentials } from '../connector.port.ts';
import type { ConnectorMeans, ProviderDefinition } from '../provider-definition.ts';
import { ASSUMED_LIMITS, ASSUMED_SEARCH_LAG_MS } from './assumed.ts';
import { authenticate, classifyVaultre, identify } from './connect-vaultre.ts';
import { contactKind } from './contact-kind.ts';
import { dealKind } from './deal-kind.ts';
import { vaultrePage } from './page.ts';
import { propertyKind } from './property-kind.ts';
import { vaultreFacts } from './vaultre-facts.ts';

const DIALECT = 'vaultre-1.3';
const VENDOR_DOMAIN = 'vaultre.com.au';
const VENDOR_HOST = `ap-southeast-2.api.${VENDOR_DOMAIN}`;
const VENDOR_BASE = `https://${VENDOR_HOST}/api/v1.3`;
const KEY_SETTING = 'VAULTRE_API_KEY';

/** A header value may hold these; anything else could end the header and begin another. */
const HEADER_TEXT = /^[\x21-\x7e]{1,4096}$/;

const KNOWN_GAPS = [
  'A contact’s role is a category: it is filed under one that is called so, and none is made.',
  'A property needs a suburb that VaultRE knows: an address without one is not sent, and the record says so.',
  'Milestones and risks of a property stand in its notes, each once; a note is never changed nor taken out.',
  'A deal is the sale of its property. Only the stage “listing” can be set; what else changes in it is a new note of the property. What it once said already is not noted again.',
  'A deal without a property is not sent. An offer is never made.',
  'A deal that is deleted in Zena leaves its notes where they are.',
  'A deal’s contacts are not carried: a sale has no people but its owners and purchasers.',
  'What people change in VaultRE is not brought to Zena.',
  'What VaultRE does not show of a record can’t be sent back with an update: who may edit a contact, and the fees and prices of what is not residential.',
];

/** How VaultRE comes into the service. */
export const vaultreProvider: ProviderDefinition = {
  id: 'mri_vault',
  dialect: DIALECT,
  operatorSettings: [
    {
      name: KEY_SETTING,
      secret: true,
      required: true,
      help: 'The integrator key that VaultRE issued to this service (its header X-Api-Key), of all agencies.',
    },
  ],
  baseUrlSetting: 'VAULTRE_BASE_URL',
  page: vaultrePage,
  create: createVaultre,
};

/** MRI Vault by the vendor's own API, VaultRE 1.3. Sources of each fact: README.md beside this file. */
export function createVaultre({ operator, baseUrl, isPlaceholder }: ConnectorMeans): CrmConnector {
  const base = baseUrl ?? VENDOR_BASE;
  const integratorKey = operator[KEY_SETTING] ?? '';
  const budgetKeyNow = (fingerprint: (secret: string) => string): string =>
    `mri_vault ${base} ${fingerprint(integratorKey)}`;
  return {
    id: 'mri_vault',
    dialect: DIALECT,
    takes: ({ apiVersion, instanceUrl }) => apiVersion === DIALECT || isVendors(instanceUrl),
    credentialFields: [
      {
        name: 'accessToken',
        label: 'Access token',
        secret: true,
        required: true,
        kind: 'text',
        help: 'Made by your office in VaultRE, for this service. It must be allowed to read and write contacts and properties.',
      },
      {
        name: 'apiVersion',
        label: 'Interface',
        secret: false,
        required: true,
        kind: 'text',
        help: `“${DIALECT}”, for MRI Vault by its published API (VaultRE).`,
      },
    ],
    syncDirections: ['push'],
    kinds: {
      contact: contactKind(isPlaceholder),
      property: propertyKind,
      deal: dealKind,
    },
    mappingVersion: `${DIALECT}/1`,
    hosts: [VENDOR_HOST],
    limits: {
      requestsPerSecond: ASSUMED_LIMITS.requestsPerSecond,
      maxConcurrent: 8,
      requestsPerDay: ASSUMED_LIMITS.requestsPerDay,
      searchLagMs: ASSUMED_SEARCH_LAG_MS,
      callDeadlineMs: 10_000,
      // Shared by all agencies of the integrator.
      keptForLive: 0.2,
    },
    knownGaps: KNOWN_GAPS,
    account: {
      parse: (input) => parseCredentials(input, base),
      baseUrl: () => base,
      headers: ({ accessToken = '' }) => ({
        authorization: `Bearer ${accessToken}`,
        'x-api-key': integratorKey,
      }),
      // The limits are the integrator's: of all agencies together.
      budgetKey: (_credentials, fingerprint) => budgetKeyNow(fingerprint),
      // With another key of the operator's all of them are counted anew, and what the former was refused for is over.
      isFormerBudgetKey: (budgetKey, fingerprint) => budgetKey !== budgetKeyNow(fingerprint),
      isNamed: true,
      identify: (http) => identify(http),
    },
    facts: vaultreFacts,
    authenticate,
    classify: classifyVaultre,
  };
}

/** With nothing of an operator's: what can be known of it without. */
export const vaultre: CrmConnector = createVaultre({
  operator: {},
  baseUrl: null,
  isPlaceholder: isUsualPlaceholder,
});

function isVendors(address: unknown): boolean {
  if (typeof address !== 'string' || !URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  return hostname === VENDOR_DOMAIN || hostname.endsWith(`.${VENDOR_DOMAIN}`);
}

/** The address may be given, and says no more than which interface is meant: there is one host for all. */
function parseCredentials(input: Readonly<Record<string, unknown>>, base: string): ParsedCredentials {
  const errors: { field: string; code: string; detail: string }[] = [];
  const { accessToken, apiVersion = DIALECT, instanceUrl, ...others } = input;
  for (const field of Object.keys(others)) {
    errors.push({ field, code: 'UNKNOWN_FIELD', detail: 'VaultRE takes accessToken and apiVersion.' });
  }
  if (typeof accessToken !== 'string' || !HEADER_TEXT.test(accessToken)) {
    const detail = 'A token of printable ASCII characters without spaces.';
    errors.push({ field: 'accessToken', code: 'INVALID', detail });
  }
  if (apiVersion !== DIALECT) {
    errors.push({ field: 'apiVersion', code: 'INVALID', detail: `Only “${DIALECT}” is spoken.` });
  }
  if (instanceUrl !== undefined && !isVendors(instanceUrl) && !isBelow(instanceUrl, base)) {
    errors.push({ field: 'instanceUrl', code: 'INVALID', detail: `There is one address for all: ${base}` });
  }
  if (errors.length > 0 || typeof accessToken !== 'string') return { ok: false, errors };
  const credentials: ConnectorCredentials = { accessToken, apiVersion: DIALECT };
  return { ok: true, credentials, instanceUrl: base };
}

function isBelow(address: unknown, base: string): boolean {
  return (
    typeof address === 'string' && URL.canParse(address) && new URL(address).origin === new URL(base).origin
  );
}
