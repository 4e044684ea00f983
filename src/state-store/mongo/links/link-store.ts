import type { LinkStore } from '../../state-store.port.ts';
import { createLinkClaiming } from './link-claiming.ts';
import { createLinkDuties } from './link-duties.ts';
import { createLinkListing } from './link-listing.ts';
import { createLinkMarking } from './link-marking.ts';
import { createLinkNeighbours } from './link-neighbours.ts';
import { createLinkQueries } from './link-queries.ts';
import { createLinkSettling } from './link-settling.ts';
import { createLinkWork } from './link-work.ts';
import type { MongoSession } from '../session/mongo-session.ts';

export function createLinkStore(session: MongoSession): LinkStore {
  return {
    ...createLinkMarking(session),
    ...createLinkClaiming(session),
    ...createLinkSettling(session),
    ...createLinkDuties(session),
    ...createLinkQueries(session),
    ...createLinkNeighbours(session),
    ...createLinkListing(session),
    ...createLinkWork(session),
  };
}
