import type { Scope } from '../../../domain/connection.ts';
import { ENTITY_KINDS, type EntityKind } from '../../../domain/entity.ts';
import { dueTime, type Link, type RunResult } from '../../../domain/link.ts';
import type { Run, RunCount, RunMotion } from '../../../domain/run.ts';
import { weightOf } from '../../../domain/json.ts';
import { createNeighbourRoom } from '../../../domain/deciding/sharers.ts';
import { ascendingIds } from '../../page-places.ts';
import { MOST_KIN, type LinkCounts, type LinkStore, type NeighbourMarks } from '../../link-store.port.ts';
import { kinOf } from '../connections/account-store.ts';
import { gathered } from '../session/gathered.ts';
import { pageDocuments } from '../session/page-documents.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { linkHeadOf, linkOf, linksIn, type LinkDocument } from './stored-link.ts';

type Queries = Pick<
  LinkStore,
  | 'read'
  | 'heads'
  | 'readPart'
  | 'pendingWakes'
  | 'untoldDead'
  | 'findNeighbours'
  | 'visitByRemote'
  | 'readByLeft'
  | 'findKin'
  | 'sampleLinked'
  | 'counts'
  | 'countRun'
  | 'runMotion'
  | 'backlog'
>;

/** CRM ids that are asked for by one request. */
const PAGE = 250;

interface QueueCounts {
  readonly all: number;
  readonly due: number;
  readonly dirtySince: number | null;
}

export function createLinkQueries(session: MongoSession): Queries {
  const { ask } = session;
  const links = linksIn(session);

  /** Of the links of a queue, or of all queues, that have something to do. All it asks for is in the index. */
  const countQueue = async (queue: string | { $gt: string }, now: number): Promise<QueueCounts> => {
    const dueTime = { $max: ['$nextAt', '$notBefore', '$quietUntil'] };
    const [counted] = await ask(() =>
      links
        .aggregate<QueueCounts>([
          { $match: { queue } },
          {
            $group: {
              _id: null,
              all: { $sum: 1 },
              due: { $sum: { $cond: [{ $lte: [dueTime, now] }, 1, 0] } },
              dirtySince: { $min: '$dirtySince' },
            },
          },
        ])
        .toArray(),
    );
    return { all: counted?.all ?? 0, due: counted?.due ?? 0, dirtySince: counted?.dirtySince ?? null };
  };

  const counts = async (scope: string, now: number): Promise<LinkCounts> => {
    const [queue, linked, failed] = await Promise.all([
      countQueue(scope, now),
      ask(() => links.countDocuments({ scope, 'remote.id': { $gte: '' } })),
      ask(() => links.countDocuments({ scope, 'dead.at': { $gte: 0 } })),
    ]);
    return { linked, due: queue.due, waiting: queue.all - queue.due, failed, dirtySince: queue.dirtySince };
  };

  const countRun = async (runId: string): Promise<RunCount[]> => {
    const groups = await ask(() =>
      links
        .aggregate<{ _id: { kind: EntityKind; result?: RunResult | null }; count: number }>([
          { $match: { 'run.id': runId } },
          { $group: { _id: { kind: '$kind', result: '$run.result' }, count: { $sum: 1 } } },
        ])
        .toArray(),
    );
    return groups.map(({ _id, count }) => ({ kind: _id.kind, result: _id.result ?? null, count }));
  };

  return {
    async read(ids) {
      if (ids.length === 0) return new Map();
      const found = await ask(() => links.find({ _id: { $in: [...ids] } }).toArray());
      return new Map(found.map(linkOf).map((link) => [link.id, link]));
    },
    async heads(ids) {
      if (ids.length === 0) return new Map();
      const found = await ask(() =>
        links
          .find({ _id: { $in: [...ids] } })
          .project<LinkDocument>({ shadow: 0, copy: 0 })
          .toArray(),
      );
      return new Map(found.map(linkHeadOf).map((head) => [head.id, head]));
    },
    async readPart(ids) {
      const { wanted, restAfter } = ascendingIds(ids);
      const find = () => links.find({ _id: { $in: wanted } }).sort({ _id: 1 });
      const { items, more } = await pageDocuments(session, find, Number.POSITIVE_INFINITY);
      const found = items.map(linkOf).map((link) => [link.id, link] as const);
      return { links: new Map(found), rest: more ? restAfter(items.at(-1)?._id ?? '') : [] };
    },
    pendingWakes: owing(session, { wake: true }),
    untoldDead: owing(session, { untold: true }),
    findNeighbours: createNeighbours(session),
    ...createAccountQueries(session),
    counts,
    countRun,
    runMotion: createRunMotion(session),
    async backlog(now) {
      const { due, dirtySince } = await countQueue({ $gt: '' }, now);
      return { due, dirtySince };
    },
  };
}

/** Links that left one CRM record; any of them tells enough. */
const MOST_LEFT = 20;

/** What is linked in a CRM account. */
function createAccountQueries(
  session: MongoSession,
): Pick<LinkStore, 'visitByRemote' | 'readByLeft' | 'findKin' | 'sampleLinked'> {
  const { ask } = session;
  const links = linksIn(session);
  return {
    async visitByRemote(scope, kind, remoteIds, visit) {
      const wanted = [...new Set(remoteIds)];
      for (let at = 0; at < wanted.length; at += PAGE) {
        const some = { scope, kind, 'remote.id': { $in: wanted.slice(at, at + PAGE) } };
        await ask(async () => {
          for await (const document of links.find(some)) visit(linkOf(document));
        });
      }
    },
    async readByLeft(scope, kind, remoteId) {
      const some = { scope, kind, 'left.id': remoteId };
      return (await ask(() => links.find(some).limit(MOST_LEFT).toArray())).map(linkOf);
    },
    async findKin({ scope, kind }, { remoteIds, keyHashes }) {
      const scopes = remoteIds.length + keyHashes.length === 0 ? [] : await kinOf(session, scope);
      if (scopes.length === 0) return [];
      // By scopes, so that each goes by an index that every store has.
      const same = { scope: { $in: scopes }, kind };
      const $or = [
        ...(remoteIds.length === 0 ? [] : [{ ...same, 'remote.id': { $in: [...remoteIds] } }]),
        ...(keyHashes.length === 0
          ? []
          : [{ ...same, keyHash: { $in: [...keyHashes] }, 'remote.id': { $gte: '' } }]),
      ];
      return (await ask(() => links.find({ $or }).limit(MOST_KIN).toArray())).map(linkOf);
    },
    async sampleLinked(scope, limit) {
      const linked = { scope, 'remote.id': { $gte: '' } };
      const newest = { 'copy.heldAt': -1 } as const;
      const find = () => links.find(linked).sort(newest).limit(limit);
      return (await pageDocuments(session, find, limit)).items.map(linkOf);
    },
  };
}

/** Of those that nothing is to be done for, or that wait for another, some may have been stirred by it. */
const STIRRABLE: readonly RunResult[] = ['unchanged', 'superseded', 'skipped', 'retrying'];

function createRunMotion(session: MongoSession): LinkStore['runMotion'] {
  const { ask } = session;
  const links = linksIn(session);
  return async ({ runId }: Pick<Run, 'runId' | 'scope'>, now): Promise<RunMotion> => {
    // A run has a bounded number of links without a result.
    const ofRun = { 'run.id': runId, kind: { $in: [...ENTITY_KINDS] } };
    const untried = await ask(() =>
      links
        .find({ ...ofRun, 'run.result': { $exists: false } })
        .project<LinkDocument>({ shadow: 0, copy: 0, intent: 0, dead: 0, sought: 0 })
        .toArray(),
    );
    const motions = new Set(untried.map((document) => motionOf(linkOf(document), now)));
    if (motions.has('now')) return 'now';
    const wakes = await ask(() => links.findOne({ 'run.id': runId, wake: true }, { hint: 'links_wake' }));
    if (wakes !== null) return 'now';
    const stirred = await ask(() =>
      links.findOne({
        ...ofRun,
        'run.result': { $in: [...STIRRABLE] },
        notBefore: { $exists: false },
        $or: [{ claim: { $exists: true } }, { nextAt: { $lte: now }, quietUntil: { $not: { $gt: now } } }],
      }),
    );
    if (stirred !== null) return 'now';
    return motions.has('later') ? 'later' : 'none';
  };
}

function motionOf(link: Link, now: number): RunMotion {
  const isDue = link.nextAt !== null && dueTime(link) <= now;
  if (link.claim !== null || isDue) return 'now';
  if (link.notBefore !== null && link.notBefore > now) return 'later';
  return link.waitingSince === null && link.nextAt !== null ? 'now' : 'none';
}

/**
 * Links that still owe others something: waking those that point at them, or telling of their dead letters. Nearly always there
 * are none, of whatever scopes; where there are more than fit, each scope is asked for by itself.
 */
function owing(
  session: MongoSession,
  duty: { readonly wake: true } | { readonly untold: true },
): LinkStore['pendingWakes'] {
  const links = linksIn(session);
  const find = async (
    scopes: readonly Scope[],
    limit: number,
  ): Promise<{ readonly links: Link[]; readonly isWhole: boolean }> => {
    const scope = { $in: [...new Set(scopes)] };
    const { items, more } = await pageDocuments(
      session,
      () => links.find({ ...duty, scope }).limit(limit),
      limit,
    );
    return { links: items.map(linkOf), isWhole: !more && items.length < limit };
  };
  const findTogether = gathered(async (asked: readonly { scope: Scope; limit: number }[]) => {
    const most = Math.min(...asked.map(({ limit }) => limit));
    const found = await find(
      asked.map(({ scope }) => scope),
      most,
    );
    if (asked.length > 1 && !found.isWhole)
      return await Promise.all(asked.map(async ({ scope, limit }) => (await find([scope], limit)).links));
    return asked.map(({ scope }) => found.links.filter((link) => link.scope === scope));
  });
  return (scope, limit) => findTogether({ scope, limit });
}

interface NeighbourQuery extends Pick<Link, 'id' | 'scope' | 'kind'> {
  readonly marks: NeighbourMarks;
}

/** The links of a page are looked up at the same time: those of one scope and kind by one request. */
function createNeighbours(session: MongoSession): LinkStore['findNeighbours'] {
  const { ask } = session;
  const links = linksIn(session);
  /** Everything that is a neighbour of one of them, or one of them and a neighbour of itself; each goes to those whose neighbour it is. */
  const find = async (group: readonly NeighbourQuery[]): Promise<readonly Link[][]> => {
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
    if ($or.length === 0) return group.map(() => []);
    return await ask(async () => {
      const asking = group.map((query) => ({
        isNeighbour: neighboursOf(query),
        room: createNeighbourRoom(query.marks.remoteIds),
        found: [] as Link[],
      }));
      for await (const document of links.find({ $or })) {
        const link = linkOf(document);
        const bytes = weightOf(document);
        for (const { isNeighbour, room, found } of asking)
          if (isNeighbour(link)) found.push(room.take(link, bytes));
      }
      return asking.map(({ found }) => found);
    });
  };

  const findTogether = gathered(async (queries: readonly NeighbourQuery[]) => {
    const groups = [...Map.groupBy(queries, ({ scope, kind }) => `${scope} ${kind}`).values()];
    const found = await Promise.all(
      groups.map(async (group) => {
        const all = await find(group);
        return group.map((query, at) => [query, all[at] ?? []] as const);
      }),
    );
    const byQuery = new Map(found.flat());
    return queries.map((query) => byQuery.get(query) ?? []);
  });

  return ({ id, scope, kind }, marks) => findTogether({ id, scope, kind, marks });
}

function neighboursOf({ id, marks }: NeighbourQuery): (link: Link) => boolean {
  const remoteIds = new Set(marks.remoteIds);
  const keyHashes = new Set(marks.keyHashes);
  return ({ id: other, remote, keyHash, intent }) =>
    other !== id &&
    ((remote !== null && remoteIds.has(remote.id)) ||
      [keyHash, intent?.keyHash].some((hash) => typeof hash === 'string' && keyHashes.has(hash)));
}
