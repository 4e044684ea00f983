import type {
  ConnectorKind,
  CrmConnector,
  CrmHttp,
  LaterPart,
} from '../../../src/connectors/connector.port.ts';
import { COLLECTIONS, isObject } from '../../../src/connectors/mri-vault/wire.ts';
import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { CallOutcome } from '../../../src/domain/outcome.ts';
import type { CrmFields, RemoteHit } from '../../../src/domain/remote-record.ts';
import type { SimCompany } from './sim-company.ts';
import { simVault } from './sim-connector.ts';

/** What a simulated CRM is that takes a contact in several requests. */
export interface SimParts {
  /** Whether an update of the core needs the record as it stands. */
  readonly readsFirst: boolean;
  /** What it takes in one call; absent: one request. */
  readonly company?: SimCompany;
}

const CONTACTS = COLLECTIONS.contact;
export const TYPE_PART = 'type';
export const NOTES_PART = 'notes';

/** The vault, in which a contact’s role is a part that is written by itself, and each of its notes is added by a request of its own. */
export function simVaultInParts(parts: SimParts): CrmConnector {
  const contact = mriVault.kinds.contact;
  if (contact === undefined) throw new TypeError('the vault has contacts');
  return {
    ...simVault,
    kinds: { ...mriVault.kinds, contact: inParts(contact, parts) },
    mappingVersion: `${mriVault.mappingVersion} in parts`,
  };
}

function inParts(whole: ConnectorKind, { readsFirst }: SimParts): ConnectorKind {
  const { core } = whole.parts;
  const { read, changes } = whole;
  return {
    ...whole,
    sharings: { ...whole.sharings, notes: 'appended' },
    fields(body, context) {
      const fields = whole.fields(body, context);
      const notes = String(fields['notes'] ?? '');
      return { ...fields, notes: notes === '' ? [] : notes.split('\n') };
    },
    parts: {
      core: {
        writes: 'replaces',
        readsFirst,
        async create(http, { fields }) {
          const outcome = await core.create(http, { fields: coreOf(fields) });
          return outcome.kind === 'applied' ? { ...outcome, value: withoutNotes(outcome.value) } : outcome;
        },
        async update(http, id, write) {
          const outcome = await core.update(http, id, { ...write, fields: coreOf(write.fields) });
          return outcome.kind === 'applied' ? { ...outcome, value: withoutNotes(outcome.value) } : outcome;
        },
      },
      others: [TYPE, NOTES],
    },
    find: async (http, key) => shown(await whole.find(http, key)),
    ...(read && {
      async read(http: CrmHttp, id: string) {
        const outcome = await read(http, id);
        return outcome.kind === 'applied' ? { ...outcome, value: withoutNotes(outcome.value) } : outcome;
      },
    }),
    ...(changes && {
      changes: async (http: CrmHttp, since: number, limit: number) =>
        shown(await changes(http, since, limit)),
    }),
  };
}

const TYPE: LaterPart = {
  does: 'replaces',
  name: TYPE_PART,
  fields: ['type'],
  async write(http, id, { fields }) {
    const body = { type: fields['type'] ?? '' };
    const path = [CONTACTS, id, TYPE_PART];
    const outcome = await http.request({ verb: 'update', method: 'PUT', path, body });
    return outcome.kind === 'applied' ? { kind: 'applied', value: { id, version: null } } : outcome;
  },
};

const NOTES: LaterPart = {
  does: 'appends',
  name: NOTES_PART,
  field: 'notes',
  async append(http, id, note) {
    const path = [CONTACTS, id, NOTES_PART];
    const outcome = await http.request({ verb: 'update', method: 'POST', path, body: { note } });
    return outcome.kind === 'applied' ? { kind: 'applied', value: null } : outcome;
  },
  async list(http, id) {
    const path = [CONTACTS, id, NOTES_PART];
    const outcome = await http.request({ verb: 'read', method: 'GET', path });
    if (outcome.kind !== 'applied') return outcome;
    const { body, status } = outcome.value;
    const items: Json = isObject(body) ? (body['items'] ?? null) : null;
    return Array.isArray(items)
      ? { kind: 'applied', value: (items as readonly Json[]).map(String) }
      : { kind: 'retry_later', code: 'ANSWER_UNEXPECTED', detail: 'No list of notes.', status };
  },
};

function coreOf({ type: _type, notes: _notes, ...core }: CrmFields): CrmFields {
  return core;
}

function withoutNotes<T extends { readonly fields?: CrmFields }>(record: T): T {
  if (record.fields === undefined) return record;
  const { notes: _, ...fields } = record.fields;
  return { ...record, fields };
}

function shown(outcome: CallOutcome<readonly RemoteHit[]>): CallOutcome<readonly RemoteHit[]> {
  return outcome.kind === 'applied' ? { ...outcome, value: outcome.value.map(withoutNotes) } : outcome;
}
