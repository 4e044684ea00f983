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
  /** Counted in the cursor's own write, so that a crash can't count twice. */
  readonly unchanged: Readonly<Record<EntityKind, number>>;
  /** Kept when it ends, because the links that it counts carry a later run some day; null before. */
  readonly totals: RunTotals | null;
  /** Why it waits, an outcome's code; null otherwise. */
  readonly reason: string | null;
  /** Raised by every write: the store's compare-and-set. */
  readonly revision: number;
}

/** One line of `link.run` grouped: how many links of a kind ended with a result; null = not settled yet. */
export interface RunCount {
  readonly kind: EntityKind;
  readonly result: RunResult | null;
  readonly count: number;
}

export interface RunTotals {
  readonly contactsSynced: number;
  readonly propertiesSynced: number;
  readonly dealsSynced: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly retrying: number;
  readonly superseded: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly outstanding: number;
}

/** *Synced* counts records whose CRM copy now equals Zena's: created, updated or found equal. */
export function runTotals(run: Pick<Run, 'unchanged'>, counts: readonly RunCount[]): RunTotals {
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
    failed: of('failed'),
    retrying: of('retrying'),
    superseded: of('superseded'),
    deleted: of('deleted'),
    skipped: of('skipped'),
    outstanding: of(null) + of('retrying'),
  };
}
