import type { Json, JsonObject } from '../../domain/json.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { textOf, timeText } from './fub-record.ts';
import { invalid } from './fub-reply.ts';

const DEFAULT_LIMIT = 10;
const MOST = 100;

export type Query = Readonly<Record<string, string>>;

export interface Listing {
  /** As `_metadata.collection`, and the array, are called. */
  readonly collection: string;
  readonly query: Query;
  /** Where the API is, and the path of this listing below it. */
  readonly address: string;
  /** The first offset that is refused. */
  readonly deepOffset: number;
  readonly wire: (record: StoredRecord) => JsonObject;
}

type SortValue = (record: StoredRecord) => number | string;

/** What lists may be ordered by. */
const SORTS: Readonly<Record<string, SortValue>> = {
  id: ({ id }) => Number(id),
  created: ({ createdAt }) => createdAt,
  // As the answer tells it, to the second.
  updated: ({ updatedAt }) => Math.floor(updatedAt / 1_000),
  lastActivity: ({ updatedAt }) => updatedAt,
  name: ({ fields }) => textOf(fields['name']),
  firstName: ({ fields }) => textOf(fields['firstName']),
  lastName: ({ fields }) => textOf(fields['lastName']),
  orderWeight: ({ fields }) => Number(fields['orderWeight'] ?? 0),
};

/** One page of a listing: newest id first unless the query sorts, after `offset` or after an opaque `next`. */
export function listReply(records: readonly StoredRecord[], listing: Listing): HttpReply {
  const { query, collection, deepOffset } = listing;
  const limit = query['limit'] === undefined ? DEFAULT_LIMIT : Number(query['limit']);
  const offset = query['offset'] === undefined ? 0 : Number(query['offset']);
  if (!Number.isSafeInteger(limit) || limit < 1) return invalid('Invalid value for parameter limit.');
  if (!Number.isSafeInteger(offset) || offset < 0) return invalid('Invalid value for parameter offset.');
  if (offset >= deepOffset)
    return invalid('Deep pagination with offset is not supported, please use next instead.');
  const order = orderOf(query['sort'] ?? '-id');
  if (order === null) return invalid('Invalid value for parameter sort.');
  const place = query['next'] === undefined ? null : placeIn(query['next']);
  if (query['next'] !== undefined && place === null) return invalid('Invalid value for parameter next.');

  const sorted = [...records].sort(order.compare);
  const start = place === null ? offset : (place[2] ?? 0);
  const from = place === null ? offset : sorted.findIndex((record) => order.comparePlace(record, place) > 0);
  const size = Math.min(limit, MOST);
  const page = from < 0 ? [] : sorted.slice(from, from + size);
  const last = page.at(-1);
  const isMore = last !== undefined && from + page.length < sorted.length;
  const next = isMore ? tokenOf([order.value(last), Number(last.id), start + page.length]) : null;
  return jsonReply(200, {
    _metadata: {
      collection,
      offset: start,
      limit: size,
      total: records.length,
      next,
      nextLink: next === null ? null : linkTo(listing, next),
    },
    [collection]: page.map(listing.wire),
  });
}

/** The last record of a page, by its sort value and id, and how many were before the next. */
type Place = readonly [value: number | string, id: number, offset: number];

function orderOf(sort: string) {
  const descending = sort.startsWith('-');
  const value = SORTS[descending ? sort.slice(1) : sort];
  if (value === undefined) return null;
  const sign = descending ? -1 : 1;
  const comparePlace = (record: StoredRecord, [held, id]: readonly [number | string, number, ...unknown[]]) =>
    sign * (compare(value(record), held) || Number(record.id) - id);
  return {
    value,
    comparePlace,
    compare: (one: StoredRecord, other: StoredRecord) => comparePlace(one, [value(other), Number(other.id)]),
  };
}

function compare(one: number | string, other: number | string): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return String(one).localeCompare(String(other));
}

function tokenOf(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function placeIn(token: string): Place | null {
  try {
    const place = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Json;
    return Array.isArray(place) && place.length === 3 ? (place as unknown as Place) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function linkTo({ query, address }: Listing, next: string): string {
  const kept = Object.entries(query).filter(([name]) => name !== 'offset' && name !== 'next');
  return `${address}?${new URLSearchParams([...kept, ['next', next]]).toString()}`;
}

/** `createdAfter`, `updatedBefore` and their like. False: it is outside of what was asked for. */
export function isInTime({ createdAt, updatedAt }: StoredRecord, query: Query): boolean {
  const bounds = [
    [query['createdAfter'], query['createdBefore'], createdAt],
    [query['updatedAfter'], query['updatedBefore'], updatedAt],
  ] as const;
  return bounds.every(
    ([after, before, at]) =>
      (after === undefined || timeText(at) >= after) && (before === undefined || timeText(at) < before),
  );
}

/** A comma list of ids; undefined: not asked for. */
export function idsAsked(query: Query, name: string): ReadonlySet<string> | undefined {
  return query[name] === undefined ? undefined : new Set(query[name].split(',').map((id) => id.trim()));
}
