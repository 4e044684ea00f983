import type { Page } from '../domain/page.ts';
import type { Run } from '../domain/run.ts';

export interface RunStore {
  /** False when the connection already has a run that has not ended. */
  insert(run: Run): Promise<boolean>;
  read(runId: string): Promise<Run | null>;
  findOpen(connectionId: string): Promise<Run | null>;
  listOpen(limit: number): Promise<Run[]>;
  replace(run: Run, expectedRevision: number): Promise<boolean>;
  /** Newest first. */
  list(connectionId: string, cursor: string | null, limit: number): Promise<Page<Run>>;
  /** Deletes runs that ended before this time (epoch ms). */
  prune(before: number): Promise<number>;
}
