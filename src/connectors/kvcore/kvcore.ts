import { isUsualPlaceholder, type IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import type { ConnectorKinds, CrmConnector } from '../connector.port.ts';
import type { CredentialField } from '../credential-field.port.ts';
import type { ConnectorMeans, ProviderDefinition } from '../provider-definition.ts';
import { REQUESTS_PER_SECOND, SEARCH_LAG_MS } from './assumed.ts';
import { authenticate, endOfToken, FACTS, parseCredentials } from './connect-kvcore.ts';
import {
  changedContacts,
  createContact,
  deleteContact,
  findContacts,
  listContacts,
  readContactById,
  updateContact,
} from './contact-client.ts';
import { contactMapping } from './contact-mapping.ts';
import { listingKind } from './listing-kind.ts';
import { createNotesPart } from './notes-part.ts';
import { kvcorePage } from './page.ts';
import { transactionKind } from './transaction-kind.ts';

const VENDORS_HOST = 'api.kvcore.com';
const VENDORS_BASE = `https://${VENDORS_HOST}/v2/public`;

/** Changes with the mapping. */
const MAPPING_VERSION = 'kvcore-1';

const KNOWN_GAPS = [
  'A contact without an e-mail address can’t be made in kvCORE, and is not sent.',
  'A new contact is made for the agent whose id was entered, or for the account’s only user; where neither is known it is not sent, since kvCORE’s lead routing would give it to somebody. Whom a contact is with is never changed.',
  'A contact has two e-mails and one mobile number there: the first of each is sent.',
  'What Zena no longer says of a contact stays in kvCORE: nobody knows how to empty a field there.',
  'Whom not to e-mail, call or text is set, and never unset. By post there is no field.',
  'A note is sent once. A # before a word is written as “＃”, so that kvCORE makes no tag of it. A contact that was just made takes notes after up to half a minute.',
  'Properties and deals go into manual listings and transactions, of which nothing but the routes is documented: the shape is assumed, and they are off unless the connection says `syncProperties` and `syncDeals`.',
  'kvCORE does not say whose account a token belongs to: it is told by what it shows.',
  'What people change in kvCORE is not brought to Zena.',
];

const CREDENTIAL_FIELDS: readonly CredentialField[] = [
  {
    name: 'apiToken',
    label: 'API token',
    secret: true,
    required: true,
    kind: 'text',
    help: 'In kvCORE under Lead Engine, Lead Dropbox, My API Tokens, with the scope All or Contacts. It is good for a year.',
  },
  {
    name: 'agentId',
    label: 'Agent id',
    secret: false,
    required: false,
    kind: 'text',
    help: 'The number of the kvCORE user whom new contacts are for. Needed where the account has several users, or the token sees none of them.',
  },
];

/** kvCORE / BoldTrail, Public API V2. Sources of each fact: README.md beside this file. */
export function createKvcore({ baseUrl, isPlaceholder }: ConnectorMeans): CrmConnector {
  const base = baseUrl ?? VENDORS_BASE;
  const accountKey = `kvcore ${base}`;
  return {
    id: 'kvcore',
    credentialFields: CREDENTIAL_FIELDS,
    syncDirections: ['push'],
    kinds: kvcoreKinds(isPlaceholder),
    mappingVersion: MAPPING_VERSION,
    ...(baseUrl === null && { hosts: [VENDORS_HOST] }),
    limits: {
      requestsPerSecond: REQUESTS_PER_SECOND,
      maxConcurrent: 4,
      requestsPerDay: null,
      searchLagMs: SEARCH_LAG_MS,
      callDeadlineMs: 10_000,
    },
    knownGaps: KNOWN_GAPS,
    account: {
      parse: (input) => parseCredentials(input, base),
      baseUrl: () => base,
      // Wanted on every request, also where there is no body.
      headers: ({ apiToken = '' }) => ({
        authorization: `Bearer ${apiToken}`,
        accept: 'application/json',
        'content-type': 'application/json',
      }),
      budgetKey: ({ apiToken = '' }, fingerprint) => `kvcore ${base} ${fingerprint(apiToken)}`,
      // It has no interface that tells whose a token is.
      isNamed: false,
      keyOf: () => accountKey,
      identify: (_http, { apiToken = '' }) =>
        Promise.resolve({
          kind: 'applied',
          value: { accountKey, label: null, actsAs: null, until: endOfToken(apiToken) },
        }),
    },
    facts: FACTS,
    authenticate,
  };
}

/** kvCORE at the vendor's address. */
export const kvcore: CrmConnector = createKvcore({
  operator: {},
  baseUrl: null,
  isPlaceholder: isUsualPlaceholder,
});

/** How it comes into the service. */
export const kvcoreProvider: ProviderDefinition = {
  id: 'kvcore',
  operatorSettings: [],
  baseUrlSetting: 'KVCORE_BASE_URL',
  page: kvcorePage,
  create: createKvcore,
};

function kvcoreKinds(isPlaceholder: IsPlaceholder): ConnectorKinds {
  return {
    contact: {
      ...contactMapping(isPlaceholder),
      parts: {
        core: {
          writes: 'merges',
          create: (http, { fields }) => createContact(http, fields),
          update: updateContact,
        },
        others: [createNotesPart()],
      },
      find: findContacts,
      read: readContactById,
      delete: deleteContact,
      changes: changedContacts,
      page: listContacts,
    },
    property: listingKind,
    deal: transactionKind,
  };
}
