import type { Link } from '../domain/link.ts';
import { mostOnTrial, trialSize } from './company/trial-size.ts';

/** At the third start a record is set aside that two processes died with in hand, the second with it alone. */
export const MOST_STARTS = 2;
/** Of those who go together, tried in groups before they are tried alone: so many more processes may die. */
const MORE_TOGETHER = 2;
/** What waits for a job is in hand with thousands, and what a process does for it is a look at the job: its deaths tell next to nothing. */
const TIMES_WITH_A_JOB = 5;

/** Those that more died with as often than can have been on trial: that says nothing of any of them. */
function tooMany(links: readonly Link[], inCompany: boolean): Link[] {
  const alike = Map.groupBy(links, ({ starts = 0 }) => starts);
  return [...alike].flatMap(([starts, of]) => (of.length > mostOnTrial(starts, inCompany) ? of : []));
}

/** What records that a process died with wait for: few at a time are tried, so that only what stops the program is found to. */
export interface Suspects {
  /** Whether so many processes died with it that it isn't tried again. */
  isSetAside(link: Suspect, inCompany: boolean): boolean;
  /** What to do with what was claimed in one go; `inCompany`: the CRM takes many in one call, so thousands may have been in hand. */
  sort(claimed: readonly Link[], inCompany: boolean): SortedClaims;
  /** When one that has to wait for its trial comes back, epoch ms: each at another time, since those who died in company are many. */
  comesBackAt(now: number, inCompany: boolean): number;
}

type Suspect = Pick<Link, 'starts' | 'intent'>;

export interface SortedClaims {
  /** Nobody has died with them. */
  readonly well: readonly Link[];
  readonly setAside: readonly Link[];
  /** In hand at once, once the claims of those for later have ended; null: there are none, or others are on trial in this process. */
  readonly trial: Trial | null;
  /** Their claims are to end before anything is tried: who dies then died without them. */
  readonly later: readonly Link[];
  /** For later, too, as if one process had died with them: so many can't have been on trial. */
  readonly anew: readonly Link[];
}

export interface Trial {
  readonly links: readonly Link[];
  /** Each of them has ended. Only the first call counts. */
  readonly end: () => void;
}

const COMES_BACK_MS = 1_000;
const APART_MS = 50;
/** As many as a group takes come back within a second. */
const APART_TOGETHER_MS = 5;
const MOST_APART_MS = 600_000;

export function createSuspects(mostStarts: number = MOST_STARTS): Suspects {
  let onTrial = false;
  let last = 0;

  const isSetAside = ({ starts = 0, intent }: Suspect, inCompany: boolean): boolean => {
    if (intent?.job !== undefined) return starts >= mostStarts * TIMES_WITH_A_JOB;
    return starts >= mostStarts + (inCompany ? MORE_TOGETHER : 0);
  };
  const sizeOf = (link: Suspect, inCompany: boolean): number | null =>
    Number.isFinite(mostStarts) ? trialSize(link, inCompany) : null;

  /** Of those who are suspected most, as many as are tried at once. */
  function beginTrial(suspected: readonly Link[], inCompany: boolean): Trial | null {
    if (onTrial || suspected.length === 0) return null;
    onTrial = true;
    const size = Math.min(...suspected.map((link) => sizeOf(link, inCompany) ?? 1));
    let isOver = false;
    return {
      links: suspected.filter((link) => sizeOf(link, inCompany) === size).slice(0, size),
      end() {
        if (!isOver) onTrial = false;
        isOver = true;
      },
    };
  }

  return {
    isSetAside,
    sort(claimed, inCompany) {
      const isDead = (link: Link): boolean => isSetAside(link, inCompany);
      const isSuspected = (link: Link): boolean => !isDead(link) && sizeOf(link, inCompany) !== null;
      const dead = claimed.filter(isDead);
      const anew = new Set([
        // A process dies with one that is alone.
        ...(dead.length > 1 ? dead : []),
        ...tooMany(claimed.filter(isSuspected), inCompany),
      ]);
      const suspected = claimed.filter((link) => isSuspected(link) && !anew.has(link));
      const trial = beginTrial(suspected, inCompany);
      const tried = new Set(trial?.links);
      return {
        well: claimed.filter((link) => !isDead(link) && !isSuspected(link)),
        setAside: dead.filter((link) => !anew.has(link)),
        trial,
        later: suspected.filter((link) => !tried.has(link)),
        anew: [...anew],
      };
    },
    comesBackAt(now, inCompany) {
      // A clock that was set back tells nothing of those who wait.
      const isBehind = last > now + MOST_APART_MS;
      const apart = inCompany ? APART_TOGETHER_MS : APART_MS;
      last = Math.max(now + COMES_BACK_MS, isBehind ? 0 : last + apart);
      return last;
    },
  };
}
