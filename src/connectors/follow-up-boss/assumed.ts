/**
 * What Follow Up Boss's documents leave open, and this connector takes for true: one name each, listed on the connector's page (README.md).
 * Whatever turns out otherwise is changed here.
 */

/** Calls in any 10 s by kind of request, of a registered system and of others: told by others who quote the vendor's page. */
export const CONTEXT_CALLS = {
  global: { registered: 250, others: 125 },
  'events.GET': { registered: 20, others: 10 },
  notes: { registered: 10, others: 10 },
  'people.PUT': { registered: 25, others: 25 },
} as const;

/** Calls of a registered system over all of its accounts in any 10 s, by kind: as many as it likes, until the vendor lists how many. */
export const SYSTEM_CALLS_UNTOLD = 1_000_000;

/** What part of the general limit is used: people and other programs work with the same account. */
export const USED_PART_OF_GLOBAL = 0.8;

/** How long its search may not show what was written, ms. */
export const SEARCH_LAG_MS = 2_000;

/** The stage that every account has for people who are thrown away. */
export const TRASH_STAGE = 'Trash';

/** The members of an e-mail's or a phone's entry that a write takes. `isPrimary` and `status` are told, and not to be sent. */
export const WRITTEN_ENTRY_MEMBERS = ['value', 'type', 'relationshipId'] as const;

/** How `GET /people` is ordered, so that a walk may end at what was not changed since. */
export const NEWEST_CHANGE_FIRST = '-updated';

/** What a 403 says where the account isn't paid for any more; any other is about one record. */
export const SAYS_EXPIRED = /expired|trial|subscription|billing|past due|suspended|deactivated/i;

/** What a deal that was deleted says of itself, and is still read with. */
export const DELETED_DEAL = 'Deleted';

/** A stage of this name is one that deals end in: no interface tells. */
export const ENDS_DEALS = /\b(?:closed|sold|lost|dead|won|settled|fell through|cancell?ed|terminated)\b/i;

/** A user of another status is nobody whom records could be given to. */
export const ACTIVE_USER = /^active$/i;

/** A note can't be added to somebody who is being assigned: it is answered as if they weren't there. */
export const NOTES_WAIT_FOR_ASSIGNMENT = 404;

/** Marks of a note that may come back as entities. */
export const ESCAPED_IN_NOTES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#039;': "'",
  '&nbsp;': ' ',
  '&amp;': '&',
};

/** Deals that are listed at the most to find out what people changed: their listing has no order to stop by. */
export const MOST_DEALS_LISTED = 500;

/** What a user's role is called who sees everybody. */
export const SEES_EVERYBODY = /^(?:broker|owner|admin)$/i;
