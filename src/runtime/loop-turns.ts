import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Shares the event loop out among those for whom work is done. Whoever asks is let through at once while the present turn of the loop
 * is young; then all wait, and each following turn lets through as many as fit into it, first those who had least of late. So what one
 * of them sets off, however much, comes in pieces, between which the others' come, and what comes over the network.
 */
export interface LoopTurns {
  /** Null: go on at once. Else resolves when it is the caller's turn. */
  take(): Promise<void> | null;
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
const MOST_REMEMBERED = 1_000;
/** Of those who wait, so many are compared; the others come forward as these are let through. */
const COMPARED = 64;
/** So many steps of whoever was let through are waited for before the next one is, in the same turn. */
const STEPS = 12;

const working = new AsyncLocalStorage<string>();

/** What `work` does, and what that sets off, is done for this one: a user's id. */
export function workFor<T>(whom: string, work: () => T): T {
  return working.run(whom, work);
}

/** The program's own work: taking in the feed, looking after leases. */
const NOBODYS = '';

/** For whom this is done; empty: it is the program's own work. */
export function worksFor(): string {
  return working.getStore() ?? NOBODYS;
}

interface Waiting {
  readonly since: number;
  readonly go: () => void;
}

interface Had {
  ms: number;
  at: number;
}

export function createLoopTurns(options: LoopTurnsOptions = {}): LoopTurns {
  const { now = () => performance.now(), nextTurn = (run) => void setImmediate(run) } = options;
  /** When the present turn began, as far as anybody asked in it; null until then. */
  let began: number | null = null;
  let filling = false;
  let holder = NOBODYS;
  let heldSince = 0;
  const had = new Map<string, Had>();
  const lines = new Map<string, Waiting[]>();

  const hadBy = (whom: string, at: number): number => {
    const known = had.get(whom);
    return known === undefined ? 0 : known.ms * 2 ** ((known.at - at) / HALVED_AFTER_MS);
  };
  /** What passed since somebody was let through was taken by them. */
  const charge = (at: number): void => {
    const ms = hadBy(holder, at) + (at - heldSince);
    had.delete(holder);
    had.set(holder, { ms, at });
    const [oldest] = had.keys();
    if (had.size > MOST_REMEMBERED && oldest !== undefined) had.delete(oldest);
    heldSince = at;
  };
  const letThrough = (whom: string, at: number): void => {
    charge(at);
    holder = whom;
  };
  const begin = (at: number): void => {
    began = at;
    heldSince = at;
    holder = NOBODYS;
    nextTurn(end);
  };

  /** Who had least, less what they have waited: nobody waits for ever. */
  function next(at: number): { readonly whom: string; readonly waiting: Waiting } | null {
    let best: string | null = null;
    let least = Number.POSITIVE_INFINITY;
    let compared = 0;
    for (const [whom, [first]] of lines) {
      const share = hadBy(whom, at) - (at - (first?.since ?? at));
      if (share < least) [best, least] = [whom, share];
      compared += 1;
      if (compared === COMPARED) break;
    }
    const line = best === null ? undefined : lines.get(best);
    const waiting = line?.shift();
    if (best === null || line === undefined || waiting === undefined) return null;
    lines.delete(best);
    if (line.length > 0) lines.set(best, line);
    return { whom: best, waiting };
  }

  async function fill(start: number): Promise<void> {
    filling = true;
    for (let at = start; at - start < TURN_MS; at = now()) {
      const chosen = next(at);
      if (chosen === null) break;
      letThrough(chosen.whom, at);
      chosen.waiting.go();
      for (let step = 0; step < STEPS; step += 1) await null;
    }
    filling = false;
  }

  function end(): void {
    const at = now();
    charge(at);
    began = null;
    if (lines.size === 0) return;
    begin(at);
    void fill(at);
  }

  return {
    take() {
      const whom = worksFor();
      const at = now();
      if (began === null) begin(at);
      if (lines.size === 0 && !filling && at - (began ?? at) < TURN_MS) {
        letThrough(whom, at);
        return null;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      const line = lines.get(whom);
      const waiting = { since: at, go: resolve };
      if (line === undefined) lines.set(whom, [waiting]);
      else line.push(waiting);
      return promise;
    },
  };
}
