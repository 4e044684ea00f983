import type { CrmConnector } from '../connectors/connector.port.ts';
import type { Connection } from '../domain/connection.ts';
import { ENTITY_KINDS, type EntityKind, type RecordKey } from '../domain/entity.ts';
import type { Link } from '../domain/link.ts';
import { isNewer } from '../domain/deciding/sharers.ts';
import type { Run } from '../domain/run.ts';
import type { LookMark } from '../state-store/link-store.port.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import { NOTHING_AT_HAND } from './informed-draft.ts';
import { createForesight, type Foresight, type ForeseenPage, type ForeseenRecord } from './foresee-office.ts';

/** Records looked at in one step of a walk. */
export const WALK_PAGE = 200;

export interface WalkPage extends ForeseenPage {
  readonly next: Run['cursor'];
}

/** Looks at the next page of an owner's records by what is stored; writes and calls nothing. */
export async function walkPage(
  store: Pick<StateStore, 'records'>,
  userId: string,
  foresight: Foresight,
  cursor: NonNullable<Run['cursor']>,
): Promise<WalkPage> {
  const { items, nextCursor } = await store.records.page(userId, cursor.kind, cursor.after, WALK_PAGE);
  const page = await foresight(items);
  // What links hold is bounded, too: those behind the last that was looked at are the next page's.
  const after = page.records.length < items.length ? page.records.at(-1)?.record.entityId : nextCursor;
  const next = typeof after === 'string' ? { kind: cursor.kind, after } : nextKind(cursor.kind);
  return { ...page, next };
}

function nextKind(kind: EntityKind): Run['cursor'] {
  const next = ENTITY_KINDS[ENTITY_KINDS.indexOf(kind) + 1];
  return next === undefined ? null : { kind: next, after: null };
}

/**
 * Marks what something is to be done for, then moves the cursor in one write that also counts the rest. After a crash in between the
 * page is looked at again; each record counts once, in the cursor's write or by its link.
 */
export async function advanceRun(
  store: StateStore,
  connection: Connection,
  connector: CrmConnector,
  run: Run,
  now: number,
): Promise<Run | null> {
  if (run.cursor === null) return run;
  const foresight = createForesight({
    store,
    connection,
    connector,
    now,
    remembers: false,
    // What it takes to differ is looked at by a delivery, which knows.
    facts: NOTHING_AT_HAND,
    presumes: false,
  });
  const page = await walkPage(store, connection.owner.id, foresight, run.cursor);
  const isCarried = (link: Link | null): boolean => link?.run?.id === run.runId;
  // What a step that did not get to its end has marked counts by its link.
  const fresh = page.records.filter(({ stored }) => !isCarried(stored));
  // Those that another one's write takes the CRM record from would else be counted as equal when their page comes.
  const corrections = page.corrections.filter(({ stored }) => !isCarried(stored));
  const keys = [
    ...newestFirst(fresh.filter(needsDelivery)).map(({ record }) => record.key),
    ...corrections.filter(({ past }) => !past).map(({ key }) => key),
  ];
  const marks = keys.map((key) => syncMark(run, connection, key, now));
  if (marks.length > 0) await store.links.markLook(marks);
  const unchanged = { ...run.unchanged };
  const passed = { ...run.passed };
  for (const { record, foreseen } of fresh.filter((one) => !needsDelivery(one))) {
    if (foreseen.action === 'unchanged') unchanged[record.kind] += 1;
    else if (foreseen.action === 'superseded') passed.superseded += 1;
    else passed.skipped += 1;
  }
  for (const { kind, from } of corrections.filter(({ past }) => past)) {
    if (from !== 'unchanged' || unchanged[kind] === 0) continue;
    unchanged[kind] -= 1;
    passed.superseded += 1;
  }
  const walked = run.walked + page.records.length;
  const moved: Run = {
    ...run,
    cursor: page.next,
    walked,
    unchanged,
    passed,
    // It got on: what ends a process from now on is about another page.
    ...(run.starts !== undefined && { starts: 1 }),
    revision: run.revision + 1,
  };
  return (await store.runs.replace(moved, run.revision)) ? moved : null;
}

function syncMark(run: Run, { connectionId, owner }: Connection, key: RecordKey, now: number): LookMark {
  const { scope, runId } = run;
  // Each record is tried once, also one that backs off.
  return { scope, connectionId, userId: owner.id, key, lane: 'sync', now, runId, skipBackOff: true };
}

/** Also what is set aside, whatever became of it since: what is as it should be by now ends its dead letter without a call. */
function needsDelivery({ foreseen, stored }: ForeseenRecord): boolean {
  return !foreseen.idle || (stored !== null && stored.dead !== null);
}

/** Of contacts with one key the newest goes first, so that the others find that it speaks for the CRM record that it makes. */
function newestFirst(records: readonly ForeseenRecord[]): ForeseenRecord[] {
  const first = new Set<ForeseenRecord>();
  const keyed = records.filter(({ record, desired }) => record.kind === 'contact' && desired.draft?.keys[0]);
  for (const twins of Map.groupBy(keyed, ({ desired }) => desired.draft?.keys[0]?.hash).values()) {
    if (twins.length > 1) first.add(twins.reduce((a, b) => (isNewer(b.record, a.record) ? b : a)));
  }
  return [...first, ...records.filter((one) => !first.has(one))];
}
