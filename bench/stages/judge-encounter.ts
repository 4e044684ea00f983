import type { Encounter } from './neighbour-stage.ts';

/** All that the process may hold: its heap, SQLite's cache, buffers on their way. */
export const MOST_RESIDENT_MIB = 900;
/** By which one attack may make the store's files grow; what it publishes itself is a part of that. */
export const MOST_GROWN_MIB = 768;

/** Counts and bytes only: times say something of the machine, too, and fail nothing. */
export function faultsOf({ quiet, beside, control, statuses, grownMiB, ended }: Encounter): string[] {
  const refused = [...new Set([quiet, beside, control].flatMap(({ refused: those }) => those))];
  const lost = quiet.lost + beside.lost + control.lost;
  const failed = Object.entries(statuses).filter(([status]) => status === 'error' || status === '500');
  return [
    ...(ended === null ? [] : [`the program ended: ${ended}`]),
    ...(lost === 0 ? [] : [`${lost} changes of the other did not arrive`]),
    ...(refused.length === 0 ? [] : [`the other was refused: ${refused.slice(0, 3).join(', ')}`]),
    ...(beside.peakMiB > MOST_RESIDENT_MIB ? [`it held ${beside.peakMiB.toFixed(0)} MiB`] : []),
    ...(grownMiB > MOST_GROWN_MIB ? [`the store grew by ${grownMiB.toFixed(0)} MiB`] : []),
    ...failed.map(([status, count]) => `the attacker was answered ${status} ${count} times`),
  ];
}
