import type { ApiClient } from './api-client.ts';
import { membersOf } from './connect-client.ts';

const PAGE = 200;

/** The first `limit` items of a list, read page by page. */
export async function readPages<T>(
  client: ApiClient,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  limit: number,
): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const size = String(Math.min(PAGE, limit - items.length));
    const body = await client.call({ method: 'GET', path, query: { ...query, limit: size, cursor } });
    items.push(...membersOf<T>(body, 'data'));
    cursor = nextCursor(body);
  } while (cursor !== undefined && items.length < limit);
  return items;
}

function nextCursor(body: unknown): string | undefined {
  const next: unknown =
    typeof body === 'object' && body !== null && 'nextCursor' in body ? body.nextCursor : null;
  return typeof next === 'string' ? next : undefined;
}
