import type { EntityKind } from '../../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { COLLECTIONS } from '../../../src/connectors/mri-vault/wire.ts';
import { vaultNaturalKey } from '../../../src/connectors/mri-vault/vault-key.ts';
import { markerOf, type Marker } from './content-marker.ts';

/** One record of a CRM account, with what a judge needs to know of its past. */
export interface ServerRecord {
  readonly id: string;
  readonly kind: EntityKind;
  readonly createdAt: number;
  /** Null where people made it. */
  readonly madeFor: Marker | null;
  fields: JsonObject;
  changedAt: number;
  /** What the search knows: older fields until a change gets through to it. */
  readonly indexed: { readonly from: number; readonly fields: JsonObject }[];
}

/** A write that took effect. */
export interface ServerWrite {
  readonly account: string;
  readonly verb: 'create' | 'update' | 'delete';
  readonly record: ServerRecord;
  readonly marker: Marker | null;
}

export interface ServerAnswer {
  readonly status: number;
  readonly body: Json | undefined;
}

export interface CrmAccount {
  readonly host: string;
  readonly records: Map<string, ServerRecord>;
  /** Does what a request asks for, at once. */
  handle(
    method: string,
    path: readonly string[],
    query: URLSearchParams,
    body: JsonObject | null,
  ): ServerAnswer;
  /** People at work: they remove a record, or merge one into another. */
  remove(id: string): void;
  add(kind: EntityKind, fields: JsonObject): ServerRecord;
  /** From now on it takes what it refused before. */
  relent(): void;
}

export interface CrmAccountParts {
  readonly host: string;
  readonly now: () => number;
  /** How long the search takes to know a change, ms; asked anew for each. */
  readonly lagMs: () => number;
  readonly onWrite: (write: ServerWrite) => void;
}

const KIND_OF = new Map(
  Object.entries(COLLECTIONS).map(([kind, collection]) => [collection, kind as EntityKind]),
);

/** A CRM account of the vault dialect: what it holds and how it answers when nothing goes wrong. */
export function createCrmAccount({ host, now, lagMs, onWrite }: CrmAccountParts): CrmAccount {
  const records = new Map<string, ServerRecord>();
  let nextId = 1;
  let strict = true;

  const store = (record: ServerRecord, fields: JsonObject): void => {
    record.fields = fields;
    record.changedAt = now();
    record.indexed.push({ from: now() + lagMs(), fields });
    if (record.indexed.length > 4) record.indexed.shift();
  };
  const insert = (kind: EntityKind, fields: JsonObject, madeFor: Marker | null): ServerRecord => {
    const id = `${kind.slice(0, 1)}${nextId++}`;
    const record = { id, kind, createdAt: now(), madeFor, fields, changedAt: now(), indexed: [] };
    records.set(id, record);
    store(record, fields);
    return record;
  };
  const told = (record: ServerRecord, verb: ServerWrite['verb'], marker: Marker | null): void => {
    onWrite({ account: host, verb, record, marker });
  };
  const create = (kind: EntityKind, fields: JsonObject): ServerAnswer => {
    const marker = markerOf(kind, fields);
    if (strict && marker?.trait === 'rejected') return REFUSED;
    if (marker?.trait === 'broken') return BROKEN;
    const record = insert(kind, fields, marker);
    told(record, 'create', marker);
    return { status: 201, body: { ...fields, id: record.id } };
  };
  const update = (kind: EntityKind, id: string, fields: JsonObject): ServerAnswer => {
    const record = records.get(id);
    if (record === undefined || record.kind !== kind) return GONE;
    const marker = markerOf(kind, fields);
    if (strict && marker?.trait === 'rejected') return REFUSED;
    if (marker?.trait === 'broken') return BROKEN;
    store(record, fields);
    told(record, 'update', marker);
    return { status: 200, body: { ...fields, id } };
  };
  const remove = (kind: EntityKind, id: string): ServerAnswer => {
    const record = records.get(id);
    if (record === undefined || record.kind !== kind) return GONE;
    records.delete(id);
    told(record, 'delete', markerOf(kind, record.fields));
    return { status: 204, body: undefined };
  };
  const search = (kind: EntityKind, query: URLSearchParams): ServerAnswer => {
    const key = vaultNaturalKey(kind, Object.fromEntries(query))?.hash;
    const body = [...records.values()].filter((record) => {
      const known = record.indexed.findLast(({ from }) => from <= now());
      return record.kind === kind && known && vaultNaturalKey(kind, known.fields)?.hash === key;
    });
    return { status: 200, body: body.map(shown) };
  };
  const list = (kind: EntityKind, query: URLSearchParams): ServerAnswer => {
    const since = Date.parse(query.get('modifiedSince') ?? '');
    const items = [...records.values()].filter(
      (record) =>
        record.kind === kind && record.changedAt >= since && record.indexed.some(({ from }) => from <= now()),
    );
    return { status: 200, body: { items: items.map(shown), nextCursor: null } };
  };

  return {
    host,
    records,
    handle(method, [collection = '', id], query, body) {
      if (collection === 'auth') return { status: 200, body: { ok: true } };
      const kind = KIND_OF.get(collection);
      if (kind === undefined) return GONE;
      if (method === 'POST') return create(kind, body ?? {});
      if (method === 'PUT') return update(kind, id ?? '', body ?? {});
      if (method === 'DELETE') return remove(kind, id ?? '');
      return id === 'search' ? search(kind, query) : list(kind, query);
    },
    remove: (id) => void records.delete(id),
    add: (kind, fields) => insert(kind, fields, null),
    relent() {
      strict = false;
    },
  };
}

const GONE: ServerAnswer = { status: 404, body: { error: 'not found' } };
const BROKEN: ServerAnswer = { status: 500, body: { error: 'internal error' } };
const REFUSED: ServerAnswer = {
  status: 422,
  body: { errors: [{ field: 'notes', message: 'is not allowed' }] },
};

function shown(record: ServerRecord): JsonObject {
  return { ...record.fields, id: record.id, createdAt: new Date(record.createdAt).toISOString() };
}
