import type { EntityKind } from '../../../domain/entity.ts';
import type { RunResult } from '../../../domain/link.ts';
import type { RunCount } from '../../../domain/run.ts';
import type { LinkCounts, LinkStore } from '../../state-store.port.ts';
import { linkOf } from './stored-link.ts';
import type { MongoSession } from '../session/mongo-session.ts';

type Queries = Pick<LinkStore, 'read' | 'counts' | 'countRun' | 'backlog'>;

interface QueueCounts {
  readonly all: number;
  readonly due: number;
  readonly dirtySince: number | null;
}

export function createLinkQueries({ links, ask }: MongoSession): Queries {
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
    counts,
    countRun,
    async backlog(now) {
      const { due, dirtySince } = await countQueue({ $gt: '' }, now);
      return { due, dirtySince };
    },
  };
}
