import { signal } from '@preact/signals';
import type { RecordFilter } from '../api/api.ts';
import type { LinkState } from '../api/link-state.ts';
import type { EntityKind } from '../api/types.ts';
import { KIND_WORDS } from '../words/change-words.ts';
import { LINK_STATES } from '../words/record-state.ts';

export type Route =
  | { readonly page: 'overview' }
  /** Connecting a CRM, or giving a connected one new credentials. */
  | { readonly page: 'connect'; readonly provider: string }
  /** `provider` null = the one that is connected. */
  | { readonly page: 'records'; readonly provider: string | null; readonly filter: RecordFilter }
  | {
      readonly page: 'record';
      readonly provider: string | null;
      readonly entity: EntityKind;
      readonly entityId: string;
    }
  | { readonly page: 'unknown' };

export const route = signal<Route>({ page: 'overview' });

/** Keeps `route` equal to the address, which back, forward and links change. */
export function followAddress(): void {
  const read = () => (route.value = parseRoute(location.hash));
  window.addEventListener('hashchange', read);
  read();
}

/** Changes the address without a step in the history: for what changes with every letter that is typed. */
export function replaceAddress(href: string): void {
  history.replaceState(null, '', href);
  route.value = parseRoute(href);
}

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s, 2);
  const [page, ...rest] = path.split('/').map(decode);
  const params = new URLSearchParams(search);
  const provider = params.get('crm');
  const [first, second] = rest;
  if (page === '' || page === undefined) return { page: 'overview' };
  if (page === 'connect' && first !== undefined) return { page: 'connect', provider: first };
  if (page !== 'records') return { page: 'unknown' };
  if (first === undefined) return { page: 'records', provider, filter: readFilter(params) };
  if (isKind(first) && second) return { page: 'record', provider, entity: first, entityId: second };
  return { page: 'unknown' };
}

export function connectHref(provider: string): string {
  return `#/connect/${encodeURIComponent(provider)}`;
}

export function recordsHref(filter: Partial<RecordFilter> = {}, provider: string | null = null): string {
  const params = new URLSearchParams();
  if (filter.q) params.set('q', filter.q);
  if (filter.state) params.set('state', filter.state);
  if (filter.entity) params.set('kind', filter.entity);
  if (provider !== null) params.set('crm', provider);
  return params.size === 0 ? '#/records' : `#/records?${params.toString()}`;
}

export function recordHref(entity: EntityKind, entityId: string, provider: string | null = null): string {
  const crm = provider === null ? '' : `?crm=${encodeURIComponent(provider)}`;
  return `#/records/${entity}/${encodeURIComponent(entityId)}${crm}`;
}

function readFilter(params: URLSearchParams): RecordFilter {
  const state = params.get('state');
  const entity = params.get('kind');
  return {
    q: params.get('q') ?? '',
    state: state !== null && isState(state) ? state : null,
    entity: entity !== null && isKind(entity) ? entity : null,
  };
}

function isKind(text: string | undefined): text is EntityKind {
  return text !== undefined && Object.hasOwn(KIND_WORDS, text);
}

function isState(text: string): text is LinkState {
  return Object.hasOwn(LINK_STATES, text);
}

/** Half an escape is just text. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
