import type { EntityKind } from './entity.ts';
import type { JsonObject } from './json.ts';
import type { Lane, LinkId } from './link.ts';
import { ownOnly, userPrincipal } from './may-see.ts';
import type { FieldError } from './outcome.ts';
import { recordTitle, type ZenaRecord } from './record.ts';

/** What a timeline says happened to a record in a CRM. A fixed set, so that people and metrics can count it. */
export const TIMELINE_CODES = [
  'created',
  'updated',
  'adopted',
  'deleted',
  'unchanged',
  'superseded',
  'not_synced',
  'unsupported',
  'not_owner',
  'kept_in_crm',
  'kept_for_people',
  'kept_for_connection',
  'nothing_to_deliver',
  'sent_once',
  'unlinked',
  'gone_in_crm',
  'ambiguous_matches',
  'create_uncertain',
  'waiting_for_reference',
  'waiting_for_twin',
  'rate_limited',
  'retrying',
  'needs_reauth',
  'rejected',
  'dead',
  'stray_found',
  'stray_removed',
  'changed_in_crm',
  'changed_by_connection',
  'left_out',
  'unconfirmed',
] as const;
export type TimelineCode = (typeof TIMELINE_CODES)[number];

/** One line of a record's history in one CRM. Holds what people may see of their own record; never a credential. */
export interface TimelineEntry {
  /** Sorts by time across all links; unique. What live streams resume after. */
  readonly id: string;
  readonly linkId: LinkId;
  /** Counts the link's entries from 0; the store keeps the last `TIMELINE_LENGTH` of a link. */
  readonly sequence: number;
  /** Epoch ms. */
  readonly at: number;
  readonly userId: string;
  readonly connectionId: string;
  readonly provider: string;
  readonly kind: EntityKind;
  readonly entityId: string;
  readonly title: string;
  readonly code: TimelineCode;
  /** An outcome's code where there is one. */
  readonly reason: string | null;
  /** A sentence for people. */
  readonly detail: string;
  /** Names of the CRM fields that were sent and differed. */
  readonly changed: readonly string[];
  /** Values of people's that this took the place of, or that people changed, by CRM field; absent where there are none. */
  readonly replaced?: JsonObject;
  readonly errors: readonly FieldError[];
  readonly version: number | null;
  readonly lane: Lane;
  /** From the acceptance of the oldest change delivered here to the CRM's answer, ms; null where nothing was delivered. */
  readonly latencyMs: number | null;
  /** It was written by who asks whose the record is. Absent in entries of before, which may tell of what was another user's by then. */
  readonly checked?: true;
}

/**
 * An entry as its user may see it. Of one of before nobody knows whose the record was when it was written, so its title and version are
 * what its user may see of the record as it stands (null: there is none).
 */
export function checkedEntry(entry: TimelineEntry, record: ZenaRecord | null | undefined): TimelineEntry {
  if (entry.checked === true) return entry;
  const own = ownOnly(userPrincipal(entry.userId), record);
  const title = own === null ? entry.entityId : recordTitle(own);
  return { ...entry, title, version: own === null ? null : entry.version, checked: true };
}

export const TIMELINE_LENGTH = 100;
