import type { SQLOutputValue } from 'node:sqlite';
import { ENDED_RUN_STATUSES, NONE_PASSED, storedTotals, type Run } from '../../../domain/run.ts';
import { cursorOf, placeOf } from '../../page-places.ts';
import type { RunStore } from '../../run-store.port.ts';
import { inChunks } from '../session/in-chunks.ts';
import { documentOf } from '../session/json-document.ts';
import { pageOfRows } from '../session/page-rows.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

const INSERT = `
  INSERT INTO runs (run_id, connection_id, open, created_at, revision, document)
  VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

const REPLACE = 'UPDATE runs SET open = ?, revision = ?, document = ? WHERE run_id = ? AND revision = ?';

export const RUN_PAGE = `
  connection_id = ? AND (created_at, run_id) < (?, ?) ORDER BY created_at DESC, run_id DESC LIMIT +?`;

const PRUNED_AT_ONCE = 500;
const PRUNE = `
  DELETE FROM runs WHERE rowid IN (
    SELECT rowid FROM runs WHERE open = 0 AND json_extract(document, '$.finishedAt') < ?
    LIMIT ${String(PRUNED_AT_ONCE)}
  )`;

function isOpen(run: Run): number {
  return ENDED_RUN_STATUSES.includes(run.status) ? 0 : 1;
}

/** Runs of earlier programs lack some of it. */
type StoredRun = Omit<Run, 'passed'> & Partial<Pick<Run, 'passed'>>;

function storedRun(run: StoredRun): Run {
  const totals = run.totals === null ? null : storedTotals(run.totals);
  return { ...run, passed: run.passed ?? NONE_PASSED, totals };
}

function runOf(row: Readonly<Record<string, SQLOutputValue>>): Run {
  return storedRun(documentOf<StoredRun>(row));
}

export function createRunStore(session: SqliteSession): RunStore {
  const select = (where: string, ...values: (string | number)[]): Run[] =>
    session
      .prepare(`SELECT document FROM runs WHERE ${where}`)
      .all(...values)
      .map(runOf);

  return {
    insert: (run) =>
      session.write(() => {
        const insert = session.prepare(INSERT);
        const { runId, connectionId, createdAt, revision } = run;
        return (
          insert.run(runId, connectionId, isOpen(run), createdAt, revision, JSON.stringify(run)).changes === 1
        );
      }),
    read: (runId) => session.read(() => select('run_id = ?', runId)[0] ?? null),
    findOpen: (connectionId) =>
      session.read(() => select('connection_id = ? AND open = 1', connectionId)[0] ?? null),
    listOpen: (limit) => session.read(() => select('open = 1 LIMIT +?', limit)),
    replace: (run, expectedRevision) =>
      session.write(() => {
        const replace = session.prepare(REPLACE);
        const document = JSON.stringify(run);
        return replace.run(isOpen(run), run.revision, document, run.runId, expectedRevision).changes === 1;
      }),
    list: (connectionId, cursor, limit) =>
      session.read(() => {
        const { at, id } = placeOf(cursor);
        const rows = session
          .prepare(`SELECT document FROM runs WHERE ${RUN_PAGE}`)
          .iterate(connectionId, at, id, limit + 1);
        return pageOfRows(rows, limit, runOf, (run) => cursorOf({ at: run.createdAt, id: run.runId }));
      }),
    prune: (before) =>
      inChunks(session, PRUNED_AT_ONCE, () => Number(session.prepare(PRUNE).run(before).changes)),
  };
}
