import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Shares the event loop out among those for whom work is done. Whoever asks is let through at once while the present turn of the loop
 * is young; then all wait, and each following turn lets through as many as fit into it, first those who had least of late. So what one
 * of them sets off, however much, comes in pieces, between which the others' come, and what comes over the network.
 */
export interface LoopTurns {
  /** Null: go on at once. Else resolves when it is the caller's turn. */
  take(): Promise<void> | null;
  /** Called once, when the present turn is full or over: before anybody who waits gets the next one. */
  atEnd(run: () => void): void;
}

export interface LoopTurnsOptions {
  /** Milliseconds that only ever grow. */
  readonly now?: () => number;
  /** Runs something in the next turn of the loop, after what came over the network. */
  readonly nextTurn?: (run: () => void) => void;
}

/** What one turn of the loop is filled with, ms; a piece of work that has begun goes on to its end. */
export const TURN_MS = 5;
/** What somebody has had counts half after so long, ms. */
const HALVED_AFTER_MS = 2_000;
/** Having waited counts against having had: nobody waits for ever, and who has had much doesn't come before who has had nothing. */
const WAITING_COUNTS = 0.1;
const MOST_REMEMBERED = 1_000;
/** Of those who wait, so many are compared; the others come forward as these are let through. */
const COMPARED = 64;
/** So many steps of whoever was let through are waited for before the next one is, in the same turn. */
const STEPS = 12;

/** What somebody waits for counts as begun so much earlier, ms: it comes before a backlog, and holds none of it up for longer. */
const AHEAD_MS = 5_000;

/** What is done, and for whom. */
interface Work {
  readonly whom: string;
  /** A piece of work that is brought to its end before later ones of the same user; absent: each step comes in its order. */
  readonly piece?: { readonly isAwaited: boolean; began: number | null };
}

const working = new AsyncLocalStorage<Work>();

/** What `work` does, and what that sets off, is done for this one: a user's id. */
export function workFor<T>(whom: string, work: () => T): T {
  return working.run({ whom }, work);
}

/**
 * What `work` does is one piece of what is done for whomever it is done for: where both wait, it goes before pieces that began later, so
 * that each ends as soon as it can, and none as late as all. `isAwaited`: somebody waits for it, or a person just changed something.
 */
export function pieceOfWork<T>(isAwaited: boolean, work: () => T): T {
  return working.run({ whom: worksFor(), piece: { isAwaited, began: null } }, work);
}

/** The program's own work: taking in the feed, looking after leases. */
const NOBODYS = '';

/** For whom this is done; empty: it is the program's own work. */
export function worksFor(): string {
  return working.getStore()?.whom ?? NOBODYS;
}

/** Where it stands among what is done for the same one: the earlier first. */
function placeOf(piece: Work['piece'], at: number): number {
  if (piece === undefined) return at;
  piece.began ??= at;
  return piece.began - (piece.isAwaited ? AHEAD_MS : 0);
}

interface Waiting {
  readonly place: number;
  readonly go: () => void;
}

interface Line {
  /** When the first of them came, or the one before had its turn. */
  readonly since: number;
  /** The last is the next one. */
  readonly waiting: Waiting[];
}

/** Behind all that stand no later. */
function standIn(waiting: Waiting[], one: Waiting): void {
  let [from, to] = [0, waiting.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((waiting[middle]?.place ?? 0) > one.place) from = middle + 1;
    else to = middle;
  }
  waiting.splice(from, 0, one);
}

/** What each has had of late, ms; what is long ago counts less. */
interface Shares {
  of(whom: string, at: number): number;
  add(whom: string, ms: number, at: number): void;
}

function createShares(): Shares {
  const had = new Map<string, { readonly ms: number; readonly at: number }>();
  const of = (whom: string, at: number): number => {
    const known = had.get(whom);
    return known === undefined ? 0 : known.ms * 2 ** ((known.at - at) / HALVED_AFTER_MS);
  };
  return {
    of,
    add(whom, ms, at) {
      const sum = of(whom, at) + ms;
      had.delete(whom);
      had.set(whom, { ms: sum, at });
      const [oldest] = had.keys();
      if (had.size > MOST_REMEMBERED && oldest !== undefined) had.delete(oldest);
    },
  };
}

/** Who waits, each by itself in the order of their pieces of work. */
interface Lines {
  readonly empty: () => boolean;
  /** Resolves with their turn. */
  join(whom: string, place: number, at: number): Promise<void>;
  /** Who had least, less what they have waited: nobody waits for ever. */
  next(at: number): { readonly whom: string; readonly go: () => void } | null;
}

function createLines(shares: Shares): Lines {
  const lines = new Map<string, Line>();
  return {
    empty: () => lines.size === 0,
    join(whom, place, at) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const one = { place, go: resolve };
      const line = lines.get(whom);
      if (line === undefined) lines.set(whom, { since: at, waiting: [one] });
      else standIn(line.waiting, one);
      return promise;
    },
    next(at) {
      let best: string | null = null;
      let least = Number.POSITIVE_INFINITY;
      let compared = 0;
      for (const [whom, { since }] of lines) {
        const share = shares.of(whom, at) - WAITING_COUNTS * (at - since);
        if (share < least) [best, least] = [whom, share];
        compared += 1;
        if (compared === COMPARED) break;
      }
      const waiting = best === null ? undefined : lines.get(best)?.waiting;
      const chosen = waiting?.pop();
      if (best === null || waiting === undefined || chosen === undefined) return null;
      lines.delete(best);
      if (waiting.length > 0) lines.set(best, { since: at, waiting });
      return { whom: best, go: chosen.go };
    },
  };
}

export function createLoopTurns(options: LoopTurnsOptions = {}): LoopTurns {
  const { now = () => performance.now(), nextTurn = (run) => void setImmediate(run) } = options;
  const shares = createShares();
  const lines = createLines(shares);
  /** When the present turn began, as far as anybody asked in it; null until then. */
  let began: number | null = null;
  let filling = false;
  let ends: (() => void)[] = [];
  let holder = NOBODYS;
  let heldSince = 0;

  /** What passed since somebody was let through was taken by them. */
  const letThrough = (whom: string, at: number): void => {
    shares.add(holder, at - heldSince, at);
    [holder, heldSince] = [whom, at];
  };
  const begin = (at: number): number => {
    began = at;
    [holder, heldSince] = [NOBODYS, at];
    nextTurn(end);
    return at;
  };

  const tellEnd = (): void => {
    const told = ends;
    ends = [];
    for (const run of told) run();
  };

  async function fill(start: number): Promise<void> {
    filling = true;
    for (let at = start; at - start < TURN_MS; at = now()) {
      const chosen = lines.next(at);
      if (chosen === null) break;
      letThrough(chosen.whom, at);
      chosen.go();
      for (let step = 0; step < STEPS; step += 1) await Promise.resolve();
    }
    filling = false;
    tellEnd();
  }

  function end(): void {
    tellEnd();
    const at = now();
    letThrough(NOBODYS, at);
    began = null;
    if (!lines.empty()) void fill(begin(at));
  }

  return {
    take() {
      const { whom, piece } = working.getStore() ?? { whom: NOBODYS };
      const at = now();
      const since = began ?? begin(at);
      const place = placeOf(piece, at);
      if (!lines.empty() || filling || at - since >= TURN_MS) return lines.join(whom, place, at);
      letThrough(whom, at);
      return null;
    },
    atEnd(run) {
      if (began === null) begin(now());
      ends.push(run);
    },
  };
}
