import type { JsonObject } from '../../domain/json.ts';
import type { HttpReply } from '../kit/http/http-reply.ts';
import type { FubCaller } from './fub-caller.ts';
import type { Query } from './fub-page.ts';

export const API_PREFIX = '/v1';

/** A request that is understood, by somebody who is known. */
export interface FubCall {
  readonly caller: FubCaller;
  /** What stands in the route's places, decoded. */
  readonly params: readonly string[];
  readonly query: Query;
  /** An empty object where there is none. */
  readonly body: JsonObject;
  /** The whole address without a query, for links. */
  readonly address: string;
}

/** What a route does, by `METHOD /path` with `:id` for an id. */
export type FubRoutes = Readonly<Record<string, (call: FubCall) => HttpReply>>;

export interface FubRoute {
  /** As the routes are named. */
  readonly name: string;
  readonly resource: string | undefined;
  readonly params: readonly string[];
}

/** Tells what a method and a path (without query) ask for; null: it isn't of this API. */
export function fubRoute(method: string, path: string): FubRoute | null {
  if (!path.startsWith(`${API_PREFIX}/`)) return null;
  const segments = path
    .slice(API_PREFIX.length + 1)
    .replace(/\/$/, '')
    .split('/');
  const isId = segments.map((segment) => /^\d+$/.test(segment));
  const name = segments.map((segment, place) => (isId[place] ? ':id' : segment)).join('/');
  const params = segments.filter((_segment, place) => isId[place]);
  return { name: `${method} /${name}`, resource: segments[0], params };
}
