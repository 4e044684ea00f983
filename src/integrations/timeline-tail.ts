import { recordKey, type RecordKey } from '../domain/entity.ts';
import { weightOf } from '../domain/json.ts';
import { checkedEntry, type TimelineEntry } from '../domain/timeline.ts';
import type { IntegrationPorts } from './integration.port.ts';

/** A user's timeline, read as it grows. */
export interface TimelineTail {
  /** What has come since the last call, each entry once, nearly always oldest first; about a thousand, or a page by bytes, at most. */
  next(): Promise<readonly TimelineEntry[]>;
}

export interface TailStart {
  /** Go on after this entry; null = from now on. */
  readonly after: string | null;
  /** With `after` null: this many of the newest come first. */
  readonly recent: number;
}

const PAGE = 200;
const MOST_AT_ONCE = 1_000;
const MOST_BYTES = 4 * 1_048_576;
/** So little of a short page says that there is no more: a page ends by its bytes far beyond that. */
const FEW_BYTES = 262_144;
/** Entries are numbered before they are stored, by several writers: one may become visible this much after a later one. */
const LATE_MS = 3_000;

/** Follows a user's timeline. Ids only nearly arrive in order, so the last seconds are read again and told apart by id. */
export async function tailTimeline(
  { store, clock }: Pick<IntegrationPorts, 'store' | 'clock'>,
  userId: string,
  { after, recent }: TailStart,
): Promise<TimelineTail> {
  const newest = after === null ? await store.timeline.ofUser(userId, null, Math.max(recent, 1)) : [];
  let history = recent > 0 ? newest : [];
  /** Nothing before this entry is still to come. */
  let settled = after ?? newest.at(-1)?.id ?? '';
  /** Told already, and after `settled`. */
  const told = new Map<string, number>();

  const settle = (now: number) => {
    for (const [id, at] of [...told].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (now - at < LATE_MS) return;
      told.delete(id);
      settled = id;
    }
  };

  return {
    async next() {
      const fresh = [...history];
      history = [];
      let from = settled;
      let bytes = 0;
      while (fresh.length < MOST_AT_ONCE) {
        const page = await store.timeline.ofUser(userId, from, PAGE);
        for (const entry of page) {
          if (told.has(entry.id)) continue;
          told.set(entry.id, entry.at);
          fresh.push(entry);
        }
        from = page.at(-1)?.id ?? from;
        // A page also ends by its bytes; what is left then comes with the next call.
        bytes += weightOf(page);
        if (page.length === 0 || (page.length < PAGE && bytes < FEW_BYTES) || bytes >= MOST_BYTES) break;
      }
      settle(clock.now());
      return await readChecked(store, fresh);
    },
  };
}

/** Entries as their user may see them: those that were written before anybody asked whose a record is are looked up anew. */
export async function readChecked(
  { records }: Pick<IntegrationPorts['store'], 'records'>,
  entries: readonly TimelineEntry[],
): Promise<TimelineEntry[]> {
  const open = entries.filter(({ checked }) => checked !== true);
  if (open.length === 0) return [...entries];
  const keyOf = ({ kind, entityId }: TimelineEntry): RecordKey => recordKey(kind, entityId);
  const shown = new Map<string, TimelineEntry>();
  for (let rest: readonly RecordKey[] = [...new Set(open.map(keyOf))]; rest.length > 0;) {
    const part = await records.readPart(rest);
    const left = new Set(part.rest);
    const looked = new Set(rest.filter((key) => !left.has(key)));
    for (const entry of open)
      if (looked.has(keyOf(entry))) shown.set(entry.id, checkedEntry(entry, part.records.get(keyOf(entry))));
    rest = part.rest;
  }
  return entries.map((entry) => shown.get(entry.id) ?? checkedEntry(entry, null));
}
