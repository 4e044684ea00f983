import type { Connection, Scope } from '../domain/connection.ts';
import type { CallOutcome } from '../domain/outcome.ts';
import type { EntityKind, RecordKey } from '../domain/entity.ts';
import type { Run, RunTotals } from '../domain/run.ts';
import type { CRMCredentials } from '../connectors/connector.port.ts';
import type { LeaseListener } from '../ownership/ownership.port.ts';
import type { Json } from '../domain/json.ts';

/** The loop that makes each CRM equal to Zena. Hints are only hints: what they miss, its own poll finds. */
export interface Reconciler extends LeaseListener {
  start(): void;
  /** Takes no new work, lets calls on the wire end within `graceMs`, releases what it holds. Idempotent. */
  stop(graceMs: number): Promise<void>;
  /** There may be due work in this scope. */
  nudge(scope: Scope): void;
  /** The connection's status, credentials or config changed: what it holds of it is read anew before the next call. */
  connectionChanged(connectionId: string): void;
}

/** Speaks to a CRM outside the loop: for connect, test and the probe. */
export interface CredentialCheck {
  /** One `authenticate` call with these credentials through guard, limiter and breaker of their budget. */
  check(provider: string, credentials: CRMCredentials): Promise<CallOutcome<boolean>>;
}

export interface RunProgress {
  readonly run: Run;
  readonly totals: RunTotals;
  /** Records per second since it began; null before anything was done. */
  readonly ratePerSecond: number | null;
  /** Null where it can't be told. */
  readonly etaSeconds: number | null;
}

/** Full syncs. */
export interface RunService {
  /** Starts a full sync, or joins the one that runs. */
  start(connection: Connection): Promise<Run>;
  progress(runId: string): Promise<RunProgress | null>;
  /** Resolves when the run ended, when it waits for the CRM, or at `untilMs` from now; with the progress then. */
  wait(runId: string, untilMs: number, signal: AbortSignal): Promise<RunProgress | null>;
  /** Called on each step of the run's progress that this process sees; returns how to stop listening. */
  onProgress(runId: string, listener: (progress: RunProgress) => void): () => void;
  cancel(runId: string): Promise<Run | null>;
  /** What a full sync would do, without a write anywhere and without a call. */
  preview(connection: Connection, limit: number): Promise<SyncPreview>;
}

export interface SyncPreview {
  readonly total: number;
  readonly wouldCreateOrAdopt: number;
  readonly wouldUpdate: number;
  readonly wouldDelete: number;
  readonly unchanged: number;
  readonly skipped: number;
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
  /** Per CRM field: what stands there as far as we know, and what would be sent. */
  readonly changes: readonly { readonly field: string; readonly from: Json; readonly to: Json }[];
}
