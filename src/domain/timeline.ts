import type { EntityKind } from './entity.ts';
import type { JsonObject } from './json.ts';
import type { Lane, LinkId } from './link.ts';
import type { FieldError } from './outcome.ts';

/** What a timeline says happened to a record in a CRM. A fixed set, so that people and metrics can count it. */
export const TIMELINE_CODES = [
  'created',
  'updated',
  'adopted',
  'deleted',
  'unchanged',
  'superseded',
  'not_synced',
  'not_owner',
  'kept_in_crm',
  'kept_for_people',
  'kept_for_connection',
  'nothing_to_deliver',
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
}

export const TIMELINE_LENGTH = 100;
