import { isUsualPlaceholder, type IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import type { KindMapping } from '../../domain/mapping.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type {
  AccountIdentity,
  ConnectorCredentials,
  ConnectorKinds,
  CrmConnector,
  CrmHttp,
  ParsedCredentials,
} from '../connector.port.ts';
import type { ConnectorMeans, OperatorSetting, ProviderDefinition } from '../provider-definition.ts';
import { changedDeals, createDeal, deleteDeal, findDeals, readDealById, updateDeal } from './deal-client.ts';
import { dealMapping } from './deal-mapping.ts';
import { FACTS } from './facts.ts';
import { fubLimits } from './limits.ts';
import { followUpBossPage } from './page.ts';
import {
  changedPeople,
  createPerson,
  findPeople,
  notesPart,
  readPersonById,
  trashPerson,
  updatePerson,
} from './person-client.ts';
import { isSamePerson, personMapping } from './person-mapping.ts';
import { classifyFubAnswer, isObject, notAnAbsence, readId, readText, unreadable } from './wire.ts';

const VENDORS_BASE = 'https://api.followupboss.com/v1';
const VENDORS_HOST = 'api.followupboss.com';

/** Changes with the mapping. */
const MAPPING_VERSION = 'fub-1';

/** A key goes into Basic credentials, where a colon would end it. */
const KEY_TEXT = /^[\x21-\x39\x3b-\x7e]{1,1024}$/;

const KNOWN_GAPS = [
  'Follow Up Boss has no properties: they are not sent. A deal is called by its property’s address, and follows it when that changes.',
  'What Zena says of a property’s risk and milestones goes into custom text fields of deals labelled “Property risk” and “Property milestones”, where the account has them, and nowhere else.',
  'Whom not to contact, and in which way, has no field there and is not sent.',
  'A delete puts the person into the stage Trash, and a deal among the deleted ones: people can bring both back. Somebody in Trash stays there, whatever Zena sends.',
  'A note is sent once. What people change or delete of it there stays so.',
  'A person whom only another agent sees is not made a second time: the record says so.',
  'A deal without a property is not recognised where people made it there.',
  'As a registered system (FUB_SYSTEM) all accounts keep together to the ceilings that Follow Up Boss lists for it; without, each keeps to its own.',
  'What people change in Follow Up Boss is not brought to Zena.',
];

const OPERATOR_SETTINGS: readonly OperatorSetting[] = [
  {
    name: 'FUB_SYSTEM',
    secret: false,
    required: false,
    help: 'The name of this service as it is registered at Follow Up Boss. With its key it may send twice as much.',
  },
  {
    name: 'FUB_SYSTEM_KEY',
    secret: true,
    required: false,
    help: 'The key that Follow Up Boss gave to the registered system.',
  },
];

/** Follow Up Boss, API v1. Sources of each fact: README.md beside this file. */
export function createFollowUpBoss({ operator, baseUrl, isPlaceholder }: ConnectorMeans): CrmConnector {
  const base = baseUrl ?? VENDORS_BASE;
  const system = systemHeaders(operator['FUB_SYSTEM'], operator['FUB_SYSTEM_KEY']);
  const isRegistered = Object.keys(system).length > 0;
  return {
    id: 'follow_up_boss',
    credentialFields: [
      {
        name: 'apiKey',
        label: 'API key',
        secret: true,
        required: true,
        kind: 'text',
        help: 'In Follow Up Boss under Admin, API. The key of the account’s owner or of an admin reaches everybody; an agent’s key only their own people.',
      },
    ],
    syncDirections: ['push'],
    kinds: fubKinds(isPlaceholder, isRegistered ? ['ceilings'] : []),
    mappingVersion: MAPPING_VERSION,
    ...(baseUrl === null && { hosts: [VENDORS_HOST] }),
    limits: fubLimits(isRegistered),
    knownGaps: KNOWN_GAPS,
    account: {
      parse: (input) => parseCredentials(input, base),
      baseUrl: () => base,
      headers: (credentials) => ({ authorization: basic(credentials), ...system }),
      // A note's answer says which system made it.
      plainHeaders: ['x-system'],
      budgetKey: (credentials, fingerprint) =>
        `follow_up_boss ${base} ${fingerprint(credentials['apiKey'] ?? '')}`,
      isNamed: true,
      identify,
    },
    facts: FACTS,
    authenticate,
    classify: classifyFubAnswer,
  };
}

/** Follow Up Boss at the vendor's address, without anything of an operator's. */
export const followUpBoss: CrmConnector = createFollowUpBoss({
  operator: {},
  baseUrl: null,
  isPlaceholder: isUsualPlaceholder,
});

/** How it comes into the service. */
export const followUpBossProvider: ProviderDefinition = {
  id: 'follow_up_boss',
  operatorSettings: OPERATOR_SETTINGS,
  baseUrlSetting: 'FUB_BASE_URL',
  page: followUpBossPage,
  create: createFollowUpBoss,
};

/** @param asked what of the account is read beside what mappings need */
function fubKinds(isPlaceholder: IsPlaceholder, asked: readonly string[]): ConnectorKinds {
  const asking = (mapping: KindMapping): KindMapping => ({
    ...mapping,
    factsFor: (body) => [...(mapping.factsFor?.(body) ?? []), ...asked],
  });
  return {
    contact: {
      ...asking(personMapping(isPlaceholder)),
      parts: {
        core: {
          writes: 'merges',
          create: (http, { fields }) => createPerson(http, fields),
          update: updatePerson,
        },
        others: [notesPart],
      },
      agrees: isSamePerson,
      find: findPeople,
      read: readPersonById,
      delete: trashPerson,
      changes: changedPeople,
    },
    deal: {
      ...asking(dealMapping),
      parts: {
        core: {
          writes: 'merges',
          create: (http, { fields }) => createDeal(http, fields),
          update: updateDeal,
        },
      },
      find: findDeals,
      read: readDealById,
      delete: deleteDeal,
      changes: (http, _since, limit) => changedDeals(http, limit),
    },
  };
}

/** A name without a key is as good as none: the vendor takes both together. */
function systemHeaders(
  system: string | undefined,
  key: string | undefined,
): Readonly<Record<string, string>> {
  return system === undefined || key === undefined ? {} : { 'x-system': system, 'x-system-key': key };
}

function basic(credentials: ConnectorCredentials): string {
  return `Basic ${Buffer.from(`${credentials['apiKey'] ?? ''}:`).toString('base64')}`;
}

/** By `/identity`: `/me` would repeat the key. */
async function authenticate(http: CrmHttp): Promise<CallOutcome<true>> {
  const outcome = await http.request({ verb: 'verify', method: 'GET', path: ['identity'] });
  return outcome.kind === 'applied' ? { kind: 'applied', value: true } : notAnAbsence(outcome);
}

async function identify(http: CrmHttp): Promise<CallOutcome<AccountIdentity>> {
  const outcome = await http.request({ verb: 'read', method: 'GET', path: ['identity'] });
  if (outcome.kind !== 'applied') return notAnAbsence(outcome);
  const { body, status } = outcome.value;
  const account = isObject(body) ? body['account'] : undefined;
  const user = isObject(body) ? body['user'] : undefined;
  const id = isObject(account) ? readId(account['id']) : null;
  if (id === null || !isObject(account)) return unreadable('who the key is of', status);
  return {
    kind: 'applied',
    value: {
      accountKey: `follow_up_boss ${id}`,
      label: readText(account['name']) || readText(account['domain']) || null,
      actsAs: isObject(user) ? readText(user['name']) || readText(user['email']) || null : null,
    },
  };
}

function parseCredentials(input: Readonly<Record<string, unknown>>, base: string): ParsedCredentials {
  const { apiKey, ...others } = input;
  const errors = Object.keys(others).map((field) => ({
    field,
    code: 'UNKNOWN_FIELD',
    detail: 'Follow Up Boss takes apiKey.',
  }));
  if (typeof apiKey === 'string' && KEY_TEXT.test(apiKey) && errors.length === 0)
    return { ok: true, credentials: { apiKey }, instanceUrl: base };
  if (typeof apiKey !== 'string' || !KEY_TEXT.test(apiKey)) {
    errors.push({
      field: 'apiKey',
      code: 'INVALID',
      detail: 'A key of printable ASCII characters without spaces and colons.',
    });
  }
  return { ok: false, errors };
}
