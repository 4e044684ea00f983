import { LANES, type Lane } from '../domain/link.ts';

/** Lanes are stored by urgency, 0 the most urgent, so that the more urgent of two is the lesser number. */
export function urgencyOf(lane: Lane): number {
  return LANES.indexOf(lane);
}

export function laneOf(urgency: number): Lane {
  const lane = LANES[urgency];
  if (lane === undefined) throw new Error(`a link is on the unknown lane ${String(urgency)}`);
  return lane;
}
