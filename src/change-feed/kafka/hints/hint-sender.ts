import type { Scope } from '../../../domain/connection.ts';
import type { WorkHint } from '../../work-hints.port.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Attempted } from './hint-outages.ts';
import { encodeHints } from './work-hint-message.ts';

export interface HintSenderOptions {
  readonly workerId: string;
  /** Puts messages into the topic; rejects when it can't. */
  readonly send: (messages: readonly Buffer[]) => Promise<void>;
  readonly attempted: Attempted;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
}

/** Hints that come within this time go together. */
const GATHER_MS = 5;
/** More than these are not kept: the oldest are dropped. */
const MOST_WAITING = 10_000;

/**
 * Gathers hints and sends them, one batch at a time. What could not be sent is dropped; what comes while brokers are away
 * waits for the next attempt, and is dropped, oldest first, where it is too much.
 */
export function createHintSender(options: HintSenderOptions): (hint: WorkHint) => void {
  const { workerId, send, attempted, clock, stopping } = options;
  const due = new Set<Scope>();
  const connections = new Set<string>();
  let sending = false;

  const sendBatch = async (): Promise<void> => {
    const messages = encodeHints(workerId, { scopes: [...due], connectionIds: [...connections] });
    due.clear();
    connections.clear();
    try {
      await send(messages);
      attempted(null);
    } catch (error) {
      if (!stopping.aborted) await clock.sleep(attempted(error), stopping);
    }
  };
  const sendAll = async (): Promise<void> => {
    try {
      while (due.size + connections.size > 0) {
        await clock.sleep(GATHER_MS, stopping);
        await sendBatch();
      }
    } catch (error) {
      if (!stopping.aborted) throw error;
    } finally {
      sending = false;
    }
  };
  return (hint) => {
    if (hint.kind === 'connection') keep(connections, [hint.connectionId]);
    else keep(due, hint.scopes);
    if (sending || stopping.aborted) return;
    sending = true;
    void sendAll();
  };
}

function keep<T>(set: Set<T>, items: readonly T[]): void {
  for (const item of items) {
    // Again at the end: what was told last is dropped last.
    set.delete(item);
    set.add(item);
    for (const oldest of set) {
      if (set.size <= MOST_WAITING) break;
      set.delete(oldest);
    }
  }
}
