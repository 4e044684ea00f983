import { isVaultCollection, type VaultCollection } from './vault-record.ts';

export const API_PREFIX = '/api/v1';

/** What a request asks for. */
export type VaultRoute =
  | { readonly kind: 'verify' }
  | { readonly kind: 'create' | 'list' | 'search'; readonly collection: VaultCollection }
  | { readonly kind: 'read' | 'write' | 'delete'; readonly collection: VaultCollection; readonly id: string }
  | { readonly kind: 'unknown' };

const UNKNOWN: VaultRoute = { kind: 'unknown' };

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

function collectionRoute(method: string, collection: VaultCollection): VaultRoute {
  if (method === 'POST') return { kind: 'create', collection };
  return method === 'GET' ? { kind: 'list', collection } : UNKNOWN;
}

function memberRoute(method: string, collection: VaultCollection, segment: string): VaultRoute {
  if (method === 'GET' && segment === 'search') return { kind: 'search', collection };
  const id = decoded(segment);
  if (id === null || id === '') return UNKNOWN;
  if (method === 'GET') return { kind: 'read', collection, id };
  if (method === 'PUT') return { kind: 'write', collection, id };
  return method === 'DELETE' ? { kind: 'delete', collection, id } : UNKNOWN;
}

/** Tells what a method and a path (without query) ask for. */
export function vaultRoute(method: string, path: string): VaultRoute {
  if (!path.startsWith(`${API_PREFIX}/`)) return UNKNOWN;
  const [first, second, ...more] = path.slice(API_PREFIX.length + 1).split('/');
  if (more.length > 0) return UNKNOWN;
  if (first === 'auth' && second === 'verify') return method === 'GET' ? { kind: 'verify' } : UNKNOWN;
  if (!isVaultCollection(first)) return UNKNOWN;
  return second === undefined ? collectionRoute(method, first) : memberRoute(method, first, second);
}

/** The name that requests are counted by: the method and the collection; the three reads are told apart. */
export function routeName(method: string, route: VaultRoute): string {
  switch (route.kind) {
    case 'verify':
      return `${method} /auth/verify`;
    case 'search':
      return `${method} /${route.collection}/search`;
    case 'read':
      return `${method} /${route.collection}/:id`;
    case 'unknown':
      return `${method} unknown`;
    default:
      return `${method} /${route.collection}`;
  }
}
