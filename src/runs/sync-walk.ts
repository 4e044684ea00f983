import type { CrmConnector } from '../connectors/connector.port.ts';
import { scopeOf, type Connection } from '../domain/connection.ts';
import { ENTITY_KINDS, type EntityKind } from '../domain/entity.ts';
import { linkId, type Link } from '../domain/link.ts';
import type { ZenaRecord } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import { lookAtRecord, type SyncLook } from '../domain/deciding/sync-look.ts';
import type { LookMark } from '../state-store/link-store.port.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import { desiredOf, readPage } from '../delivering/gather.ts';

/** Records looked at in one step of a walk. */
export const WALK_PAGE = 200;

/** One record as a full sync sees it. */
export interface WalkedRecord {
  readonly record: ZenaRecord;
  readonly link: Link | null;
  readonly look: SyncLook;
  readonly fields: Readonly<Record<string, unknown>> | null;
}

export interface WalkPage {
  readonly walked: readonly WalkedRecord[];
  readonly next: Run['cursor'];
}

/** Looks at the next page of an owner's records by what is stored; writes and calls nothing. */
export async function walkPage(
  store: StateStore,
  connection: Connection,
  connector: CrmConnector,
  cursor: NonNullable<Run['cursor']>,
): Promise<WalkPage> {
  const scope = scopeOf(connection);
  const records = await store.records.page(connection.owner.id, cursor.kind, cursor.after, WALK_PAGE);
  const links = await store.links.read(records.map((record) => linkId(scope, record.key)));
  const page = await readPage(
    store,
    scope,
    records.map((record) => record.key),
  );
  const walked = records.map((record): WalkedRecord => {
    const link = links.get(linkId(scope, record.key)) ?? null;
    const { draft } = desiredOf(scope, connection, connector, record.key, page, Number.MAX_SAFE_INTEGER);
    return {
      record,
      link,
      look: lookAtRecord(connection, record, link, draft),
      fields: draft?.fields ?? null,
    };
  });
  const last = records.at(-1);
  const next =
    records.length === WALK_PAGE && last !== undefined
      ? { kind: cursor.kind, after: last.entityId }
      : nextKind(cursor.kind);
  return { walked, next };
}

function nextKind(kind: EntityKind): Run['cursor'] {
  const next = ENTITY_KINDS[ENTITY_KINDS.indexOf(kind) + 1];
  return next === undefined ? null : { kind: next, after: null };
}

/**
 * Marks what differs, then moves the cursor in one write that also counts what does not. After a crash in between the page is
 * looked at again; each record counts once, in the cursor's write or by its link.
 */
export async function advanceRun(
  store: StateStore,
  connection: Connection,
  connector: CrmConnector,
  run: Run,
  now: number,
): Promise<Run | null> {
  if (run.cursor === null) return run;
  const { walked, next } = await walkPage(store, connection, connector, run.cursor);
  // What a step that did not get to its end has marked counts by its link.
  const fresh = walked.filter(({ link }) => link?.run?.id !== run.runId);
  const marks = fresh.filter(needsDelivery).map(({ record }): LookMark => ({
    scope: run.scope,
    connectionId: connection.connectionId,
    userId: connection.owner.id,
    key: record.key,
    lane: 'sync',
    now,
    runId: run.runId,
  }));
  if (marks.length > 0) await store.links.markLook(marks);
  const unchanged = { ...run.unchanged };
  for (const one of fresh)
    if (one.look.action === 'unchanged' && !needsDelivery(one)) unchanged[one.record.kind] += 1;
  const moved: Run = {
    ...run,
    cursor: next,
    walked: run.walked + walked.length,
    unchanged,
    revision: run.revision + 1,
  };
  return (await store.runs.replace(moved, run.revision)) ? moved : null;
}

/** Also what is set aside, whatever became of it since: what is as it should be by now ends its dead letter without a call. */
function needsDelivery({ look, link }: WalkedRecord): boolean {
  return (look.action !== 'unchanged' && look.action !== 'skip') || (link !== null && link.dead !== null);
}
