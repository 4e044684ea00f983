import type { FieldSharing } from '../../domain/mapping.ts';

/**
 * What kvCORE's documents leave open, and this connector takes for true: one name each, listed on the connector's page (README.md).
 * Whatever turns out otherwise is changed here.
 */

/** Nothing is published; others work with this. A 429 lowers it. */
export const REQUESTS_PER_SECOND = 5;

/** How long its search may not show what was written, ms. */
export const SEARCH_LAG_MS = 5_000;

/**
 * What becomes of a value that Zena no longer has: nobody knows what an empty one in a PUT does, so it isn't sent, and what stands there stays.
 * Where it is known to clear, this is `value`.
 */
export const EMPTIED: Extract<FieldSharing, 'value' | 'never_emptied'> = 'never_emptied';

/** Both names are wanted of a new contact: what stands for one that it hasn't. */
export const NO_NAME = '-';

/** What a new contact's notes are refused with while it takes none, for up to 30 s. */
export const TOO_EARLY_STATUSES: readonly number[] = [400, 404, 409, 422];
/** They are tried again so often, and after so long each time, ms; after that the refusal is meant. */
export const TOO_EARLY_TRIES = 4;
export const TOO_EARLY_WAIT_MS = 10_000;

/** What a note is headed with. */
export const NOTE_TITLE = 'Zena';

/** A # in a note makes a tag of what follows: this stands for it. */
export const NO_HASHTAG = '\uFF03';

/** Times without a zone are taken for UTC. */
export const ZONE_OF_TIMES = 'Z';

/** How the members of a user are called. */
export const USER = { id: 'id', status: 'status', isActive: /^(?:1|y|active|true)$/i } as const;

/** Milestones, risks and the like of a manual listing: what it is written with, and nothing of it documented. */
export const LISTING = {
  one: 'manuallisting',
  many: 'manuallistings',
  address: 'address',
  description: 'description',
} as const;

/** A deal's. */
export const TRANSACTION = {
  one: 'transaction',
  many: 'transactions',
  name: 'name',
  status: 'status',
  listing: 'listing_id',
  contacts: 'contact_ids',
  description: 'description',
} as const;

/** A record that was made when it was changed is a new one; further apart, ms, it was there before. */
export const MADE_JUST_NOW_MS = 60_000;
