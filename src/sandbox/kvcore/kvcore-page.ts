import type { JsonObject } from '../../domain/json.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import type { KvcoreCall } from './kvcore-call.ts';
import { invalid } from './kvcore-reply.ts';
import type { KvcoreSettings } from './kvcore-settings.ts';

const DEFAULT_SIZE = 100;
const MOST = 500;

export interface Listing extends Pick<KvcoreCall, 'query' | 'address'> {
  readonly settings: Pick<KvcoreSettings, 'lists'>;
  readonly wire: (record: StoredRecord) => JsonObject;
}

/** A page of records, in the envelope of the vendor's framework. */
export function listReply(records: readonly StoredRecord[], listing: Listing): HttpReply {
  const { query, address, wire, settings } = listing;
  const size = Number(query.get('limit') ?? DEFAULT_SIZE);
  const page = Number(query.get('page') ?? 1);
  if (!Number.isInteger(size) || size < 1 || size > MOST)
    return invalid({ limit: `The limit must be between 1 and ${MOST}.` });
  if (!Number.isInteger(page) || page < 1) return invalid({ page: 'The page must be at least 1.' });
  const from = (page - 1) * size;
  const data = records.slice(from, from + size).map(wire);
  if (settings.lists === 'bare') return jsonReply(200, data);
  const last = Math.max(1, Math.ceil(records.length / size));
  const linkTo = (to: number): string => {
    const linked = new URLSearchParams(query);
    linked.set('page', String(to));
    return `${address}?${linked.toString()}`;
  };
  return jsonReply(200, {
    current_page: page,
    data,
    first_page_url: linkTo(1),
    from: data.length === 0 ? null : from + 1,
    last_page: last,
    last_page_url: linkTo(last),
    next_page_url: page < last ? linkTo(page + 1) : null,
    path: address,
    per_page: size,
    prev_page_url: page > 1 ? linkTo(page - 1) : null,
    to: data.length === 0 ? null : from + data.length,
    total: records.length,
  });
}
