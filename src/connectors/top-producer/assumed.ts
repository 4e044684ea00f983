/**
 * Top Producer publishes no interface. What its HTTP adapter speaks is our own contract, all of it assumed, and this file is all of it: whatever
 * turns out otherwise is changed here.
 */

/** Where it stands whatever people see of it. */
export const LABEL = 'assumed contract';

/** Below the operator's address. */
export const PATHS = { account: 'account', contacts: 'contacts' } as const;

/** Parameters of `GET /contacts`. */
export const QUERY = { email: 'email', since: 'updatedSince' } as const;

/** Members of a contact. */
export const MEMBERS = {
  id: 'id',
  firstName: 'firstName',
  lastName: 'lastName',
  email: 'email',
  phone: 'phone',
  category: 'category',
  note: 'note',
  createdAt: 'createdAt',
  updatedAt: 'updatedAt',
} as const;

/** Categories of contacts, by Zena's roles. */
export const CATEGORIES: Readonly<Record<string, string>> = { buyer: 'buyer', vendor: 'seller' };

export const REQUESTS_PER_SECOND = 2;
export const SEARCH_LAG_MS = 5_000;
