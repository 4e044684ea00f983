import type { Link } from '../link.ts';
import { maySee, userPrincipal } from '../may-see.ts';
import type { ZenaRecord } from '../record.ts';

/** How long a change is given to reach its link and its CRM before a comparison may call it forgotten, ms. */
export const DRIFT_GRACE_MS = 60_000;

/**
 * Whether a link rests although its record went on: a mark was lost, which the rules exclude. A link that was never marked for a
 * revision of its own (made by a full sync) is judged by what the CRM acknowledged.
 */
export function hasDrifted(record: ZenaRecord, link: Link, now: number): boolean {
  if (link.nextAt !== null || link.claim !== null || now - record.acceptedAt < DRIFT_GRACE_MS) return false;
  if (!maySee(userPrincipal(link.userId), record)) return false;
  const settled = Math.max(link.wanted, link.shadow?.revision ?? 0, link.dead?.revision ?? 0);
  return settled > 0 && settled < record.revision;
}
