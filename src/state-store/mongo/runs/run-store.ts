import type { Collection } from 'mongodb';
import type { Scope } from '../../../domain/connection.ts';
import {
  ENDED_RUN_STATUSES,
  NONE_PASSED,
  storedTotals,
  type Run,
  type RunStatus,
  type RunTotals,
} from '../../../domain/run.ts';
import type { RunStore } from '../../run-store.port.ts';
import { insertIfAbsent, replaceRevision } from '../session/conditional-writes.ts';
import { inChunks } from '../session/in-chunks.ts';
import { pageByTime } from '../session/list-pages.ts';
import type { MongoSession } from '../session/mongo-session.ts';

export interface RunDocument {
  /** The run's id. */
  readonly _id: string;
  readonly connectionId: string;
  /** The connection's id while the run has not ended: unique, so that a connection has one such run at most. */
  readonly openFor?: string;
  readonly scope: Scope;
  readonly userId: string;
  readonly provider: string;
  readonly status: RunStatus;
  readonly createdAt: number;
  readonly finishedAt?: number;
  readonly cursor?: { readonly kind: NonNullable<Run['cursor']>['kind']; readonly after?: string };
  readonly walked: number;
  readonly total: number;
  readonly unchanged: Run['unchanged'];
  /** Absent in runs of earlier programs. */
  readonly passed?: Run['passed'];
  readonly totals?: RunTotals;
  readonly reason?: string;
  readonly starts?: number;
  readonly revision: number;
}

export function runsIn({ database }: MongoSession): Collection<RunDocument> {
  return database.collection('runs');
}

export function createRunStore(session: MongoSession): RunStore {
  const { ask } = session;
  const runs = runsIn(session);
  const one = (found: RunDocument | null): Run | null => (found === null ? null : runOf(found));

  return {
    insert: (run) => insertIfAbsent(session, runs, runDocument(run)),
    read: async (runId) => one(await ask(() => runs.findOne({ _id: runId }))),
    findOpen: async (connectionId) => one(await ask(() => runs.findOne({ openFor: connectionId }))),
    async listOpen(limit) {
      const found = await ask(() =>
        runs
          .find({ openFor: { $gt: '' } })
          .limit(limit)
          .toArray(),
      );
      return found.map(runOf);
    },
    replace: (run, expectedRevision) => replaceRevision(session, runs, runDocument(run), expectedRevision),
    async list(connectionId, cursor, limit) {
      const list = { filter: { connectionId }, time: 'createdAt', ids: -1 } as const;
      const { items, nextCursor } = await pageByTime(session, runs, list, cursor, limit);
      return { items: items.map(runOf), nextCursor };
    },
    prune: (before) =>
      inChunks(
        session,
        runs,
        { status: { $in: [...ENDED_RUN_STATUSES] }, finishedAt: { $lt: before } },
        'delete',
      ),
  };
}

function runDocument(run: Run): RunDocument {
  const { finishedAt, cursor, unchanged, totals, reason } = run;
  return {
    _id: run.runId,
    connectionId: run.connectionId,
    ...(!ENDED_RUN_STATUSES.includes(run.status) && { openFor: run.connectionId }),
    scope: run.scope,
    userId: run.userId,
    provider: run.provider,
    status: run.status,
    createdAt: run.createdAt,
    ...(finishedAt !== null && { finishedAt }),
    ...(cursor !== null && {
      cursor: { kind: cursor.kind, ...(cursor.after !== null && { after: cursor.after }) },
    }),
    walked: run.walked,
    total: run.total,
    unchanged: { contact: unchanged.contact, property: unchanged.property, deal: unchanged.deal },
    passed: { superseded: run.passed.superseded, skipped: run.passed.skipped },
    ...(totals !== null && { totals: { ...totals } }),
    ...(reason !== null && { reason }),
    ...(run.starts !== undefined && { starts: run.starts }),
    revision: run.revision,
  };
}

function runOf(document: RunDocument): Run {
  const { cursor, unchanged } = document;
  return {
    runId: document._id,
    connectionId: document.connectionId,
    scope: document.scope,
    userId: document.userId,
    provider: document.provider,
    status: document.status,
    createdAt: document.createdAt,
    finishedAt: document.finishedAt ?? null,
    cursor: cursor === undefined ? null : { kind: cursor.kind, after: cursor.after ?? null },
    walked: document.walked,
    total: document.total,
    unchanged: { contact: unchanged.contact, property: unchanged.property, deal: unchanged.deal },
    passed: document.passed ?? NONE_PASSED,
    totals: document.totals === undefined ? null : storedTotals(document.totals),
    reason: document.reason ?? null,
    ...(document.starts !== undefined && { starts: document.starts }),
    revision: document.revision,
  };
}
