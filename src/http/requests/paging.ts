import { Buffer } from 'node:buffer';
import Type from 'typebox';

const DEFAULT_LIMIT = 50;
const MOST = 200;

/** The query of a list. Texts, since nothing in a query is converted. */
export const PAGING = {
  limit: Type.Optional(
    Type.String({
      pattern: '^([1-9][0-9]?|1[0-9][0-9]|200)$',
      description: 'How many, 1 to 200; 50 by default.',
    }),
  ),
  cursor: Type.Optional(
    Type.String({ pattern: '^[A-Za-z0-9_-]{1,2000}$', description: 'The `nextCursor` of the page before.' }),
  ),
};

export interface Paging {
  readonly limit: number;
  /** As the store gave it; null for the first page. */
  readonly cursor: string | null;
}

export function readPaging(query: { limit?: string; cursor?: string }): Paging {
  const limit = query.limit === undefined ? DEFAULT_LIMIT : Math.min(Number(query.limit), MOST);
  const cursor = query.cursor === undefined ? null : Buffer.from(query.cursor, 'base64url').toString('utf8');
  return { limit, cursor };
}
