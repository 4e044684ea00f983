import type { WorkerRow } from '../state-store/ownership-store.port.ts';
import type { OperationPorts } from './operation.port.ts';

export interface WorkerSummary {
  readonly worker: WorkerRow;
  /** Shards of the budgets that it holds. */
  readonly shards: number;
  /** Since its last sign of life, by its clock and ours: for people, not for decisions. */
  readonly beatAgeSeconds: number;
}

/** The processes that deliver, oldest first. Of several API processes each answers the same: it is read from the store. */
export async function listWorkers({ store, clock }: OperationPorts): Promise<WorkerSummary[]> {
  const shards = await store.ownership.shards();
  const workers = await store.ownership.workers();
  const now = clock.now();
  return [...workers]
    .sort((a, b) => a.startedAt - b.startedAt)
    .map((worker) => ({
      worker,
      shards: shards.filter(({ owner }) => owner === worker.workerId).length,
      beatAgeSeconds: Math.max(0, now - worker.beatAt) / 1_000,
    }));
}
