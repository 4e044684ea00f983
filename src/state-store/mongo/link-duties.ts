import type { LinkStore } from '../state-store.ts';
import { linkOf } from './link-document.ts';
import type { MongoSession } from './mongo-session.ts';

type Duties = Pick<LinkStore, 'pendingWakes' | 'clearWake' | 'untoldDead' | 'clearUntold'>;

/** What links still owe others: waking those that point at them, and telling of their dead letters. */
export function createLinkDuties({ links, ask }: MongoSession): Duties {
  return {
    async pendingWakes(scope, limit) {
      const found = await ask(() => links.find({ wake: true, scope }).limit(limit).toArray());
      return found.map(linkOf);
    },
    async clearWake(id) {
      await ask(() => links.updateOne({ _id: id, wake: true }, { $unset: { wake: '' } }));
    },
    async untoldDead(scope, limit) {
      const found = await ask(() => links.find({ untold: true, scope }).limit(limit).toArray());
      return found.map(linkOf);
    },
    async clearUntold(id, failedAt) {
      const told = { _id: id, untold: true as const, 'dead.at': failedAt };
      await ask(() => links.updateOne(told, { $unset: { untold: '' } }));
    },
  };
}
