import type {
  ConnectorKind,
  CrmConnector,
  CrmHttp,
  CrmRequest,
  CrmVerb,
  LaterPart,
} from '../../src/connectors/connector.port.ts';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { naturalKeyHash } from '../../src/domain/content-hash.ts';
import { recordKey, type EntityBody, type EntityKind } from '../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { CallOutcome } from '../../src/domain/outcome.ts';
import type { CrmFields, NaturalKey, RemoteHit } from '../../src/domain/remote-record.ts';

/** What the made-up CRM is. */
export interface PartsOptions {
  /** Whether it tells the notes of a contact. */
  readonly lists?: boolean;
  /** Whether an update of the core needs the record as it stands. */
  readonly readsFirst?: boolean;
  /** Whether it can list what was changed. */
  readonly changes?: boolean;
  /** Whether a contact’s group is known by a fact of the account. */
  readonly groups?: boolean;
}

/** A contact’s tags and notes come after its core, which is its name, e-mail, phone and group; a deal is called by its property’s address. */
export function partsConnector(options: PartsOptions = {}): CrmConnector {
  const kinds = {
    contact: contactKind(options),
    property: propertyKind(options),
    deal: dealKind(options),
  };
  return {
    ...mriVault,
    kinds,
    mappingVersion: 'parts-1',
    ...(options.groups === true && {
      facts: {
        maxAgeMs: 60_000,
        read: async (http: CrmHttp, name: string) => {
          const outcome = await http.request({ verb: 'read', method: 'GET', path: ['facts', name] });
          return outcome.kind === 'applied' ? { kind: 'applied', value: outcome.value.body } : outcome;
        },
      },
    }),
  };
}

const LONGEST_NAME = 40;

function contactKind({ lists = true, groups = false, ...options }: PartsOptions): ConnectorKind {
  return {
    ...verbs('contact', options),
    sharings: { tags: 'items', notes: 'appended' },
    parts: { ...core('contact', options), others: [TAGS, notes(lists)] },
    fields(body, { facts }) {
      if (body.kind !== 'contact') return {};
      const { name, emails, phones, role, relationshipNotes } = body.contact;
      const group = (facts?.get('groups') as JsonObject | undefined)?.[role] ?? null;
      return {
        name,
        email: emails[0] ?? null,
        phone: phones[0] ?? null,
        ...(groups && { group }),
        tags: role === '' ? [] : [role],
        notes: [...relationshipNotes],
      };
    },
    ...(groups && { factsFor: () => ['groups'] }),
    refusals(body, { facts }) {
      if (body.kind !== 'contact') return [];
      const { name, role } = body.contact;
      const known = facts?.get('groups') as JsonObject | undefined;
      const missing = groups && role !== '' && known?.[role] === undefined;
      return [
        ...(name.length > LONGEST_NAME
          ? [{ field: 'name', code: 'TOO_LONG', detail: `The name has more than ${LONGEST_NAME} letters.` }]
          : []),
        ...(missing
          ? [
              {
                field: 'group',
                code: 'UNKNOWN_GROUP',
                detail: `No group is called ${role}.`,
                missingIn: 'groups',
              },
            ]
          : []),
      ];
    },
    keys: ({ email, phone }) => [
      ...keyOf('contact', 'email', email, 'good'),
      ...keyOf('contact', 'phone', phone, 'needs_agreement'),
    ],
    agrees: (found, draft) => found['name'] === draft['name'],
  };
}

function propertyKind(options: PartsOptions): ConnectorKind {
  return {
    ...verbs('property', options),
    sharings: {},
    parts: core('property', options),
    fields: (body) => (body.kind === 'property' ? { address: body.property.address } : {}),
    keys: ({ address }) => keyOf('property', 'address', address, 'good'),
  };
}

function dealKind(options: PartsOptions): ConnectorKind {
  return {
    ...verbs('deal', options),
    sharings: {},
    parts: core('deal', options),
    readsContentOf: ['property'],
    fields(body, { referred, resolve }) {
      if (body.kind !== 'deal') return {};
      const key = recordKey('property', body.deal.propertyId ?? '');
      const property: EntityBody | null = referred?.(key) ?? null;
      const where = property?.kind === 'property' ? property.property.address : 'no property';
      return { title: `${where}: ${body.deal.stage}`, propertyId: resolve(key), stage: body.deal.stage };
    },
    keys: () => [],
  };
}

function keyOf(
  kind: EntityKind,
  name: string,
  value: Json | undefined,
  strength: NaturalKey['strength'],
): NaturalKey[] {
  if (typeof value !== 'string' || value === '') return [];
  const hash = naturalKeyHash(kind, name, value.toLowerCase());
  return [{ kind, value: { [name]: value }, hash, formerHashes: [], strength }];
}

function core(kind: EntityKind, { readsFirst }: PartsOptions): Pick<ConnectorKind['parts'], 'core'> {
  return {
    core: {
      writes: 'merges',
      ...(readsFirst === true && { readsFirst }),
      async create(http, { fields }) {
        const outcome = await asked(http, 'create', 'POST', [kind], coreIn(fields));
        if (outcome.kind !== 'applied') return outcome;
        const { id, origin } = outcome.value as { id: string; origin: 'created' | 'existing' };
        return { kind: 'applied', value: { id, version: null, origin } };
      },
      async update(http, remoteId, { fields, changed, rest }) {
        const named = Object.entries(fields).filter(([name]) => changed.includes(name));
        const body = { ...Object.fromEntries(named), ...(readsFirst === true && { rest: rest ?? null }) };
        const outcome = await asked(http, 'update', 'PUT', [kind, remoteId], body);
        return outcome.kind === 'applied' ? written(remoteId) : outcome;
      },
    },
  };
}

const TAGS: LaterPart = {
  does: 'replaces',
  name: 'tags',
  fields: ['tags'],
  async write(http, remoteId, { fields }) {
    const outcome = await asked(http, 'update', 'PUT', ['contact', remoteId, 'tags'], {
      tags: fields['tags'] ?? [],
    });
    return outcome.kind === 'applied' ? written(remoteId) : outcome;
  },
};

function notes(lists: boolean): LaterPart {
  return {
    does: 'appends',
    name: 'notes',
    field: 'notes',
    async append(http, remoteId, item) {
      const outcome = await asked(http, 'update', 'POST', ['contact', remoteId, 'notes'], { note: item });
      return outcome.kind === 'applied' ? { kind: 'applied', value: null } : outcome;
    },
    ...(lists && {
      async list(http: CrmHttp, remoteId: string): Promise<CallOutcome<readonly string[]>> {
        const outcome = await asked(http, 'read', 'GET', ['contact', remoteId, 'notes'], null);
        return outcome.kind === 'applied'
          ? { kind: 'applied', value: outcome.value as readonly string[] }
          : outcome;
      },
    }),
  };
}

function coreIn({ tags: _tags, notes: _notes, ...fields }: CrmFields): CrmFields {
  return fields;
}

function written(id: string): CallOutcome<{ readonly id: string; readonly version: null }> {
  return { kind: 'applied', value: { id, version: null } };
}

function verbs(
  kind: EntityKind,
  { changes = true }: PartsOptions,
): Pick<ConnectorKind, 'find' | 'read' | 'delete' | 'changes'> {
  return {
    async find(http, { value }) {
      const outcome = await asked(http, 'find', 'GET', [kind, 'search'], { ...value });
      return outcome.kind === 'applied' ? { kind: 'applied', value: hitsIn(outcome.value) } : outcome;
    },
    async read(http, remoteId) {
      const outcome = await asked(http, 'read', 'GET', [kind, remoteId], null);
      if (outcome.kind !== 'applied') return outcome;
      const [hit] = hitsIn([outcome.value]);
      return { kind: 'applied', value: hit as RemoteHit };
    },
    async delete(http, remoteId) {
      const outcome = await asked(http, 'delete', 'DELETE', [kind, remoteId], null);
      return outcome.kind === 'applied' ? { kind: 'applied', value: null } : outcome;
    },
    ...(changes && {
      async changes(http: CrmHttp, since: number) {
        const outcome = await asked(http, 'list', 'GET', [kind, 'changes'], { since });
        return outcome.kind === 'applied'
          ? ({ kind: 'applied', value: hitsIn(outcome.value) } as const)
          : outcome;
      },
    }),
  };
}

function hitsIn(body: Json): readonly RemoteHit[] {
  return (body as readonly JsonObject[]).map((record) => ({
    id: record['id'] as string,
    version: null,
    createdAt: record['createdAt'] as number,
    fields: record['fields'] as CrmFields,
    rest: record['rest'] as CrmFields,
  }));
}

async function asked(
  http: CrmHttp,
  verb: CrmVerb,
  method: CrmRequest['method'],
  path: readonly string[],
  body: Json,
): Promise<CallOutcome<Json>> {
  const outcome = await http.request({ verb, method, path, body });
  return outcome.kind === 'applied' ? { kind: 'applied', value: outcome.value.body } : outcome;
}
