import type { Link, LinkId } from '../../domain/link.ts';

/** Claims that deliveries of this process left behind without an end, of all connections: what they sent is told by nothing that was stored. */
export interface LeftClaims {
  /** A delivery begins: whatever was left behind for its link before is over. */
  begin(claimed: ClaimedLink): void;
  /** It ended without settling its claim. */
  leave(claimed: ClaimedLink): void;
  /**
   * Another's link as it will be found when its claim is taken over: where nobody is at work for that any more, what it may have sent is waited
   * out, and then looked for. `epoch`: of the lease under which the connection is worked off now.
   */
  asLeft(link: Link, epoch: number): Link;
}

type ClaimedLink = Pick<Link, 'id' | 'claim'>;

export function createLeftClaims(): LeftClaims {
  const tokens = new Map<LinkId, string>();
  return {
    begin({ id }) {
      tokens.delete(id);
    },
    leave({ id, claim }) {
      if (claim !== null) tokens.set(id, claim.token);
    },
    asLeft(link, epoch) {
      const { id, claim, quietUntil } = link;
      if (claim === null) return link;
      // One of this lease is in hand, or waits for whoever asks.
      const isInHand = claim.epoch === epoch && tokens.get(id) !== claim.token;
      return isInHand ? link : { ...link, quietUntil: Math.max(quietUntil ?? 0, claim.until) };
    },
  };
}
