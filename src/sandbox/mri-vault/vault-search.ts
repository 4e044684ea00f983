import type { Random } from '../../runtime/random.ts';
import type { CrmAccount } from '../kit/crm-dialect.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import type { FieldError } from './field-checks.ts';
import { KEY_FORMS } from './compare-keys.ts';
import { SEARCH_FIELDS, searchText, type VaultCollection } from './vault-record.ts';
import { invalidReply, wireObject } from './vault-reply.ts';
import type { VaultSettings } from './vault-settings.ts';

export type Query = Readonly<Record<string, string>>;

/** The two ways to look for records whose ids aren't known: by their key, and by when they changed. */
export interface VaultSearch {
  search(collection: VaultCollection, query: Query): HttpReply;
  list(collection: VaultCollection, query: Query): HttpReply;
}

export function createVaultSearch({
  store,
  settings,
  random,
}: CrmAccount<VaultCollection, VaultSettings>): VaultSearch {
  const wire = (record: StoredRecord) => wireObject(record, settings());

  function isEqual(held: string | null, asked: string): boolean {
    const form = KEY_FORMS[settings().searchCase];
    return held !== null && form(held) === form(asked);
  }

  function hit(record: StoredRecord, names: readonly string[]) {
    if (settings().searchAnswer === 'objects') return wire(record);
    const known = Object.entries(wire(record));
    return Object.fromEntries(known.filter(([name]) => name === 'id' || names.includes(name)));
  }

  function search(collection: VaultCollection, query: Query): HttpReply {
    const names: readonly [string, ...string[]] = SEARCH_FIELDS[collection];
    const [required] = names;
    if (!query[required]) {
      return invalidReply([{ field: required, code: 'required', message: 'is required' }]);
    }
    const asked = Object.entries(query).filter(([name]) => names.includes(name));
    const found = store.search(collection, query[required], (fields) =>
      asked.every(([name, value]) => isEqual(searchText(fields[name]), value)),
    );
    // No order is promised, so none is kept: whoever takes the first hit shall notice.
    return jsonReply(
      200,
      shuffled(found, random).map((record) => hit(record, names)),
    );
  }

  function list(collection: VaultCollection, query: Query): HttpReply {
    const page = readPageQuery(query);
    if (!page.ok) return invalidReply(page.errors);
    const { pageSize, clockBehindMs, listingAnswer } = settings();
    const since = page.since + clockBehindMs;
    const { items, nextCursor } = pageOf(store.all(collection), { ...page, since }, pageSize);
    const shown = items.map((record) => {
      const { id, createdAt, updatedAt } = wire(record);
      return listingAnswer === 'objects' ? wire(record) : { id, createdAt, updatedAt };
    });
    return jsonReply(200, { items: shown, nextCursor });
  }

  return { search, list };
}

function shuffled<T>(items: readonly T[], random: Pick<Random, 'next'>): T[] {
  return items
    .map((item) => ({ item, weight: random.next() }))
    .sort((left, right) => left.weight - right.weight)
    .map(({ item }) => item);
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
  query: Query,
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
