import type { Scope } from '../../../domain/connection.ts';
import type { Link } from '../../../domain/link.ts';
import type { LinkStore } from '../../state-store.port.ts';
import { gathered } from '../session/gathered.ts';
import { linkOf } from './stored-link.ts';
import type { MongoSession } from '../session/mongo-session.ts';

type Duties = Pick<LinkStore, 'pendingWakes' | 'clearWake' | 'untoldDead' | 'clearUntold'>;

/** What links still owe others: waking those that point at them, and telling of their dead letters. */
export function createLinkDuties({ links, ask }: MongoSession): Duties {
  /** Nearly always there are none, of whatever scopes; where there are more than fit, each scope is asked for by itself. */
  const ofScopes = (duty: { readonly wake: true } | { readonly untold: true }) => {
    const find = async (scopes: readonly Scope[], limit: number): Promise<Link[]> => {
      const scope = { $in: [...new Set(scopes)] };
      const found = await ask(() =>
        links
          .find({ ...duty, scope })
          .limit(limit)
          .toArray(),
      );
      return found.map(linkOf);
    };
    const findTogether = gathered(async (asked: readonly { scope: Scope; limit: number }[]) => {
      const most = Math.min(...asked.map(({ limit }) => limit));
      const found = await find(
        asked.map(({ scope }) => scope),
        most,
      );
      if (asked.length > 1 && found.length === most)
        return await Promise.all(asked.map(({ scope, limit }) => find([scope], limit)));
      return asked.map(({ scope }) => found.filter((link) => link.scope === scope));
    });
    return (scope: Scope, limit: number): Promise<Link[]> => findTogether({ scope, limit });
  };

  return {
    pendingWakes: ofScopes({ wake: true }),
    async clearWake(id) {
      await ask(() => links.updateOne({ _id: id, wake: true }, { $unset: { wake: '' } }));
    },
    untoldDead: ofScopes({ untold: true }),
    async clearUntold(id, failedAt) {
      const told = { _id: id, untold: true as const, 'dead.at': failedAt };
      await ask(() => links.updateOne(told, { $unset: { untold: '' } }));
    },
  };
}
