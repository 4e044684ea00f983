import type {
  ConnectorKind,
  CrmConnector,
  CrmHttp,
  CrmRequest,
} from '../../../../../src/connectors/connector.port.ts';
import { compareEmail } from '../../../../../src/domain/canonical/email-address.ts';
import { compareAddress } from '../../../../../src/domain/canonical/street-address.ts';
import { naturalKeyHash } from '../../../../../src/domain/content-hash.ts';
import { recordKey } from '../../../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../../../src/domain/json.ts';
import type { CallOutcome, Failure } from '../../../../../src/domain/outcome.ts';
import type { CreatedRecord, NaturalKey, RemoteRecord } from '../../../../../src/domain/remote-record.ts';

import { madeUpBatch } from './made-up-batch.ts';
import { createdOf, hitOf, only } from './made-up-wire.ts';

/** Longer names the made-up CRM can't take. */
export const LONGEST_NAME = 2_000;
const CONTACT_FIELDS = ['name', 'emails', 'phone', 'tags'] as const;
const PROPERTY_FIELDS = ['address', 'owners', 'risk'] as const;

/** Uses what the port has: parts, facts, entries, refusals, records that are given back as existing. */
export const madeUp: CrmConnector = {
  id: 'made_up',
  name: 'Made Up',
  credentialFields: [
    { name: 'key', label: 'Key', secret: true, required: true, kind: 'text', help: 'It has one.' },
  ],
  syncDirections: ['push'],
  kinds: { contact: contactKind(), property: propertyKind() },
  mappingVersion: 'made-up-1',
  limits: {
    requestsPerSecond: 50,
    maxConcurrent: 4,
    requestsPerDay: 10_000,
    searchLagMs: 3_000,
    callDeadlineMs: 10_000,
  },
  knownGaps: [],
  account: {
    parse: ({ key }) => ({
      ok: true,
      credentials: { key: String(key) },
      instanceUrl: 'https://made-up.test',
    }),
    baseUrl: () => 'https://made-up.test',
    headers: ({ key = '' }) => ({ authorization: `Key ${key}` }),
    budgetKey: ({ key = '' }, fingerprint) => `made_up ${fingerprint(key)}`,
    isNamed: true,
    identify: () =>
      Promise.resolve({ kind: 'applied', value: { accountKey: 'made-up', label: null, actsAs: null } }),
  },
  facts: {
    maxAgeMs: 60_000,
    async read(http, name) {
      const outcome = await http.request({ verb: 'read', method: 'GET', path: [name] });
      return outcome.kind === 'applied' ? { kind: 'applied', value: outcome.value.body } : outcome;
    },
  },
  async authenticate(http) {
    const outcome = await http.request({ verb: 'verify', method: 'GET', path: ['me'] });
    return outcome.kind === 'applied' ? { kind: 'applied', value: true } : outcome;
  },
};

function contactKind(): ConnectorKind {
  return {
    ...verbs('contacts', CONTACT_FIELDS),
    batch: madeUpBatch('contacts', CONTACT_FIELDS, ['name', 'emails', 'phone']),
    sharings: { emails: { member: 'value', as: 'email' }, tags: 'references', notes: 'appended' },
    factsFor: () => ['roles'],
    fields(body, { facts }) {
      if (body.kind !== 'contact') throw new TypeError('not a contact');
      const { name, emails, phones, role, relationshipNotes } = body.contact;
      const tag = (facts?.get('roles') as JsonObject | null | undefined)?.[role];
      return {
        name,
        emails: emails.map((value) => ({ value })),
        phone: phones[0] ?? '',
        tags: tag === undefined ? [] : [tag],
        notes: relationshipNotes.filter((note) => note !== ''),
      };
    },
    refusals(body) {
      if (body.kind !== 'contact' || body.contact.name.length <= LONGEST_NAME) return [];
      return [{ field: 'name', code: 'TOO_LONG', detail: `A name of ${LONGEST_NAME} characters would do.` }];
    },
    keys({ emails, key }) {
      const [first] = Array.isArray(emails) ? emails : [];
      const email =
        typeof key === 'string' ? key : String((first as JsonObject | undefined)?.['value'] ?? '');
      return email === '' ? [] : [keyOf('contact', email, compareEmail(email))];
    },
    parts: {
      core: corePart('contacts', ['name', 'emails', 'phone']),
      others: [
        {
          does: 'replaces',
          name: 'tags',
          fields: ['tags'],
          write: (http, id, { fields }) =>
            written(
              http,
              {
                verb: 'update',
                method: 'PUT',
                path: ['contacts', id, 'tags'],
                body: { tags: fields['tags'] ?? [] },
              },
              id,
            ),
        },
        {
          does: 'appends',
          name: 'notes',
          field: 'notes',
          async append(http, id, text) {
            const outcome = await http.request({
              verb: 'update',
              method: 'POST',
              path: ['contacts', id, 'notes'],
              body: { text },
            });
            return outcome.kind === 'applied' ? { kind: 'applied', value: null } : outcome;
          },
          async list(http, id) {
            const outcome = await http.request({
              verb: 'read',
              method: 'GET',
              path: ['contacts', id, 'notes'],
            });
            if (outcome.kind !== 'applied') return outcome;
            const { body } = outcome.value;
            return { kind: 'applied', value: Array.isArray(body) ? body.map(String) : [] };
          },
        },
      ],
    },
  };
}

function propertyKind(): ConnectorKind {
  return {
    ...verbs('properties', PROPERTY_FIELDS),
    batch: madeUpBatch('properties', PROPERTY_FIELDS, PROPERTY_FIELDS),
    sharings: { address: 'address', owners: 'references' },
    fields(body, { resolve }) {
      if (body.kind !== 'property') throw new TypeError('not a property');
      const { address, vendors, riskOverview } = body.property;
      const owners = vendors.map((id) => resolve(recordKey('contact', id))).filter((id) => id !== null);
      return { address, owners: [...new Set(owners)], risk: riskOverview };
    },
    keys({ address, key }) {
      const text = String(key ?? address ?? '');
      return text === '' ? [] : [keyOf('property', text, compareAddress(text))];
    },
    parts: { core: corePart('properties', PROPERTY_FIELDS) },
  };
}

function keyOf(kind: 'contact' | 'property', key: string, canonical: string): NaturalKey {
  const hash = naturalKeyHash(kind, canonical);
  return { kind, strength: 'good', value: { key }, hash, formerHashes: [] };
}

function corePart(collection: string, names: readonly string[]): ConnectorKind['parts']['core'] {
  return {
    writes: 'merges',
    async create(http, { fields }): Promise<CallOutcome<CreatedRecord>> {
      const outcome = await http.request({
        verb: 'create',
        method: 'POST',
        path: [collection],
        body: only(fields, names),
      });
      if (outcome.kind !== 'applied') return outcome;
      return createdOf(outcome.value.body as JsonObject, outcome.value.status);
    },
    update: (http, id, { fields, changed }) =>
      written(
        http,
        {
          verb: 'update',
          method: 'PATCH',
          path: [collection, id],
          body: only(
            fields,
            names.filter((name) => changed.includes(name)),
          ),
        },
        id,
      ),
  };
}

function verbs(
  collection: string,
  names: readonly string[],
): Pick<ConnectorKind, 'find' | 'read' | 'delete'> {
  return {
    async find(http, { value }) {
      const query = { key: value['key'] ?? '' };
      const outcome = await http.request({ verb: 'find', method: 'GET', path: [collection], query });
      if (outcome.kind !== 'applied') return notAnAbsence(outcome);
      const { body } = outcome.value;
      if (!Array.isArray(body)) return unreadable(outcome.value.status);
      return { kind: 'applied', value: body.map((one: Json) => hitOf(one as JsonObject, names)) };
    },
    async read(http, id) {
      const outcome = await http.request({ verb: 'read', method: 'GET', path: [collection, id] });
      if (outcome.kind !== 'applied') return outcome;
      return { kind: 'applied', value: hitOf(outcome.value.body as JsonObject, names) };
    },
    async delete(http, id) {
      const outcome = await http.request({ verb: 'delete', method: 'DELETE', path: [collection, id] });
      return outcome.kind === 'applied' ? { kind: 'applied', value: null } : outcome;
    },
  };
}

async function written(http: CrmHttp, request: CrmRequest, id: string): Promise<CallOutcome<RemoteRecord>> {
  const outcome = await http.request(request);
  return outcome.kind === 'applied' ? { kind: 'applied', value: { id, version: null } } : outcome;
}

function unreadable(status: number): Failure {
  return { kind: 'retry_later', code: 'ANSWER_UNEXPECTED', detail: 'It answered no list.', status };
}

function notAnAbsence(failure: Failure): Failure {
  if (failure.kind !== 'gone' && failure.kind !== 'rejected') return failure;
  return { kind: 'retry_later', code: 'SEARCH_FAILED', detail: 'The search failed.', status: null };
}
