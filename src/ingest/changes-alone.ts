/**
 * Tells the changes that people make from those of an import, by what can be seen: how many come at once, and how fast. It
 * decides about their turn only; taken for the other, a change comes a little sooner or later.
 */
export interface ChangesAlone {
  /** Whether so many changes of one user, taken in at once at `now` (epoch ms), came by themselves. */
  count(userId: string, changes: number, now: number): boolean;
}

/** What one act of a person changes: a deal with its property and their contacts. More at once is an import, or a backlog. */
const MOST_AT_ONCE = 20;
/** How many may come one by one in a row before they are an import that trickles in. */
const MOST_IN_A_ROW = 60;
/** After so long one more counts as a person's, ms. */
const ONE_MORE_MS = 1_000;
/** Users remembered; who is forgotten begins with all that may come in a row. */
const MOST_USERS = 10_000;

export function createChangesAlone(): ChangesAlone {
  /** What was used of `MOST_IN_A_ROW`, as of a time; the one that was used last stands last. */
  const used = new Map<string, { readonly changes: number; readonly at: number }>();
  return {
    count(userId, changes, now) {
      if (changes > MOST_AT_ONCE) return false;
      const before = used.get(userId);
      // A clock that was set back tells nothing.
      const since = before === undefined ? 0 : Math.max(0, now - before.at);
      const left = Math.max(0, (before?.changes ?? 0) - since / ONE_MORE_MS);
      const isAlone = left + changes <= MOST_IN_A_ROW;
      used.delete(userId);
      used.set(userId, { changes: isAlone ? left + changes : left, at: now });
      const [longestAgo] = used.keys();
      if (used.size > MOST_USERS && longestAgo !== undefined) used.delete(longestAgo);
      return isAlone;
    },
  };
}
