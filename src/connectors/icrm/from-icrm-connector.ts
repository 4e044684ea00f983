import type { EntityKind } from '../../domain/entity.ts';
import { isUsualPlaceholder, type IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { ProviderId } from '../../domain/providers.ts';
import type {
  ConnectorCredentials,
  ConnectorKind,
  ConnectorLimits,
  CrmConnector,
  CrmHttp,
  OwnCalls,
  ParsedCredentials,
} from '../connector.port.ts';
import type { CredentialField } from '../credential-field.port.ts';
import type { ICRMConnector } from './icrm-connector.ts';
import { identifierOf, zenaKeys, zenaRecord } from './zena-record.ts';

/** What is to be said of a class that is written by the product's document; what is left out is careful. */
export interface ICRMDescription {
  /** As in routes and stores: lower-case letters, digits and underscores. */
  readonly id: ProviderId;
  /** As people call it. */
  readonly name: string;
  readonly credentialFields: readonly CredentialField[];
  /** Kinds that it has no place for: they are never sent, and nobody waits for them. */
  readonly without?: readonly EntityKind[];
  readonly limits?: Partial<ConnectorLimits>;
  readonly knownGaps?: readonly string[];
  /** The credential field that tells accounts apart, where one does (an address). Else the credentials as a whole do. */
  readonly accountField?: string;
  /** Changes whenever what the class sends may change for the same record. */
  readonly mappingVersion?: string;
  readonly isPlaceholder?: IsPlaceholder;
}

const CAREFUL: ConnectorLimits = {
  requestsPerSecond: 5,
  maxConcurrent: 4,
  requestsPerDay: null,
  searchLagMs: 5_000,
  callDeadlineMs: 10_000,
};

const GAPS = [
  'What people change in the CRM is not seen, so a field that Zena has is written over.',
  'A delete in Zena leaves the CRM record as it is.',
];

const PUSHES = { contact: 'pushContact', property: 'pushProperty', deal: 'pushDeal' } as const;
const TEXT = /^[^\p{Cc}]{1,4096}$/u;

/**
 * A connector of a class that is written like the product document's skeleton: six methods that answer a boolean, an id, null or nothing, and
 * throw where they fail. Each of its calls goes in turn, through breaker, quota and deadline, as if it were the host's own; its HTTP does
 * not pass the host's guard, at its author's risk. It can't read, list or delete, so less is known, and more care taken: whatever a push
 * throws is a create of which nobody knows whether it was taken, which is looked for before anything is created again.
 */
export function fromICRMConnector(about: ICRMDescription, factory: () => ICRMConnector): CrmConnector {
  const { id, name, credentialFields, without = [], isPlaceholder = isUsualPlaceholder } = about;
  const instances = createInstances(factory);
  const kinds = (['contact', 'property', 'deal'] as const)
    .filter((kind) => !without.includes(kind))
    .map((kind) => [kind, kindOf(kind, instances, isPlaceholder)] as const);
  return {
    id,
    name,
    credentialFields,
    syncDirections: ['push'],
    kinds: Object.fromEntries(kinds),
    mappingVersion: about.mappingVersion ?? `${id}-1`,
    limits: { ...CAREFUL, ...about.limits },
    knownGaps: [...GAPS, ...(about.knownGaps ?? [])],
    account: accountOf(about),
    async authenticate(http) {
      const own = ownOf(http);
      return await instances.authenticate(own);
    },
  };
}

function kindOf(kind: EntityKind, instances: Instances, isPlaceholder: IsPlaceholder): ConnectorKind {
  return {
    sharings: {},
    fields: (body, { resolve }) => zenaRecord(body, resolve),
    keys: (fields) => zenaKeys(kind, fields, isPlaceholder),
    parts: {
      core: {
        writes: 'unknown',
        async create(http, { fields }) {
          const made = await instances.call(ownOf(http), 'create', (crm) => crm[PUSHES[kind]](fields));
          if (made.kind !== 'applied') return made;
          const remoteId = idOf(made.value);
          return remoteId === null
            ? withoutId()
            : { kind: 'applied', value: { id: remoteId, version: null, origin: 'created' } };
        },
        async update(http, remoteId, { fields }) {
          const own = ownOf(http);
          const done = await instances.call(own, 'update', (crm) => crm.updateRecord(kind, remoteId, fields));
          return done.kind === 'applied' ? applied({ id: remoteId, version: null }) : done;
        },
      },
    },
    async find(http, { value }) {
      const identifier = identifierOf(kind, value);
      const found = await instances.call(ownOf(http), 'find', (crm) =>
        crm.findExistingRecord(kind, identifier),
      );
      if (found.kind !== 'applied') return found;
      if (found.value === null || found.value === undefined) return applied([]);
      const remoteId = idOf(found.value);
      return remoteId === null
        ? notAnId()
        : applied([{ id: remoteId, version: null, createdAt: null, fields: {} }]);
    },
  };
}

/** One instance for as long as the credentials are in use; it goes with them. */
interface Instances {
  authenticate(own: OwnCalls): Promise<CallOutcome<true>>;
  /** After a new instance was authenticated, which is a call of its own. */
  call<T>(
    own: OwnCalls,
    verb: 'find' | 'create' | 'update',
    act: (crm: ICRMConnector) => Promise<T>,
  ): Promise<CallOutcome<T>>;
}

interface Instance {
  readonly crm: ICRMConnector;
  /** Those who need it at once wait for one call. Null: it has to be asked. */
  opened: Promise<CallOutcome<true>> | null;
}

function createInstances(factory: () => ICRMConnector): Instances {
  const kept = new WeakMap<object, Instance>();

  const instanceOf = ({ lifetime }: OwnCalls): Instance => {
    const known = kept.get(lifetime);
    if (known !== undefined) return known;
    const made = { crm: factory(), opened: null };
    kept.set(lifetime, made);
    return made;
  };
  const open = (own: OwnCalls, instance: Instance): Promise<CallOutcome<true>> => {
    const opened = own
      .call('verify', async () => await instance.crm.authenticate(own.credentials))
      .then((answer) => verified(answer));
    instance.opened = opened;
    const forget = (): void => {
      if (instance.opened === opened) instance.opened = null;
    };
    void opened.then(({ kind }) => {
      if (kind !== 'applied') forget();
    }, forget);
    return opened;
  };

  return {
    authenticate: (own) => open(own, instanceOf(own)),
    async call(own, verb, act) {
      const instance = instanceOf(own);
      const opened = await (instance.opened ?? open(own, instance));
      // Nothing was sent for the record, so a create that never began is no create without an answer.
      if (opened.kind !== 'applied') return opened;
      const outcome = await own.call(verb, async () => await act(instance.crm));
      // What it threw may be that its session is over: it is asked for anew before the next call.
      if (outcome.kind !== 'applied' && outcome.kind !== 'withheld') instance.opened = null;
      return outcome;
    },
  };
}

function verified(answer: CallOutcome<boolean>): CallOutcome<true> {
  if (answer.kind !== 'applied') return answer;
  if (answer.value === true) return applied(true);
  const detail = 'The CRM does not accept the credentials.';
  return { kind: 'unauthorised', code: 'CREDENTIALS_REFUSED', detail, status: 401 };
}

function accountOf({ id, name, credentialFields, accountField }: ICRMDescription): CrmConnector['account'] {
  const keyOf = (credentials: ConnectorCredentials): string =>
    accountField === undefined ? id : `${id} ${credentials[accountField] ?? ''}`;
  return {
    parse: (input) => parse(input, name, credentialFields),
    baseUrl: () => 'https://unused.invalid',
    headers: () => ({}),
    budgetKey: (credentials, fingerprint) =>
      `${keyOf(credentials)} ${fingerprint(JSON.stringify(credentials))}`,
    isNamed: false,
    keyOf,
    identify: (_http, credentials) =>
      Promise.resolve(applied({ accountKey: keyOf(credentials), label: null, actsAs: null })),
  };
}

function parse(
  input: Readonly<Record<string, unknown>>,
  name: string,
  credentialFields: readonly CredentialField[],
): ParsedCredentials {
  const known = credentialFields.map((field) => field.name);
  const unknown = Object.keys(input).filter((field) => !known.includes(field));
  const errors = unknown.map((field) => ({
    field,
    code: 'UNKNOWN_FIELD',
    detail: `${name} takes ${known.join(', ')}.`,
  }));
  const credentials: Record<string, string> = {};
  for (const { name: field, required, label } of credentialFields) {
    const value = input[field];
    if (value === undefined && !required) continue;
    if (typeof value === 'string' && TEXT.test(value)) credentials[field] = value;
    else errors.push({ field, code: 'INVALID', detail: `${label}: a text without control characters.` });
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, credentials, instanceUrl: '' };
}

function ownOf({ own }: CrmHttp): OwnCalls {
  if (own === undefined) throw new TypeError('a connector with HTTP of its own is called without a host');
  return own;
}

/** The class may answer a number, whatever its types say. */
function idOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

function applied<T>(value: T): { readonly kind: 'applied'; readonly value: T } {
  return { kind: 'applied', value };
}

function withoutId(): Failure {
  const detail = 'The connector made a record and answered no id.';
  return { kind: 'ambiguous', code: 'ANSWER_WITHOUT_ID', detail, status: null };
}

function notAnId(): Failure {
  const detail = 'The connector looked for a record and answered neither an id nor null.';
  return { kind: 'retry_later', code: 'ANSWER_UNEXPECTED', detail, status: null };
}
