import { isUsualPlaceholder, type IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { KindMapping } from '../../domain/mapping.ts';
import type { CreatedRecord, CrmFields, RemoteHit } from '../../domain/remote-record.ts';
import type {
  ConnectorKind,
  ConnectorKinds,
  CrmConnector,
  CrmHttp,
  ConnectorLimits,
} from '../connector.port.ts';
import type { ConnectorMeans, OperatorSetting, ProviderDefinition } from '../provider-definition.ts';
import {
  DAY_PAUSE_MS,
  GENERIC_LOGIN,
  KEPT_FOR_LIVE,
  LEFT_TO_OTHERS,
  MAX_CONCURRENT,
  REQUESTS_PER_SECOND,
  SEARCH_LAG_MS,
} from './api/assumed.ts';
import { classifySalesforce } from './classify.ts';
import { batchOf } from './many/batch.ts';
import { browserConnect, revoke } from './browser.ts';
import { contactExtras, createContact } from './contact-create.ts';
import { contactMapping } from './mapping/contact-mapping.ts';
import type { NewRecords } from './many/create-many.ts';
import { budgetKeyOf, CREDENTIAL_FIELDS, parseCredentials, SALESFORCE_HOSTS } from './credentials.ts';
import { dealMapping, ROLES } from './mapping/deal-mapping.ts';
import { salesforceFacts } from './mapping/facts.ts';
import { BY_ADDRESS, BY_EMAIL, BY_PROPERTY, findRecords, type Search } from './many/find-records.ts';
import { CONTACT, OPPORTUNITY, PROPERTY } from './api/objects.ts';
import { salesforcePage } from './page.ts';
import { propertyMapping } from './mapping/property-mapping.ts';
import {
  changedRecords,
  deleteRecord,
  newBody,
  patchRecord,
  postRecord,
  readRecord,
} from './api/record-client.ts';
import { readContactRoles, rolesPart } from './roles-part.ts';
import { CALL_OPTIONS, openSession, opensOnce, operatorApp } from './api/sessions.ts';
import { settingsOf } from './api/settings.ts';
import { authenticate, identify } from './api/setup.ts';

/** Changes with the mapping. */
const MAPPING_VERSION = 'salesforce-1';

const DAY_MS = 86_400_000;

const KNOWN_GAPS = [
  'A contact has one e-mail and one phone number there that are Zena’s: the first. Further ones are not sent.',
  'Who wants no contact by e-mail or phone is marked so, and never unmarked; for text messages and post there is no field.',
  'A property has a place for two vendors and two buyers.',
  'New contacts belong to the account that the connection names; where people move them, they stay. With an account for each contact, that account stays when the contact is deleted.',
  'Person accounts are not used: contacts are kept as contacts of an account.',
  'A contact that people keep without an account is its owner’s alone: where whom the connection acts as doesn’t see it, one is made beside it.',
  'The close date of a deal is set when it is made, and never again.',
  'A stage that the org doesn’t have is its first open one, unless the connection says otherwise; the record says so.',
  'What the org wants filled in beside these fields is refused by Salesforce, and the record says which.',
  'What people change in Salesforce is not brought to Zena.',
];

const OPERATOR_SETTINGS: readonly OperatorSetting[] = [
  {
    name: 'SALESFORCE_CLIENT_ID',
    secret: false,
    required: false,
    help: 'The consumer key of this service’s app at Salesforce, for connections that give a user name.',
  },
  {
    name: 'SALESFORCE_CLIENT_SECRET',
    secret: true,
    required: false,
    help: 'The consumer secret of the same app, for connections in the browser.',
  },
  {
    name: 'SALESFORCE_PRIVATE_KEY',
    secret: true,
    required: false,
    help: 'The private RSA key (PEM) whose certificate the app has, for connections that give a user name.',
  },
  {
    name: 'SALESFORCE_LOGIN_URL',
    secret: false,
    required: false,
    help: `Where people sign in who give no My Domain address (${GENERIC_LOGIN}).`,
  },
];

/** Calls of an org in any 24 hours, whoever makes them: only Salesforce counts them, and tells with each answer. */
const SALESFORCE_LIMITS: ConnectorLimits = {
  requestsPerSecond: REQUESTS_PER_SECOND,
  maxConcurrent: MAX_CONCURRENT,
  requestsPerDay: null,
  rollingDay: {
    told: ({ headers }) => usageIn(headers['sforce-limit-info'] ?? ''),
    leftToOthers: LEFT_TO_OTHERS,
    askAgainMs: DAY_PAUSE_MS,
  },
  keptForLive: KEPT_FOR_LIVE,
  searchLagMs: SEARCH_LAG_MS,
  callDeadlineMs: 10_000,
};

/** `api-usage=18/5000`: how many calls were made in the last 24 hours, and how many there are. Null: it doesn't tell. */
function usageIn(info: string): { readonly used: number; readonly most: number } | null {
  const told = /(?:^|[,;\s])api-usage=(\d{1,12})\/(\d{1,12})/.exec(info);
  const [used, most] = [Number(told?.[1]), Number(told?.[2])];
  return told === null || most === 0 ? null : { used, most };
}

/** How it comes into the service. */
export const salesforceProvider: ProviderDefinition = {
  id: 'salesforce',
  operatorSettings: OPERATOR_SETTINGS,
  page: salesforcePage,
  create: createSalesforce,
};

/** Salesforce, by its REST API. Sources of each fact: README.md beside this file. */
export function createSalesforce({ operator, isPlaceholder, now = Date.now }: ConnectorMeans): CrmConnector {
  const app = operatorApp(operator);
  const login = operator['SALESFORCE_LOGIN_URL'] ?? GENERIC_LOGIN;
  return {
    id: 'salesforce',
    credentialFields: CREDENTIAL_FIELDS,
    syncDirections: ['push'],
    kinds: salesforceKinds(isPlaceholder, now),
    mappingVersion: MAPPING_VERSION,
    hosts: SALESFORCE_HOSTS,
    limits: SALESFORCE_LIMITS,
    knownGaps: KNOWN_GAPS,
    account: {
      parse: (input) => parseCredentials(input, login, app),
      baseUrl: ({ loginUrl = login }) => loginUrl,
      // Nothing but a session carries requests.
      headers: () => ({}),
      plainHeaders: Object.keys(CALL_OPTIONS),
      budgetKey: budgetKeyOf,
      isNamed: true,
      browser: browserConnect(app, login),
      close: revoke,
      opensOnce,
      open: (http, credentials, kept) => openSession(http, credentials, { app, now, kept }),
      identify: (http) => identify(http),
    },
    facts: salesforceFacts,
    authenticate,
    classify: classifySalesforce,
  };
}

/** Salesforce without anything of an operator's. */
export const salesforce: CrmConnector = createSalesforce({
  operator: {},
  baseUrl: null,
  isPlaceholder: isUsualPlaceholder,
});

function salesforceKinds(isPlaceholder: IsPlaceholder, now: () => number): ConnectorKinds {
  const contacts: NewRecords = { object: CONTACT, extras: (http) => contactExtras(http) };
  const properties: NewRecords = { object: PROPERTY, extras: () => Promise.resolve(NO_MORE) };
  const deals: NewRecords = {
    object: OPPORTUNITY,
    extras: (http) => Promise.resolve({ kind: 'applied', value: closeDate(http, now()) }),
  };
  const deal = kindOf(dealMapping, BY_PROPERTY, deals, (http, fields) => createOne(http, deals, fields));
  return {
    contact: kindOf(contactMapping(isPlaceholder), BY_EMAIL, contacts, createContact),
    property: kindOf(propertyMapping, BY_ADDRESS, properties, (http, fields) =>
      createOne(http, properties, fields),
    ),
    deal: { ...deal, parts: { ...deal.parts, others: [rolesPart] }, read: readDeal },
  };
}

const NO_MORE: CallOutcome<JsonObject> = { kind: 'applied', value: {} };

function kindOf(
  mapping: KindMapping,
  search: Search,
  records: NewRecords,
  create: (http: CrmHttp, fields: CrmFields) => Promise<CallOutcome<CreatedRecord>>,
): ConnectorKind {
  const { object } = records;
  return {
    ...mapping,
    parts: {
      core: {
        writes: 'merges',
        create: (http, { fields }) => create(http, fields),
        update: (http, remoteId, write) => patchRecord(http, object, remoteId, write),
      },
    },
    find: (http, key) => findRecords(http, search, key),
    read: (http, remoteId) => readRecord(http, object, remoteId),
    delete: (http, remoteId) => deleteRecord(http, object, remoteId),
    changes: (http, since, limit) => changedRecords(http, object, since, limit),
    batch: batchOf(search, records),
  };
}

async function createOne(
  http: CrmHttp,
  { object, extras }: NewRecords,
  fields: CrmFields,
): Promise<CallOutcome<CreatedRecord>> {
  const more = await extras(http, fields);
  if (more.kind !== 'applied') return more;
  return await postRecord(http, object, { ...newBody(http, object, fields), ...more.value });
}

/** The day by which a deal is expected to be over, which Salesforce wants and Zena doesn't know. */
function closeDate(http: CrmHttp, now: number): JsonObject {
  const day = new Date(now + settingsOf(http).closeDateDays * DAY_MS).toISOString().slice(0, 10);
  return { CloseDate: day };
}

async function readDeal(http: CrmHttp, remoteId: string, only?: 'core'): Promise<CallOutcome<RemoteHit>> {
  const hit = await readRecord(http, OPPORTUNITY, remoteId);
  if (hit.kind !== 'applied' || only === 'core') return hit;
  const roles = await readContactRoles(http, remoteId);
  if (roles.kind !== 'applied') return roles;
  const fields = { ...hit.value.fields, [ROLES]: [...roles.value] };
  return { kind: 'applied', value: { ...hit.value, fields } };
}
