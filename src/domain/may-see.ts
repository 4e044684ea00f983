import type { ZenaRecord } from './record.ts';

/** On whose behalf something is written, shown or published. Offices, which come later, are one more type of it. */
export interface Principal {
  readonly type: 'user';
  readonly id: string;
}

/**
 * Whether what a record says is this principal's to see, as the record stands. The only place that knows: whoever writes, shows or
 * publishes anything of a record on somebody's behalf asks here, or reads records through what asks here. A store's own filters
 * (a user's records, a link beside the record of its user) only save reading what would be held back.
 */
export function maySee(principal: Principal, record: Pick<ZenaRecord, 'userId'>): boolean {
  switch (principal.type) {
    case 'user':
      return record.userId === principal.id;
  }
}

/** What something that names a user alone (a link, an entry of a timeline) is kept for. */
export function userPrincipal(id: string): Principal {
  return { type: 'user', id };
}

/**
 * A record as a principal sees it: whole where it is theirs, else only that there is one, of somebody else's. What it says, refers to and
 * how often it changed there is left out, so that no plan, text or search key can be made of it.
 */
export function asSeenBy(principal: Principal, record: ZenaRecord): ZenaRecord {
  if (maySee(principal, record)) return record;
  return {
    ...record,
    accountId: null,
    version: 0,
    body: null,
    occurredAt: 0,
    acceptedAt: 0,
    place: null,
    references: [],
    formerUserIds: [],
  };
}

/** A record that is the principal's, or null: for what shows a record and has nothing to say of another's. */
export function ownOnly<R extends Pick<ZenaRecord, 'userId'>>(
  principal: Principal,
  record: R | null | undefined,
): R | null {
  return record !== null && record !== undefined && maySee(principal, record) ? record : null;
}
