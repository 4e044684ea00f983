import type { JsonObject } from '../../../domain/json.ts';

/** One change of the CRM's data, as it was done: not as it arrived, and also where nobody was answered. */
export interface CommittedWrite<C extends string> {
  /** Counts from 1 in the order in which the writes were done. */
  readonly number: number;
  /** Epoch ms of the sandbox's clock. */
  readonly at: number;
  readonly kind: 'create' | 'write' | 'remove';
  readonly collection: C;
  readonly id: string;
  /** The record's fields after it; null: it is gone. */
  readonly fields: JsonObject | null;
}

export interface WriteLog<C extends string> {
  add(write: Omit<CommittedWrite<C>, 'number'>): void;
  /** The kept ones after that number, in order. Where older ones were dropped, the first has a greater number than the next. */
  after(number: number): CommittedWrite<C>[];
  clear(): void;
}

/** Keeps the last `capacity` writes. */
export function createWriteLog<C extends string>(capacity: number): WriteLog<C> {
  let kept: CommittedWrite<C>[] = [];
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
