import type { Link } from '../domain/link.ts';
import { ownOnly, userPrincipal } from '../domain/may-see.ts';
import { recordTitle, type ZenaRecord } from '../domain/record.ts';
import type { TimelineEntry } from '../domain/timeline.ts';
import type { TimelineStore } from '../state-store/timeline-store.port.ts';
import type { Note } from './steps/delivery.ts';

export interface TimelineWriter {
  write(link: Link, record: ZenaRecord | null, provider: string, notes: readonly Note[]): Promise<void>;
}

/** The counter has six digits: one more would sort before the others. */
const MOST_OF_A_MOMENT = 999_999;

/** Ids sort by time: milliseconds, then a counter of this process, then a text that no other process has. */
export function createTimelineWriter(
  store: TimelineStore,
  now: () => number,
  processTag: string,
  onWritten: (userId: string) => void,
): TimelineWriter {
  let last = 0;
  let counter = 0;
  const nextId = (): { id: string; at: number } => {
    const at = now();
    // A clock that was set back must not put a new entry before what a reader has seen.
    if (at > last) {
      last = at;
      counter = 0;
    } else if (counter === MOST_OF_A_MOMENT) {
      last += 1;
      counter = 0;
    } else {
      counter += 1;
    }
    return {
      id: `${last.toString().padStart(15, '0')}-${counter.toString().padStart(6, '0')}-${processTag}`,
      at,
    };
  };
  return {
    async write(link, record, provider, notes) {
      if (notes.length === 0) return;
      const own = ownOnly(userPrincipal(link.userId), record);
      const entries = notes.map((note, index): TimelineEntry => ({
        ...nextId(),
        linkId: link.id,
        sequence: link.journal + index,
        userId: link.userId,
        connectionId: link.connectionId,
        provider,
        kind: link.kind,
        entityId: link.entityId,
        title: own === null ? link.entityId : recordTitle(own),
        code: note.code,
        reason: note.reason ?? null,
        detail: note.detail,
        changed: note.changed ?? [],
        ...(note.replaced !== undefined && { replaced: note.replaced }),
        errors: note.errors ?? [],
        version: own?.version ?? null,
        lane: link.lane,
        latencyMs: note.latencyMs ?? null,
        checked: true,
      }));
      await store.append(entries);
      onWritten(link.userId);
    },
  };
}
