import type { Scope } from './connection.ts';
import { ENTITY_KINDS, type EntityKind } from './entity.ts';
import type { RunResult } from './link.ts';

export const RUN_STATUSES = [
  'running',
  'waiting',
  'completed',
  'completed_with_failures',
  'cancelled',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const ENDED_RUN_STATUSES: readonly RunStatus[] = ['completed', 'completed_with_failures', 'cancelled'];

/** A full sync: a cursor over the owner's records that marks only what differs. Resumable; its counts are derived. */
export interface Run {
  readonly runId: string;
  readonly connectionId: string;
  readonly scope: Scope;
  readonly userId: string;
  readonly provider: string;
  readonly status: RunStatus;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly finishedAt: number | null;
  /** Where the walk goes on: records of `kind` with an id greater than `after`. Null = every record was looked at. */
  readonly cursor: { readonly kind: EntityKind; readonly after: string | null } | null;
  /** Records that the walk has looked at. */
  readonly walked: number;
  /** Records of the owner when the run began. */
  readonly total: number;
  /** Counted in the cursor's own write, so that a crash can't count twice; what is to be done for a record counts by its link. */
  readonly unchanged: Readonly<Record<EntityKind, number>>;
  /** As `unchanged`: what there is nothing to do for, for another reason. */
  readonly passed: RunPassed;
  /** Kept when it ends, because the links that it counts carry a later run some day; null before. */
  readonly totals: RunTotals | null;
  /** Why it waits, an outcome's code; null otherwise. */
  readonly reason: string | null;
  /** Processes that began to walk it since its last page; absent where none did. */
  readonly starts?: number;
  /** Raised by every write: the store's compare-and-set. */
  readonly revision: number;
}

export interface RunPassed {
  readonly superseded: number;
  readonly skipped: number;
}

export const NONE_PASSED: RunPassed = { superseded: 0, skipped: 0 };

/**
 * What is left of a run whose walk is at its end: something that is due, being delivered or about to be (`now`); only what a CRM that
 * can't be reached, or asked for a pause, holds back (`later`); nothing that has not been tried (`none`). What waits for a record that
 * is not on its way any more has been tried as far as it can be.
 */
export type RunMotion = 'now' | 'later' | 'none';

/** One line of `link.run` grouped: how many links of a kind ended with a result; null = not settled yet. */
export interface RunCount {
  readonly kind: EntityKind;
  readonly result: RunResult | null;
  readonly count: number;
}

/** How a record of a run can end: each in one of these. */
export const RUN_OUTCOMES = [
  'created',
  'updated',
  'unchanged',
  'repaired',
  'drifted',
  'superseded',
  'skipped',
  'deleted',
  'retrying',
  'failed',
] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

export interface RunTotals extends Readonly<Record<RunOutcome, number>> {
  readonly contactsSynced: number;
  readonly propertiesSynced: number;
  readonly dealsSynced: number;
  /** Marked, and not tried yet. */
  readonly outstanding: number;
}

/** *Synced* counts records whose CRM copy now equals Zena's: created, updated or found equal. */
export function runTotals(run: Pick<Run, 'unchanged' | 'passed'>, counts: readonly RunCount[]): RunTotals {
  const of = (result: RunResult | null, kind?: EntityKind): number =>
    counts
      .filter((line) => line.result === result && (kind === undefined || line.kind === kind))
      .reduce((sum, line) => sum + line.count, 0);
  const synced = (kind: EntityKind): number =>
    run.unchanged[kind] + of('created', kind) + of('updated', kind) + of('unchanged', kind);
  return {
    contactsSynced: synced('contact'),
    propertiesSynced: synced('property'),
    dealsSynced: synced('deal'),
    created: of('created'),
    updated: of('updated'),
    unchanged: ENTITY_KINDS.reduce((sum, kind) => sum + run.unchanged[kind], of('unchanged')),
    // Nothing is read back from a CRM yet.
    repaired: 0,
    drifted: 0,
    failed: of('failed'),
    retrying: of('retrying'),
    superseded: run.passed.superseded + of('superseded'),
    deleted: of('deleted'),
    skipped: run.passed.skipped + of('skipped'),
    outstanding: of(null),
  };
}

/** The totals of a run that ends: what could not be tried, because it waits for a record that did not get through, is tried again. */
export function endedTotals(totals: RunTotals, status: RunStatus): RunTotals {
  const { outstanding, retrying } = totals;
  return { ...totals, outstanding: 0, retrying: status === 'cancelled' ? retrying : retrying + outstanding };
}

/** Totals as they were stored; those of earlier programs knew fewer outcomes. */
export function storedTotals(
  stored: Omit<RunTotals, 'repaired' | 'drifted'> & Partial<RunTotals>,
): RunTotals {
  return { ...stored, repaired: stored.repaired ?? 0, drifted: stored.drifted ?? 0 };
}

/** Records that are in an outcome. */
export function doneOf(totals: RunTotals): number {
  return RUN_OUTCOMES.reduce((sum, outcome) => sum + totals[outcome], 0);
}

/** All records of a run: as far as they can be told while it walks, and what its outcomes add up to in the end. */
export function totalOf(run: Pick<Run, 'cursor' | 'finishedAt' | 'total'>, totals: RunTotals): number {
  const known = doneOf(totals) + totals.outstanding;
  const walking = run.cursor !== null && run.finishedAt === null;
  return walking ? Math.max(run.total, known) : known;
}
