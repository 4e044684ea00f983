/*
 * What the vendor's documents leave open and this connector takes for so: one name for each, so that whoever learns better changes one line. README.md
 * beside this file lists them.
 */

/** What clears a text of a record: the specification takes no null, and doesn't say what an empty text does. */
export const ASSUMED_CLEARED_TEXT = '';

/** Not said: whether a PUT leaves what it doesn't name. So a record is read first, and all of it that a write takes is sent back. */
export const ASSUMED_PUT = 'unknown';

/** In which status a sale begins that only Zena knows of: the least of the two that the API takes. */
export const ASSUMED_NEW_SALE_STATUS = 'prospect';

/** What a property is sold as, where Zena says nothing of it. */
export const ASSUMED_NEW_CLASS = 'residential';

/** Statuses that `statusChange/listing` moves on from; in any other one a sale has been listed already, or is over. */
export const ASSUMED_BEFORE_LISTING: readonly string[] = ['prospect', 'appraisal'];

/** The most that a page holds: the vendor's sample asks for so many, the documents name no end. */
export const ASSUMED_PAGE_SIZE = 100;

/** How long a search may not show what was written, ms. */
export const ASSUMED_SEARCH_LAG_MS = 5_000;

/** Of all connections of one integrator together; quoted from the vendor's guide by others. */
export const ASSUMED_LIMITS = { requestsPerSecond: 10, requestsPerDay: 10_000 } as const;

/** What a 429 says where it is the day's calls that are used up, and not the second's. */
export const ASSUMED_DAY_LIMIT_WORDS = /limit exceeded|quota|\bdaily\b|\bper day\b/i;

/** A 403 that speaks the API's own way (`success`) is about what the access token may do; any other one comes from the gateway: the integrator's key. */
export const ASSUMED_PERMISSION_MEMBER = 'success';

/** How long what was read of an account (categories, suburbs) is used, ms. */
export const FACTS_MAX_AGE_MS = 86_400_000;
