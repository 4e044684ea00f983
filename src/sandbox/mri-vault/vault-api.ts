import { checkFields, type FieldError } from './field-checks.ts';
import { emptyReply, errorReply, invalidReply, jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import { wireObject, type RecordStore, type StoredRecord } from '../kit/records/record-store.ts';
import type { Random } from '../../runtime/random.ts';
import type { RequestBody } from '../kit/http/request-body.ts';
import type { SandboxSettings } from './vault-settings.ts';
import { SEARCH_FIELDS } from '../kit/records/search-index.ts';
import type { VaultCollection, VaultFields } from './vault-record.ts';
import { API_PREFIX, type VaultRoute } from './vault-route.ts';

/** Changes fields on their way in, as a CRM that tidies up does. */
export type NormaliseFields = (collection: VaultCollection, fields: VaultFields) => VaultFields;

export interface VaultApiParts {
  readonly store: RecordStore;
  readonly settings: () => SandboxSettings;
  readonly random: Pick<Random, 'next'>;
  readonly normaliseFields: NormaliseFields;
}

/** Does what an authorised request asks for and tells the answer. */
export type VaultApi = (
  route: VaultRoute,
  query: Readonly<Record<string, string>>,
  body: RequestBody,
) => HttpReply;

const notFound = (what: string): HttpReply => errorReply(404, `${what} not found.`);

/** The answer to a body that can't be a record, before anything else is looked at. */
function unusableBody(body: RequestBody): HttpReply | null {
  if (body.kind === 'too-large') return errorReply(413, 'The body is larger than 1 MiB.');
  if (body.kind !== 'malformed') return null;
  return invalidReply([{ field: '', code: 'malformed_json', message: 'the body is not JSON' }]);
}

function shuffled<T>(items: readonly T[], random: Pick<Random, 'next'>): T[] {
  return items
    .map((item) => ({ item, weight: random.next() }))
    .sort((left, right) => left.weight - right.weight)
    .map(({ item }) => item);
}

/** The vault dialect over a store: pure of HTTP, so that faults can wrap it. */
export function createVaultApi(parts: VaultApiParts): VaultApi {
  const { store, settings } = parts;
  const wire = (record: StoredRecord) => wireObject(record, settings().ids);

  function accepted(collection: VaultCollection, body: RequestBody, partial: boolean) {
    const { strict, checkReferences } = settings();
    const exists = (of: VaultCollection, id: string): boolean => store.lookUp(of, id).kind !== 'missing';
    const value = body.kind === 'json' ? body.value : undefined;
    const checked = checkFields(collection, value, { strict, checkReferences, partial, exists });
    return checked.ok ? { ...checked, fields: parts.normaliseFields(collection, checked.fields) } : checked;
  }

  function create(collection: VaultCollection, body: RequestBody): HttpReply {
    const checked = accepted(collection, body, false);
    if (!checked.ok) return invalidReply(checked.errors);
    return jsonReply(201, wire(store.create(collection, checked.fields)));
  }

  function withRecord(
    { collection, id }: { collection: VaultCollection; id: string },
    then: (held: StoredRecord) => HttpReply,
  ): HttpReply {
    const found = store.lookUp(collection, id);
    if (found.kind === 'missing') return notFound('Record');
    if (found.kind === 'found') return then(found.record);
    const location = `${API_PREFIX}/${collection}/${encodeURIComponent(found.id)}`;
    return emptyReply(308, { location });
  }

  function write(collection: VaultCollection, held: StoredRecord, body: RequestBody): HttpReply {
    const merging = settings().putMode === 'merge';
    const checked = accepted(collection, body, merging);
    if (!checked.ok) return invalidReply(checked.errors);
    const fields = merging ? { ...held.fields, ...checked.fields } : checked.fields;
    const record = store.write(collection, held.id, fields) ?? held;
    return settings().putAnswer === 'empty' ? emptyReply(204) : jsonReply(200, wire(record));
  }

  function remove(collection: VaultCollection, id: string): HttpReply {
    store.remove(collection, id);
    return emptyReply(204);
  }

  function search(collection: VaultCollection, query: Readonly<Record<string, string>>): HttpReply {
    const names: readonly [string, ...string[]] = SEARCH_FIELDS[collection];
    const [required] = names;
    if (!query[required]) {
      return invalidReply([{ field: required, code: 'required', message: 'is required' }]);
    }
    const asked = Object.fromEntries(Object.entries(query).filter(([name]) => names.includes(name)));
    const found = store.search(collection, asked);
    // No order is promised, so none is kept: whoever takes the first hit shall notice.
    return jsonReply(200, shuffled(found, parts.random).map(wire));
  }

  function list(collection: VaultCollection, query: Readonly<Record<string, string>>): HttpReply {
    const page = readPageQuery(query);
    if (!page.ok) return invalidReply(page.errors);
    const { items, nextCursor } = pageOf(store.all(collection), page, settings().pageSize);
    return jsonReply(200, { items: items.map(wire), nextCursor });
  }

  return (route, query, body) => {
    if (route.kind === 'unknown') return notFound('Route');
    const refused = unusableBody(body);
    if (refused) return refused;
    switch (route.kind) {
      case 'verify':
        return jsonReply(200, { valid: true, account: { id: 'sandbox', name: 'MRI Vault sandbox' } });
      case 'create':
        return create(route.collection, body);
      case 'list':
        return list(route.collection, query);
      case 'search':
        return search(route.collection, query);
      case 'read':
        return withRecord(route, (held) => jsonReply(200, wire(held)));
      case 'write':
        return withRecord(route, (held) => write(route.collection, held, body));
      case 'delete':
        return withRecord(route, (held) => remove(route.collection, held.id));
    }
  };
}

/** Oldest change first. */
function pageOf(
  records: readonly StoredRecord[],
  { since, after }: { readonly since: number; readonly after: number },
  size: number,
): { items: readonly StoredRecord[]; nextCursor: string | null } {
  const rest = records
    .filter((record) => record.updatedAt >= since && record.revision > after)
    .sort((left, right) => left.revision - right.revision);
  const items = rest.slice(0, size);
  const last = items.at(-1);
  return { items, nextCursor: last && rest.length > items.length ? cursorOf(last.revision) : null };
}

function cursorOf(revision: number): string {
  return Buffer.from(`after:${revision}`).toString('base64url');
}

function readPageQuery(
  query: Readonly<Record<string, string>>,
): { ok: true; since: number; after: number } | { ok: false; errors: FieldError[] } {
  const { modifiedSince, cursor } = query;
  const since = modifiedSince === undefined ? Number.NEGATIVE_INFINITY : Date.parse(modifiedSince);
  const after =
    cursor === undefined ? '0' : /^after:(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'))?.[1];
  const errors: FieldError[] = [];
  if (Number.isNaN(since)) {
    errors.push({ field: 'modifiedSince', code: 'invalid_value', message: 'must be an ISO 8601 time' });
  }
  if (after === undefined) {
    errors.push({ field: 'cursor', code: 'invalid_value', message: 'is not a cursor of this listing' });
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, since, after: Number(after) };
}
