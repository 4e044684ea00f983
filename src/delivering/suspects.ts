import type { Link } from '../domain/link.ts';

/** At the third start a record is set aside that two processes died with in hand. */
export const MOST_STARTS = 2;

/** What records that a process died with wait for: they are tried one at a time, so that only what stops the program is found to. */
export interface Suspects {
  /** Whether a process died with it in hand. Of what went with a job the next thing is a look at the job, one for thousands. */
  isSuspect(link: Pick<Link, 'starts' | 'intent'>): boolean;
  /** Whether so many did that it isn't tried again. */
  isSetAside(link: Pick<Link, 'starts'>): boolean;
  /** Answers how to end its trial; null while another one is on trial in this process. */
  beginTrial(): (() => void) | null;
  /** When one that has to wait for its trial comes back, epoch ms: each at another time, since those who died in company are many. */
  comesBackAt(now: number): number;
}

const COMES_BACK_MS = 1_000;
const APART_MS = 50;
const MOST_APART_MS = 600_000;

export function createSuspects(mostStarts: number = MOST_STARTS): Suspects {
  let onTrial = false;
  let last = 0;
  return {
    isSuspect: ({ starts = 0, intent }) =>
      starts > 0 && intent?.job === undefined && Number.isFinite(mostStarts),
    isSetAside: ({ starts = 0 }) => starts >= mostStarts,
    beginTrial() {
      if (onTrial) return null;
      onTrial = true;
      return () => {
        onTrial = false;
      };
    },
    comesBackAt(now) {
      // A clock that was set back tells nothing of those who wait.
      const isBehind = last > now + MOST_APART_MS;
      last = Math.max(now + COMES_BACK_MS, isBehind ? 0 : last + APART_MS);
      return last;
    },
  };
}
