import { isUsualPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { AccountIdentity, CrmConnector, CrmHttp, ParsedCredentials } from '../connector.port.ts';
import type { ConnectorMeans, ProviderDefinition } from '../provider-definition.ts';
import { LABEL, PATHS, REQUESTS_PER_SECOND, SEARCH_LAG_MS } from './assumed.ts';
import { httpContacts, isObject, notAnAbsence, textOf, unreadable } from './http-contacts.ts';
import { httpAdapterPage } from './page.ts';

const DIALECT = 'assumed-contract';
/** A header value may hold these; anything else could end the header and begin another. */
const KEY_TEXT = /^[\x21-\x7e]{1,4096}$/;
/** Where nothing is configured: a name that no resolver knows. */
const NOWHERE = 'https://unused.invalid';

const KNOWN_GAPS = [
  `Top Producer publishes no interface: what is spoken here is an ${LABEL} of ours, at an address that the operator names, and nothing that the vendor confirmed.`,
  'A contact has one e-mail and one phone there: the first of each is sent.',
  'Whom not to contact, and in which way, has no field there and is not sent.',
  'Properties and deals are not sent.',
  'What people change there is not brought to Zena.',
];

/** How it comes into the service: off unless the operator names an address. */
export const topProducerHttpProvider: ProviderDefinition = {
  id: 'top_producer',
  dialect: DIALECT,
  operatorSettings: [],
  baseUrlSetting: 'TOP_PRODUCER_BASE_URL',
  baseUrlRequired: true,
  page: httpAdapterPage,
  create: createTopProducerHttp,
};

/** Top Producer by an HTTP contract of our own. All of it: assumed.ts. */
export function createTopProducerHttp({ baseUrl, isPlaceholder }: ConnectorMeans): CrmConnector {
  const base = baseUrl ?? NOWHERE;
  return {
    id: 'top_producer',
    dialect: DIALECT,
    takes: ({ apiKey }) => apiKey !== undefined,
    credentialFields: [
      {
        name: 'apiKey',
        label: `API key (${LABEL})`,
        secret: true,
        required: true,
        kind: 'text',
        help: `Of the adapter that the operator runs: an ${LABEL}, not Top Producer’s own.`,
      },
    ],
    syncDirections: ['push'],
    kinds: { contact: httpContacts(isPlaceholder) },
    mappingVersion: 'top-producer-http-1',
    limits: {
      requestsPerSecond: REQUESTS_PER_SECOND,
      maxConcurrent: 2,
      requestsPerDay: null,
      searchLagMs: SEARCH_LAG_MS,
      callDeadlineMs: 10_000,
    },
    knownGaps: KNOWN_GAPS,
    account: {
      parse: (input) => parseCredentials(input, base),
      baseUrl: () => base,
      headers: ({ apiKey = '' }) => ({ authorization: `Bearer ${apiKey}` }),
      budgetKey: ({ apiKey = '' }, fingerprint) => `top_producer ${base} ${fingerprint(apiKey)}`,
      isNamed: true,
      identify,
    },
    async authenticate(http) {
      const outcome = await http.request({ verb: 'verify', method: 'GET', path: [PATHS.account] });
      return outcome.kind === 'applied' ? { kind: 'applied', value: true } : notAnAbsence(outcome);
    },
  };
}

/** Without an address: what can be known of it without. */
export const topProducerHttp: CrmConnector = createTopProducerHttp({
  operator: {},
  baseUrl: null,
  isPlaceholder: isUsualPlaceholder,
});

async function identify(http: CrmHttp): Promise<CallOutcome<AccountIdentity>> {
  const outcome = await http.request({ verb: 'read', method: 'GET', path: [PATHS.account] });
  if (outcome.kind !== 'applied') return notAnAbsence(outcome);
  const { body, status } = outcome.value;
  const id = isObject(body) ? textOf(body['id']) : '';
  if (!isObject(body) || id === '') return unreadable(status);
  const name = textOf(body['name']);
  return {
    kind: 'applied',
    value: { accountKey: `top_producer ${id}`, label: `${name || id} (${LABEL})`, actsAs: null },
  };
}

function parseCredentials(input: Readonly<Record<string, unknown>>, base: string): ParsedCredentials {
  const { apiKey, ...others } = input;
  const errors = Object.keys(others).map((field) => ({
    field,
    code: 'UNKNOWN_FIELD',
    detail: `With an apiKey (${LABEL}) Top Producer takes nothing else.`,
  }));
  if (typeof apiKey !== 'string' || !KEY_TEXT.test(apiKey)) {
    const detail = 'A key of printable ASCII characters without spaces.';
    errors.push({ field: 'apiKey', code: 'INVALID', detail });
  }
  return errors.length > 0 || typeof apiKey !== 'string'
    ? { ok: false, errors }
    : { ok: true, credentials: { apiKey }, instanceUrl: base };
}
