import { shardOf } from '../../src/domain/deciding/shard.ts';
import type { SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import type { WorkerRow } from '../../src/state-store/ownership-store.port.ts';
import type { ProcessLife } from './time/process-life.ts';
import { SHARDS } from './crm/sim-connector.ts';

/** Who owns what, by what stands in the store. */
export interface OwnerView {
  /** Learns which worker a process is. */
  observe(life: ProcessLife, part: string, method: string, args: readonly unknown[]): void;
  /** The process that the store names as a budget's owner; undefined while nobody ever owned it. */
  ownerOf(store: SqliteStateStore, budget: string): string | null | undefined;
}

export function createOwnerView(): OwnerView {
  const processes = new Map<string, string>();
  return {
    observe(life, part, method, args) {
      if (part !== 'ownership' || method !== 'join') return;
      processes.set((args[0] as WorkerRow).workerId, life.name);
    },
    ownerOf({ session }, budget) {
      const row = session.prepare('SELECT owner FROM shards WHERE shard = ?').get(shardOf(budget, SHARDS));
      return row && (processes.get(String(row['owner'])) ?? null);
    },
  };
}
