import type { IncomingHttpHeaders } from 'node:http';
import type { Json } from '../../../domain/json.ts';

/** One API request as it arrived. */
export interface JournalEntry {
  readonly method: string;
  /** Without the query, as sent. */
  readonly path: string;
  /** What requests are counted by, as the CRM's folder names it. */
  readonly route: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON, the text where it is not JSON, null without a body. */
  readonly body: Json;
  /** null: not answered, or not yet. */
  readonly status: number | null;
  /** Epoch ms of the sandbox's clock. */
  readonly at: number;
}

export type OpenEntry = { -readonly [name in keyof JournalEntry]: JournalEntry[name] };

export interface Journal {
  add(entry: OpenEntry): void;
  entries(): JournalEntry[];
  /** Requests by route since the start or the last reset; not bounded like the entries. */
  counts(): Record<string, number>;
  onRequest(listener: (entry: JournalEntry) => void): () => void;
  clear(): void;
}

/** Keeps the last `capacity` requests, and counts all. */
export function createJournal(capacity: number): Journal {
  const listeners = new Set<(entry: JournalEntry) => void>();
  let ring: JournalEntry[] = [];
  let counts = new Map<string, number>();
  return {
    add(entry) {
      ring.push(entry);
      // Cut in blocks, so that a request costs no shift of the whole ring.
      if (ring.length >= capacity * 2) ring = ring.slice(-capacity);
      counts.set(entry.route, (counts.get(entry.route) ?? 0) + 1);
      for (const listener of listeners) listener(entry);
    },
    entries: () => ring.slice(-capacity),
    counts: () => Object.fromEntries(counts),
    onRequest(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    clear() {
      ring = [];
      counts = new Map();
    },
  };
}
