import type { LinkId } from '../domain/link.ts';
import type { Page } from '../domain/page.ts';
import type { TimelineEntry } from '../domain/timeline.ts';

export interface TimelineStore {
  /** Keeps the last `TIMELINE_LENGTH` entries of each link. One round trip. */
  append(entries: readonly TimelineEntry[]): Promise<void>;
  /** Newest first. A page also ends by its bytes. */
  ofLink(id: LinkId, cursor: string | null, limit: number): Promise<Page<TimelineEntry>>;
  /**
   * A user's entries with an id greater than `after`, ascending; `after` null = the newest `limit`, ascending. No more than a page holds by
   * bytes: where there are fewer than `limit`, only an empty answer says that there are no others.
   */
  ofUser(userId: string, after: string | null, limit: number): Promise<TimelineEntry[]>;
  /** Entries that are not `checked`, which no program writes any more, in no order; fewer where they are large. */
  unchecked(limit: number): Promise<TimelineEntry[]>;
  /** Puts these in the place of those of the same link and sequence; what is gone, or another's place by now, is left alone. */
  rewrite(entries: readonly TimelineEntry[]): Promise<void>;
  /** Deletes entries older than `before` (epoch ms). */
  prune(before: number): Promise<number>;
}
