import { laneShares } from '../domain/lane-shares.ts';
import type { Lane, Link } from '../domain/link.ts';
import { SEND_MARGIN_MS, type DeliveryContext } from './delivery-context.ts';

/** What a claim covers beyond the first call: waiting for a turn under the limit. */
const CLAIM_SLACK_MS = 10_000;

export interface ClaimedLinks {
  readonly claimed: readonly Link[];
  /** A lane gave all that it was asked for, so it may hold more. */
  readonly more: boolean;
}

/** Claims at most `limit` due links of one lane, oldest first; null: of all lanes, the urgent first. */
export async function claimLane(
  { store, scope, definition, now, epoch, newToken }: DeliveryContext,
  lane: Lane | null,
  limit: number,
): Promise<Link[]> {
  const at = now();
  const until = at + definition.callDeadlineMs + SEND_MARGIN_MS + CLAIM_SLACK_MS;
  const claim = { token: newToken(), epoch, until };
  return await store.links.claim({ scope, lane, now: at, limit, claim });
}

/** Claims due links for `free` places where there may be as many as that or fewer: by one asking for all lanes. */
export async function claimAny(context: DeliveryContext, free: number): Promise<ClaimedLinks> {
  const claimed = free <= 0 ? [] : await claimLane(context, null, free);
  return { claimed, more: claimed.length >= free };
}

/** Claims due links for `free` places where there are more, by the lanes' shares at this `turn`. */
export async function claimShares(
  context: DeliveryContext,
  free: number,
  turn: number,
): Promise<ClaimedLinks> {
  const claimed: Link[] = [];
  let more = false;
  const dry = new Set<Lane>();
  for (const { lane, upTo } of laneShares(free, turn)) {
    // What gave less than it was asked for has nothing left to give.
    if (dry.has(lane)) continue;
    const limit = upTo - claimed.length;
    const links = limit <= 0 ? [] : await claimLane(context, lane, limit);
    more ||= links.length >= limit;
    if (links.length < limit) dry.add(lane);
    claimed.push(...links);
  }
  return { claimed, more };
}
