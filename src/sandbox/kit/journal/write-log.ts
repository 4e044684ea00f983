import type { VaultCollection, VaultFields } from '../../mri-vault/vault-record.ts';

/** One change of the CRM's data, as it was done: not as it arrived, and also where nobody was answered. */
export interface CommittedWrite {
  /** Counts from 1 in the order in which the writes were done. */
  readonly number: number;
  /** Epoch ms of the sandbox's clock. */
  readonly at: number;
  readonly kind: 'create' | 'write' | 'remove';
  readonly collection: VaultCollection;
  readonly id: string;
  /** The record's fields after it; null: it is gone. */
  readonly fields: VaultFields | null;
}

export interface WriteLog {
  add(write: Omit<CommittedWrite, 'number'>): void;
  /** The kept ones after that number, in order. Where older ones were dropped, the first has a greater number than the next. */
  after(number: number): CommittedWrite[];
  clear(): void;
}

/** Keeps the last `capacity` writes. */
export function createWriteLog(capacity: number): WriteLog {
  let kept: CommittedWrite[] = [];
  let count = 0;
  return {
    add(write) {
      count += 1;
      kept.push({ number: count, ...write });
      if (kept.length >= capacity * 2) kept = kept.slice(-capacity);
    },
    after: (number) => kept.filter((write) => write.number > number),
    clear() {
      kept = [];
      count = 0;
    },
  };
}
