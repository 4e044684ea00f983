import type { LinkStore } from '../../state-store.port.ts';
import { createLinkClaiming } from './link-claiming.ts';
import { createLinkListing } from './link-listing.ts';
import { createLinkMarking } from './link-marking.ts';
import { createLinkQueries } from './link-queries.ts';
import { createLinkSettling } from './link-settling.ts';
import { createLinkWork } from './link-work.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

export function createLinkStore(session: SqliteSession): LinkStore {
  return {
    ...createLinkMarking(session),
    ...createLinkClaiming(session),
    ...createLinkSettling(session),
    ...createLinkQueries(session),
    ...createLinkListing(session),
    ...createLinkWork(session),
  };
}
