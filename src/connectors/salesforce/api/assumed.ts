/*
 * What Salesforce's documents leave open, or leave to each org, and this connector takes for so: one name for each. README.md beside this file lists
 * them.
 */

/** Winter '27. An org serves a version for years. */
export const API_VERSION = 'v68.0';

/** Where people sign in who have no address of their own org. */
export const GENERIC_LOGIN = 'https://login.salesforce.com';

/** How long a token for a JWT may last, at the most, seconds. */
export const ASSERTION_SECONDS = 120;

/** SOQL shows what was written at once. */
export const SEARCH_LAG_MS = 0;

/** Ours: an org has far more a day, and 25 long ones at once. */
export const REQUESTS_PER_SECOND = 20;
export const MAX_CONCURRENT = 8;

/** Of the org's calls so many are left to people and other programs: a hundredth. */
export const LEFT_TO_OTHERS = 0.01;

/** What part of them is kept for what people just changed. */
export const KEPT_FOR_LIVE = 0.1;

/** How soon calls may be there again after the rolling day's were used up: no answer tells. */
export const DAY_PAUSE_MS = 300_000;

/** How soon a limit on calls at one time lets more in. */
export const CONCURRENCY_PAUSE_MS = 5_000;

/** What stands in the close date of a deal that Zena made, unless the connection says otherwise: so many days ahead. */
export const CLOSE_DATE_DAYS = 90;

/** What the account is called that contacts belong to where the connection says nothing else. */
export const SHARED_ACCOUNT = 'Zena contacts';

/** A stage of this name is one that deals end in, where the org doesn't tell. */
export const ENDS_DEALS = /\bclosed\b|\bwon\b|\blost\b/i;

/** What a row of a listing, or of a search, may be at the most: more is another query. */
export const ROWS_A_PAGE = 2_000;

/** An order of sign-in that isn't the user's to mend: asked again later. */
export const SIGN_IN_FAILS_FOR_NOW =
  /^(?:server_error|temporarily_unavailable|unknown_error|rate_limit_exceeded)$/;

/** How long what was read of an org (its stages) is used, ms. */
export const FACTS_MAX_AGE_MS = 3_600_000;

/** Of so many new records at once a bulk job is worth it: the vendor's advice. */
export const BULK_FROM = 2_000;
/** Ours, so that a job's table takes little memory. */
export const BULK_MOST = 4_000;
/** Of a job's table, before it is encoded. */
export const BULK_MOST_BYTES = 100_000_000;
/** Rows of one page of a job's results: far below what is read of one answer. */
export const BULK_PAGE_ROWS = 1_000;
/** How often a job is looked at, ms. */
export const BULK_LOOK_MS = 10_000;
