import type { JsonObject } from '../../domain/json.ts';
import type { CrmAccount } from '../kit/crm-dialect.ts';
import type { HttpReply } from '../kit/http/http-reply.ts';
import type { ReceivedRequest } from '../kit/http/received-request.ts';
import { textOf, type KvcoreCollection } from './kvcore-record.ts';
import type { KvcoreSettings } from './kvcore-settings.ts';

export const API_PREFIX = '/v2/public';

export type KvcoreAccount = CrmAccount<KvcoreCollection, KvcoreSettings>;

/** Who asks: a user of the account, through one of their tokens. */
export interface KvcoreCaller {
  readonly token: string;
  readonly userId: number;
  /** Sees their own contacts alone. */
  readonly isAgent: boolean;
  readonly mayUsers: boolean;
}

/** A request that is understood, by somebody who is known. */
export interface KvcoreCall {
  readonly caller: KvcoreCaller;
  /** What stands in the route's places. */
  readonly params: readonly string[];
  /** With names that are repeated. */
  readonly query: URLSearchParams;
  /** An empty object where there is none. */
  readonly body: JsonObject;
  /** The whole address without a query, for links. */
  readonly address: string;
}

/** What a route does, by `METHOD /path` with `:id` for an id. */
export type KvcoreRoutes = Readonly<Record<string, (call: KvcoreCall) => HttpReply>>;

export interface KvcoreRoute {
  readonly name: string;
  readonly params: readonly string[];
}

/** Tells what a method and a path (without query) ask for; null: it isn't of this API. */
export function kvcoreRoute(method: string, path: string): KvcoreRoute | null {
  if (!path.startsWith(`${API_PREFIX}/`)) return null;
  const segments = path
    .slice(API_PREFIX.length + 1)
    .replace(/\/$/, '')
    .split('/');
  const isId = segments.map((segment) => /^\d+$/.test(segment));
  const name = segments.map((segment, place) => (isId[place] ? ':id' : segment)).join('/');
  return { name: `${method} /${name}`, params: segments.filter((_segment, place) => isId[place]) };
}

export const OWNER: JsonObject = {
  first_name: 'Olivia',
  last_name: 'Owens',
  email: 'olivia@sandbox-realty.example',
  role: 'office_admin',
  status: 1,
};

export function tokenIn({ headers }: ReceivedRequest): string | null {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

/** Until when a token is good that says so itself, epoch ms; null: it doesn't. */
export function endOfToken(token: string): number | null {
  const [, claims] = token.split('.');
  if (claims === undefined) return null;
  try {
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1_000 : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The user whose token it is. An agent is made when their token is first used. */
export function callerOf({ store, settings }: KvcoreAccount, token: string): KvcoreCaller {
  const { agentKeys, contactsOnlyKeys } = settings();
  const users = store.all('users');
  const owner = users.find(({ fields }) => fields['role'] === OWNER['role']) ?? store.create('users', OWNER);
  const place = agentKeys.indexOf(token);
  const mayUsers = !contactsOnlyKeys.includes(token);
  if (place < 0) return { token, userId: Number(owner.id), isAgent: false, mayUsers };
  const email = `agent${place + 1}@sandbox-realty.example`;
  const agent =
    users.find(({ fields }) => textOf(fields['email']) === email) ??
    store.create('users', {
      first_name: 'Agent',
      last_name: String(place + 1),
      email,
      role: 'agent',
      status: 1,
    });
  return { token, userId: Number(agent.id), isAgent: true, mayUsers };
}
