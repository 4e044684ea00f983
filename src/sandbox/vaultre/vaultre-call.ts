import type { Json, JsonObject } from '../../domain/json.ts';
import type { CrmAccount } from '../kit/crm-dialect.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { RequestBody } from '../kit/http/received-request.ts';
import type { VaultreCollection } from './vaultre-record.ts';
import type { VaultreSettings } from './vaultre-settings.ts';

export type VaultreAccount = CrmAccount<VaultreCollection, VaultreSettings>;

/** One request as a route sees it. */
export interface VaultreCall {
  /** What stands in the path where the route has a name. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: RequestBody;
  /** The address that was asked, without the query, for the links to other pages. */
  readonly address: string;
}

export type Handler = (call: VaultreCall) => HttpReply;

/** By method and path, with names in braces as in the vendor's specification: `GET /contacts/{id}`. */
export type Routes = Readonly<Record<string, Handler>>;

/** The vendor's `SuccessOrError`. */
export function failure(status: number, code: string, msg: string): HttpReply {
  return jsonReply(status, { success: false, msg, code });
}

export function success(msg: string, status = 200): HttpReply {
  return jsonReply(status, { success: true, msg, code: 'OK' });
}

/** What the gateway before the API says. */
export function gateway(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return jsonReply(status, { message }, headers);
}

export const invalid = (problems: readonly string[]): HttpReply =>
  failure(400, 'INVALID_DATA', `The data is not valid: ${problems.slice(0, 5).join('; ')}.`);

export function missing({ missingStatus }: Pick<VaultreSettings, 'missingStatus'>): HttpReply {
  return failure(missingStatus, 'NOT_FOUND', 'There is no such record.');
}

type Items = readonly JsonObject[];

/** One page of a list, in the vendor's envelope. */
export function page(
  items: Items,
  { query, address }: VaultreCall,
  { mostPerPage }: Pick<VaultreSettings, 'mostPerPage'>,
): HttpReply {
  const at = countIn(query, 'page', 1);
  const size = countIn(query, 'pagesize', 50);
  if (at === null || size === null) return invalid(['page and pagesize must be integers of at least 1']);
  const pageSize = Math.min(size, mostPerPage);
  const totalPages = Math.ceil(items.length / pageSize);
  const url = (to: number): string =>
    `${address}?${new URLSearchParams({ ...query, page: String(to), pagesize: String(pageSize) }).toString()}`;
  return jsonReply(200, {
    items: items.slice((at - 1) * pageSize, at * pageSize),
    totalItems: items.length,
    totalPages,
    urls: {
      self: url(at),
      ...(at < totalPages && { next: url(at + 1) }),
      ...(at > 1 && { previous: url(at - 1) }),
    },
  });
}

function countIn(query: VaultreCall['query'], name: string, otherwise: number): number | null {
  const text = query[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 1 ? value : null;
}

/** How a list may be sorted: by each name, the value of an item. */
export type Sorts<T> = Readonly<Record<string, (item: T) => string | number>>;

/** Sorted as the query says; null: by a name that there isn't. */
export function sorted<T>(
  items: readonly T[],
  { sort, sortOrder = 'asc' }: VaultreCall['query'],
  sorts: Sorts<T>,
): readonly T[] | null {
  if (sortOrder !== 'asc' && sortOrder !== 'desc') return null;
  if (sort === undefined) return sortOrder === 'desc' ? [...items].reverse() : items;
  const by = Object.hasOwn(sorts, sort) ? sorts[sort] : undefined;
  if (by === undefined) return null;
  const up = [...items].sort((one, other) => compare(by(one), by(other)));
  return sortOrder === 'desc' ? up.reverse() : up;
}

function compare(one: string | number, other: string | number): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Ids in a query, with commas between. */
export function idsOf(text: string | undefined): readonly number[] | null {
  return text === undefined || text === '' ? null : text.split(',').map(Number);
}

/** A flag in a query; undefined: not asked for. */
export function flagOf(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'true' || text === '1';
}

export function objectOf(body: RequestBody): Json | undefined {
  return body.kind === 'json' ? body.value : undefined;
}
