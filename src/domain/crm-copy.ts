import type { JsonObject } from './json.ts';

/** What is known of a link's CRM record: what it holds, and what of that is ours. Goes with the CRM record, not with its acknowledgement. */
export interface CrmCopy {
  /** The mapped fields as the CRM last showed them, or as they were last sent and taken; null: not known, so it is read before a write. */
  readonly held: JsonObject | null;
  /**
   * When that was so, epoch ms: before the read or the write was sent. 0 (`IN_DOUBT`): before a write of which nobody heard whether it was
   * taken; it is read before anything else is written.
   */
  readonly heldAt: number;
  readonly ours: OurShare;
  /** What stood in fields when our first write replaced it, by field: to be shown, and to be put back. Null: nothing was replaced. */
  readonly before: JsonObject | null;
  /** It was made, and what comes after that is not all acknowledged yet. Absent: it is whole, or was there before us. */
  readonly unfinished?: true;
}

/** What of a CRM record this program put there; everything else is people's. By the CRM's field names. */
export interface OurShare {
  /**
   * Marks of the values that were put into a plain field, where they weren't empty: the last one, and before that one those of which nobody
   * heard whether they were taken. A value that people had there already, and that Zena merely says too, is theirs.
   */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /**
   * Of a text that is shared line by line: what became of the lines that Zena has, by the hash of each. Of a list that is shared item by item:
   * the same of its items, and which of them are people's; absent where an older program put the list there as a whole. Of a list that only
   * grows: the same of its texts; absent where nothing is known of what it has.
   */
  readonly lines: Readonly<Record<string, Readonly<Record<string, LineFate>>>>;
  /** The ids that were put into a list of references. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  /** Of lists whose CRM writes items of ours in its own way: by field, the mark that one has there, and its own. Absent: none is known. */
  readonly forms?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of the ids that were put into a list, those that its CRM shows in no way in which they can be known again. Absent: none. */
  readonly unseen?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Of a line or an item. `sent`: it was put there. `doubted`: it was put there or taken out by a write of which nobody heard whether it was taken. `theirs`:
 * people had it there already, so it is neither added nor ever removed. `changed`: it was put there, and when Zena dropped it people had
 * changed it, so it isn't sent again; of an item, that nothing of ours was found again where at least as much else came.
 */
export type LineFate = 'sent' | 'doubted' | 'theirs' | 'changed';

export const IN_DOUBT = 0;

/** The same, while nobody knows what became of a write that came after it. */
export function doubted(copy: CrmCopy | null): CrmCopy | null {
  return copy === null ? null : { ...copy, heldAt: IN_DOUBT };
}

export const NOTHING_OURS: OurShare = { values: {}, lines: {}, ids: {} };

/** When a record was last looked for in vain by a key, for those that are only looked up. */
export interface Sought {
  readonly keyHash: string;
  /** Epoch ms. */
  readonly at: number;
}

/**
 * How far the CRM's own list of changes was read for one kind of record of a scope, epoch ms: whatever people changed from `from` to `to`
 * was noticed. A copy that is known from before `from` may have changed unseen; where the CRM could not list, that is ahead of the clock.
 */
export interface LookedAt {
  readonly from: number;
  readonly to: number;
  /** How far the CRM's clock was behind ours by what it told of our own writes; absent: it told nothing, or nothing worth keeping. */
  readonly behind?: ClockLag;
}

/** How far a CRM's clock was behind ours, ms, and when it told so, epoch ms. */
export interface ClockLag {
  readonly ms: number;
  readonly at: number;
}
