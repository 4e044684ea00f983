import { INK } from './style.ts';

const CAP = 4;
type Place = readonly [x: number, y: number];

/** A thin line from the least to the greatest value, lying or standing, with a short one across each end; places in px. */
export function whisker(from: Place, to: Place) {
  const cap = from[1] === to[1] ? ([0, CAP] as const) : ([CAP, 0] as const);
  return [line(from, to), ...[from, to].map((end) => line(moved(end, cap, -1), moved(end, cap, 1)))];
}

function moved([x, y]: Place, [dx, dy]: Place, times: number): Place {
  return [x + dx * times, y + dy * times];
}

function line([x1, y1]: Place, [x2, y2]: Place) {
  return { type: 'line' as const, shape: { x1, y1, x2, y2 }, style: { stroke: INK, lineWidth: 1.2 } };
}
