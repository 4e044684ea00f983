import type { Connection } from '../domain/connection.ts';
import type { EntityKind, RecordKey } from '../domain/entity.ts';
import type { Json } from '../domain/json.ts';
import type { Run, RunTotals } from '../domain/run.ts';

export interface RunProgress {
  readonly run: Run;
  readonly totals: RunTotals;
  /** Records that there are: never fewer than `done`, and as many at the end. */
  readonly total: number;
  /** Records that are in an outcome. */
  readonly done: number;
  /** Records per second since it began; null before anything was done. */
  readonly ratePerSecond: number | null;
  /** Null where it can't be told. */
  readonly etaSeconds: number | null;
}

/** Port: full syncs. */
export interface RunService {
  /** Starts a full sync, or joins the one that runs. */
  start(connection: Connection): Promise<Run>;
  progress(runId: string): Promise<RunProgress | null>;
  /** Resolves when the run ended, when it waits for the CRM, or at `untilMs` from now; with the progress then. */
  wait(runId: string, untilMs: number, signal: AbortSignal): Promise<RunProgress | null>;
  /** Called on each step of the run's progress that this process sees; returns how to stop listening. */
  onProgress(runId: string, listener: (progress: RunProgress) => void): () => void;
  cancel(runId: string): Promise<Run | null>;
  /** What a full sync would do: the planner itself, thought through without a write anywhere and without a call. */
  preview(connection: Connection, limit: number): Promise<SyncPreview>;
}

/** What a full sync would do where the CRM is well, and nothing changes before it; each record in one count. */
export interface PreviewCounts {
  readonly wouldCreateOrAdopt: number;
  readonly wouldUpdate: number;
  readonly wouldDelete: number;
  readonly unchanged: number;
  /** A newer contact speaks for the CRM record that they share. */
  readonly superseded: number;
  readonly skipped: number;
  /** Waits for a record that it names, and goes on by itself. */
  readonly wouldWait: number;
  readonly wouldFail: number;
}

export interface SyncPreview extends PreviewCounts {
  readonly total: number;
  readonly items: readonly PreviewItem[];
  /** True when there are more items than `limit`. */
  readonly truncated: boolean;
}

export interface PreviewItem {
  readonly key: RecordKey;
  readonly kind: EntityKind;
  readonly entityId: string;
  readonly title: string;
  readonly action: 'create_or_adopt' | 'update' | 'delete' | 'skip';
  readonly reason: string | null;
  /** Whether the CRM is asked for a match first, which is used where there is one. */
  readonly looks: boolean;
  /** Per CRM field: what stands there as far as we know, and what would be sent. */
  readonly changes: readonly { readonly field: string; readonly from: Json; readonly to: Json }[];
}
