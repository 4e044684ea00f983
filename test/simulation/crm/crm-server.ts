import type { EntityKind } from '../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { COLLECTIONS } from '../../../src/connectors/mri-vault/wire.ts';
import { createRecordStore, type StoredRecord } from '../../../src/sandbox/kit/records/record-store.ts';
import { mergeRecords } from '../../../src/sandbox/mri-vault/merge-records.ts';
import { tidyTexts } from '../../../src/sandbox/mri-vault/tidy-text.ts';
import { createVaultApi } from '../../../src/sandbox/mri-vault/vault-api.ts';
import { COLLECTION_FORMS, type VaultCollection } from '../../../src/sandbox/mri-vault/vault-record.ts';
import { VAULT_SETTINGS, type VaultSettings } from '../../../src/sandbox/mri-vault/vault-settings.ts';
import { markerOf, type Marker } from './content-marker.ts';
import { NOTES_PART } from './sim-parts.ts';

/** One record of a CRM account, with what a judge needs to know of its past. */
export interface ServerRecord {
  readonly id: string;
  readonly kind: EntityKind;
  /** Null where people made it. */
  readonly madeFor: Marker | null;
  readonly fields: JsonObject;
}

/** A request as it takes effect. */
export interface ServerRequest {
  readonly method: string;
  /** Below the API's base. */
  readonly path: readonly string[];
  readonly query: string;
  readonly body: JsonObject | null;
  /** Elapsed ms when it was put on its way. */
  readonly askedAt: number;
  /** The user whose key it carries. */
  readonly user: string;
}

/** A write of the API that took effect. */
export interface ServerWrite {
  readonly account: string;
  readonly verb: 'create' | 'update' | 'delete';
  /** As it is afterwards; of a deleted one as it was. */
  readonly record: ServerRecord;
  /** What the request carried. */
  readonly marker: Marker | null;
  readonly request: ServerRequest;
}

export interface ServerAnswer {
  readonly status: number;
  readonly body: Json | undefined;
}

export interface CrmAccount {
  readonly host: string;
  readonly settings: VaultSettings;
  /** All that it holds now, by id. */
  readonly records: ReadonlyMap<string, ServerRecord>;
  /** Does what a request asks for, at once. */
  handle(request: ServerRequest): ServerAnswer;
  /** People at work: they make, change and remove records, and merge one into another. */
  make(kind: EntityKind, fields: JsonObject): ServerRecord;
  edit(id: string, fields: JsonObject): ServerRecord | null;
  remove(id: string): void;
  merge(kind: EntityKind, keepId: string, goneId: string, answer: 'gone' | 'alias'): boolean;
  /** From now on it takes what it refused before. */
  relent(): void;
}

export interface CrmAccountParts {
  readonly host: string;
  readonly now: () => number;
  readonly random: { next(): number };
  readonly settings: Partial<VaultSettings>;
  readonly onWrite: (write: ServerWrite) => void;
  /** Whether a contact’s role and notes come by requests of their own. */
  readonly inParts?: boolean;
}

const KIND_OF: ReadonlyMap<VaultCollection, EntityKind> = new Map(
  Object.entries(COLLECTIONS).map(([kind, collection]) => [
    collection as VaultCollection,
    kind as EntityKind,
  ]),
);
const BASE: Readonly<Record<VaultCollection, number>> = { contacts: 1_000, properties: 2_000, deals: 3_000 };
const KEY = 'sim';

/** What the simulated CRM is unless a plan says otherwise. */
const DEFAULTS: VaultSettings = {
  ...VAULT_SETTINGS.defaults,
  putMode: 'replace',
  searchCase: 'insensitive',
  checkReferences: false,
};

/** A CRM account of the vault dialect, the sandbox's own, on the simulation's time: what it answers when nothing goes wrong. */
export function createCrmAccount(parts: CrmAccountParts): CrmAccount {
  const { host, now, random, onWrite } = parts;
  const settings = { ...DEFAULTS, ...parts.settings };
  const madeFor = new Map<string, Marker | null>();
  let strict = true;
  let underWay: { readonly request: ServerRequest; readonly marker: Marker | null } | null = null;

  const shown = (collection: string, { id, fields }: Pick<StoredRecord, 'id' | 'fields'>): ServerRecord => ({
    id,
    fields,
    kind: kindOf(collection),
    madeFor: madeFor.get(id) ?? null,
  });
  const store = createRecordStore<VaultCollection>({
    collections: COLLECTION_FORMS,
    newId: (collection, count) =>
      settings.ids === 'number' ? String(BASE[collection] + count) : `${collection.slice(0, 1)}${count}`,
    searchLagMs: () => settings.searchLagMs,
    clock: { now },
    log: {
      add({ kind, collection, id, fields }) {
        if (underWay === null) return;
        const { request, marker } = underWay;
        if (kind === 'create') madeFor.set(id, marker);
        const verb = ({ create: 'create', write: 'update', remove: 'delete' } as const)[kind];
        const record = shown(collection, { id, fields: fields ?? leaving });
        onWrite({ account: host, verb, record, request, marker: verb === 'delete' ? null : marker });
      },
    },
  });
  /** The fields of the record that a request removes. */
  let leaving: JsonObject = {};
  const keys = new Set([KEY]);
  const api = createVaultApi({ store, settings: () => settings, keys, now, random }, (_, fields) => fields);
  const records = (): Map<string, ServerRecord> =>
    new Map(
      [...KIND_OF.keys()].flatMap((collection) =>
        store.all(collection).map((record) => [record.id, shown(collection, record)] as const),
      ),
    );

  function handle(request: ServerRequest): ServerAnswer {
    const { method, path, query, body } = request;
    const [collection = '', id = ''] = path;
    const kind = KIND_OF.get(collection as VaultCollection);
    const isWrite = method === 'POST' || method === 'PUT';
    const marker = isWrite && kind !== undefined && body !== null ? markerOf(kind, body) : null;
    const held = kind === undefined ? null : store.lookUp(collection as VaultCollection, id);
    leaving = held?.kind === 'found' ? held.record.fields : {};
    const reaches = method === 'POST' || held?.kind === 'found';
    if (isWrite && reaches && strict && marker?.trait === 'rejected') return REFUSED;
    if (isWrite && reaches && marker?.trait === 'broken') return BROKEN;
    const contact =
      kind === 'contact' && parts.inParts === true && held?.kind === 'found' ? held.record : null;
    if (kind === 'contact' && path.length > 2) return ofPart(contact, request);
    underWay = { request, marker };
    const call = api.receive({
      method,
      query,
      path: `/api/v1/${path.map(encodeURIComponent).join('/')}`,
      headers: { authorization: `Bearer ${KEY}` },
      body: body === null ? { kind: 'none' } : { kind: 'json', value: withParts(contact, body) },
    });
    const { status, text } = call.carryOut([]);
    underWay = null;
    return {
      status,
      body: text.startsWith('{') || text.startsWith('[') ? (JSON.parse(text) as Json) : undefined,
    };
  }

  /** One request for a part of a contact, which is content of what stands there. */
  function ofPart(record: Pick<StoredRecord, 'id' | 'fields'> | null, request: ServerRequest): ServerAnswer {
    const [, , part = ''] = request.path;
    if (record === null) return { status: 404, body: { error: 'not found' } };
    const { id, fields } = record;
    const notes = String(fields['notes'] ?? '');
    if (request.method === 'GET')
      return { status: 200, body: { items: notes.split('\n').filter((line) => line !== '') } };
    const change =
      part === NOTES_PART
        ? { notes: [notes, String(request.body?.['note'])].filter((line) => line !== '').join('\n') }
        : tidyTexts('contacts', { type: request.body?.['type'] ?? '' }, settings);
    underWay = { request, marker: markerOf('contact', fields) };
    store.write('contacts', id, { ...fields, ...change });
    underWay = null;
    return { status: 200, body: {} };
  }

  return {
    host,
    settings,
    handle,
    get records() {
      return records();
    },
    make(kind, fields) {
      const collection = COLLECTIONS[kind] as VaultCollection;
      return shown(collection, store.create(collection, tidyTexts(collection, fields, settings)));
    },
    edit(id, fields) {
      const record = records().get(id);
      if (record === undefined) return null;
      const collection = COLLECTIONS[record.kind] as VaultCollection;
      const tidied = tidyTexts(collection, fields, settings);
      const stored = store.write(collection, id, { ...record.fields, ...tidied });
      return stored && shown(collection, stored);
    },
    remove(id) {
      for (const collection of KIND_OF.keys()) store.remove(collection, id);
    },
    merge: (kind, keepId, goneId, answer) =>
      mergeRecords(store, COLLECTIONS[kind] as VaultCollection, keepId, goneId, answer),
    relent() {
      strict = false;
    },
  };
}

/** The core of a contact leaves its parts as they are. */
function withParts(contact: Pick<StoredRecord, 'fields'> | null, body: JsonObject): JsonObject {
  if (contact === null) return body;
  const { type, notes } = contact.fields;
  return { ...body, ...(type !== undefined && { type }), ...(notes !== undefined && { notes }) };
}

function kindOf(collection: string): EntityKind {
  const kind = KIND_OF.get(collection as VaultCollection);
  if (kind === undefined) throw new Error(`no collection: ${collection}`);
  return kind;
}

const BROKEN: ServerAnswer = { status: 500, body: { error: 'internal error' } };
const REFUSED: ServerAnswer = {
  status: 422,
  body: { errors: [{ field: 'notes', message: 'is not allowed' }] },
};
