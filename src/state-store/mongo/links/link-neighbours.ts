import type { Link } from '../../../domain/link.ts';
import type { LinkStore, NeighbourMarks } from '../../state-store.port.ts';
import { gathered } from '../session/gathered.ts';
import { linkOf } from './stored-link.ts';
import type { MongoSession } from '../session/mongo-session.ts';

interface Query extends Pick<Link, 'id' | 'scope' | 'kind'> {
  readonly marks: NeighbourMarks;
}

/** The links of a page are looked up at the same time: those of one scope and kind by one request. */
export function createLinkNeighbours({ links, ask }: MongoSession): Pick<LinkStore, 'findNeighbours'> {
  /** Everything that is a neighbour of one of them, or one of them and a neighbour of itself. */
  const find = async (group: readonly Query[]): Promise<Link[]> => {
    const [first] = group;
    if (first === undefined) return [];
    const same = { scope: first.scope, kind: first.kind };
    const remoteIds = [...new Set(group.flatMap(({ marks }) => marks.remoteIds))];
    const keyHashes = [...new Set(group.flatMap(({ marks }) => marks.keyHashes))];
    // Each with the scope, so that each goes by an index of its own.
    const $or = [
      ...(remoteIds.length === 0 ? [] : [{ ...same, 'remote.id': { $in: remoteIds } }]),
      ...(keyHashes.length === 0
        ? []
        : [
            { ...same, keyHash: { $in: keyHashes } },
            { ...same, 'intent.keyHash': { $in: keyHashes } },
          ]),
    ];
    if ($or.length === 0) return [];
    return (await ask(() => links.find({ $or }).toArray())).map(linkOf);
  };

  const findTogether = gathered(async (queries: readonly Query[]) => {
    const groups = [...Map.groupBy(queries, ({ scope, kind }) => `${scope} ${kind}`).values()];
    const found = await Promise.all(
      groups.map(async (group) => {
        const all = await find(group);
        return group.map((query) => [query, all.filter((link) => isNeighbour(link, query))] as const);
      }),
    );
    const byQuery = new Map(found.flat());
    return queries.map((query) => byQuery.get(query) ?? []);
  });

  return {
    findNeighbours: ({ id, scope, kind }, marks) => findTogether({ id, scope, kind, marks }),
  };
}

function isNeighbour(link: Link, { id, marks: { remoteIds, keyHashes } }: Query): boolean {
  const hashes = [link.keyHash, link.intent?.keyHash];
  return (
    link.id !== id &&
    ((link.remote !== null && remoteIds.includes(link.remote.id)) ||
      hashes.some((hash) => typeof hash === 'string' && keyHashes.includes(hash)))
  );
}
