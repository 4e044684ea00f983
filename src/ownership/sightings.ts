import type { WorkerRow } from '../state-store/ownership-store.port.ts';

interface Sighting {
  readonly beat: number;
  /** Monotonic ms of when this beat was first seen. */
  readonly at: number;
}

/** Who has not been seen to live for too long, timed by this process's own monotonic clock: nobody's wall clock matters. */
export interface Sightings {
  /** Takes in what was read at a monotonic time; answers those whose beat has stood still for `patienceMs`. */
  see(workers: readonly WorkerRow[], at: number): WorkerRow[];
}

/**
 * `blindMs`: who has not looked for longer than this knows nothing of the others' silence meanwhile (it was frozen itself, or the
 * store was away, in which case nobody could beat), and begins to time anew.
 */
export function createSightings(patienceMs: number, blindMs: number): Sightings {
  let seen = new Map<string, Sighting>();
  let lastLook: number | null = null;
  return {
    see(workers, at) {
      if (lastLook !== null && at - lastLook > blindMs) seen = new Map();
      lastLook = at;
      seen = new Map(
        workers.map((worker) => {
          const before = seen.get(worker.workerId);
          return [worker.workerId, before?.beat === worker.beat ? before : { beat: worker.beat, at }];
        }),
      );
      return workers.filter((worker) => at - (seen.get(worker.workerId)?.at ?? at) >= patienceMs);
    },
  };
}
