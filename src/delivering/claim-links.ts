import { laneShares } from '../domain/deciding/lane-shares.ts';
import { LANES, type Lane, type Link } from '../domain/link.ts';
import { SEND_MARGIN_MS, type DeliveryParts, type Round } from './round.ts';

/** What a claim covers beyond the first call: waiting for a turn under the limit. */
const CLAIM_SLACK_MS = 10_000;
/** A lane that had nothing left is not asked again for so long while others fill the places, ms. */
const DRY_MS = 250;

export interface ClaimedLinks {
  readonly claimed: readonly Link[];
  /** A lane gave all that it was asked for, so it may hold more. */
  readonly more: boolean;
}

/** Claims the due links of one connection, oldest first. */
export interface LinkClaimer {
  /** Of the live lane alone. */
  live(limit: number): Promise<ClaimedLinks>;
  /** For `free` places where there may be as many as that or fewer: by one asking for all lanes, the urgent first. */
  any(free: number): Promise<ClaimedLinks>;
  /** For `free` places where there are more, by the lanes' shares at this `turn`. */
  shares(free: number, turn: number): Promise<ClaimedLinks>;
  /** Something may have become due: every lane is asked again. */
  forget(): void;
}

export function createLinkClaimer(
  { store, clock, random }: Pick<DeliveryParts, 'store' | 'clock' | 'random'>,
  { scope, connector, lease }: Pick<Round, 'scope' | 'connector' | 'lease'>,
): LinkClaimer {
  /** When a lane was found to have nothing left, epoch ms. */
  const dryAt = new Map<Lane, number>();
  const isDry = (lane: Lane): boolean => {
    const age = clock.now() - (dryAt.get(lane) ?? Number.NEGATIVE_INFINITY);
    // A clock that was set back tells nothing.
    return age >= 0 && age < DRY_MS;
  };

  const claim = async (lane: Lane | null, limit: number): Promise<ClaimedLinks> => {
    if (limit <= 0) return { claimed: [], more: true };
    const at = clock.now();
    const until = at + connector.limits.callDeadlineMs + SEND_MARGIN_MS + CLAIM_SLACK_MS;
    const ours = { token: random.uuid(), epoch: lease.epoch, until };
    const claimed = await store.links.claim({ scope, lane, now: at, limit, claim: ours });
    return { claimed, more: claimed.length >= limit };
  };

  return {
    live: (limit) => claim('live', limit),
    any: (free) => claim(null, free),
    async shares(free, turn) {
      const claimed: Link[] = [];
      let more = false;
      const upTo = async (lane: Lane, most: number): Promise<void> => {
        const limit = most - claimed.length;
        if (limit <= 0) return;
        const asked = await claim(lane, limit);
        if (asked.more) more = true;
        else dryAt.set(lane, clock.now());
        claimed.push(...asked.claimed);
      };
      const last = LANES.filter(isDry);
      const lanes = LANES.filter((lane) => !last.includes(lane));
      for (const share of laneShares(free, turn, lanes))
        if (!isDry(share.lane)) await upTo(share.lane, share.upTo);
      // Places that nobody else fills are worth another look.
      for (const lane of last) await upTo(lane, free);
      return { claimed, more };
    },
    forget: () => dryAt.clear(),
  };
}
