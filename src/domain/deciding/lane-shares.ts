import { LANES, type Lane, type Link } from '../link.ts';

/** What the first to the last lane of a turn may fill the free places up to, as parts of them. */
const FILLED_UP_TO = [0.75, 0.88, 0.94, 1] as const;
/** In this many of ten turns the live changes go first; in one each of the others another lane does. */
const LIVE_TURNS = 7;

export interface LaneRequest {
  readonly lane: Lane;
  /** How many links may be claimed in all once this lane has been asked. */
  readonly upTo: number;
}

/**
 * Which lanes to ask, in this order, to fill `free` places: the urgent first, what one leaves the others may use. With many
 * places each lane has some of its own; with few, each goes first in one of ten turns, so that none waits for ever behind the
 * others. A lane is named again where the first asking may have left some of it. `turn` grows by one a call.
 *
 * @param lanes those that may hold something, the urgent first: the others' shares are theirs
 */
export function laneShares(free: number, turn: number, lanes: readonly Lane[] = LANES): LaneRequest[] {
  if (free <= 0) return [];
  const first = LANES[Math.max(0, (turn % 10) - LIVE_TURNS + 1)] ?? 'live';
  const order = [...lanes.filter((lane) => lane === first), ...lanes.filter((lane) => lane !== first)];
  const shares = order.map((lane, index) => {
    const part = index === order.length - 1 ? 1 : (FILLED_UP_TO[index] ?? 1);
    return { lane, upTo: Math.max(1, Math.floor(free * part)) };
  });
  // What the later ones did not use goes back to the first.
  return [...shares, ...order.slice(0, -1).map((lane) => ({ lane, upTo: free }))];
}

/**
 * The lane on which a link's calls wait for the budget's turns: that of the link. Only changes of an import, which were not set
 * before others when they came in, let those of people pass, also where they are in hand already.
 */
export function callLane({ lane, nextAt, dirtySince }: Pick<Link, 'lane' | 'nextAt' | 'dirtySince'>): Lane {
  const isImported = nextAt !== null && dirtySince !== null && nextAt >= dirtySince;
  return lane === 'live' && isImported ? 'retry' : lane;
}
