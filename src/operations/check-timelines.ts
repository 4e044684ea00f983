import { recordKey, type RecordKey } from '../domain/entity.ts';
import { checkedEntry, type TimelineEntry } from '../domain/timeline.ts';
import type { StateStore } from '../state-store/state-store.port.ts';

/** Entries looked at in one go. */
const PAGE = 200;

/**
 * Takes out of a piece of the timelines what programs of before wrote there of records that were another user's by then, and answers
 * whether there was any. Each entry is rewritten once; after a crash in between less is left to do. Old programs that still run beside
 * this one leave more of them, so it is to be called again.
 */
export async function checkTimelines({
  timeline,
  records,
}: Pick<StateStore, 'timeline' | 'records'>): Promise<boolean> {
  const entries = await timeline.unchecked(PAGE);
  if (entries.length === 0) return false;
  const keyOf = ({ kind, entityId }: TimelineEntry): RecordKey => recordKey(kind, entityId);
  for (let rest: readonly RecordKey[] = [...new Set(entries.map(keyOf))]; rest.length > 0;) {
    const part = await records.readPart(rest);
    const left = new Set(part.rest);
    const read = new Set(rest.filter((key) => !left.has(key)));
    const looked = entries.filter((entry) => read.has(keyOf(entry)));
    await timeline.rewrite(looked.map((entry) => checkedEntry(entry, part.records.get(keyOf(entry)))));
    rest = part.rest;
  }
  return true;
}
