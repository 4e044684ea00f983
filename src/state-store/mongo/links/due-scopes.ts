import type { Scope } from '../../../domain/connection.ts';
import { dueAt, unheld } from './link-conditions.ts';
import type { MongoSession } from '../session/mongo-session.ts';

/** Links looked at by one request. Scopes with fewer due links than this are found many at a time, others one by one. */
const PAGE = 128;

/**
 * Names scopes with due links, going on after the scope that the call before ended with: where more are due than a caller
 * takes at a time and it can't act on some of them, the others still get their turn.
 */
export function createDueScopes({ links, ask }: MongoSession) {
  let lastScope = '';

  /** In the order of the index, each request going on after the last scope of the one before: backlogs are hopped over. */
  const between = async (
    after: string,
    upTo: string | null,
    limit: number,
    now: number,
  ): Promise<Scope[]> => {
    const scopes: Scope[] = [];
    let last = after;
    while (scopes.length < limit) {
      const queue = { $gt: last, ...(upTo !== null && { $lte: upTo }) };
      const page = await ask(() =>
        links
          .find({ queue, ...dueAt(now), ...unheld(now) })
          .sort({ queue: 1 })
          .limit(PAGE)
          .project<{ queue: Scope }>({ _id: 0, queue: 1 })
          .toArray(),
      );
      for (const found of page) if (found.queue !== scopes.at(-1)) scopes.push(found.queue);
      last = page.at(-1)?.queue ?? last;
      if (page.length < PAGE) break;
    }
    return scopes.slice(0, limit);
  };

  return async (now: number, limit: number): Promise<Scope[]> => {
    const begin = lastScope;
    const scopes = await between(begin, null, limit, now);
    if (begin !== '' && scopes.length < limit) {
      scopes.push(...(await between('', begin, limit - scopes.length, now)));
    }
    lastScope = scopes.length < limit ? '' : (scopes.at(-1) ?? '');
    return scopes;
  };
}
