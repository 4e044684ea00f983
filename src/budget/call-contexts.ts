import type { CrmAnswer, CrmRequest, LimitContexts } from '../connectors/connector.port.ts';
import type { LimitContext, ToldLimit } from '../connectors/limit-contexts.port.ts';
import type { Json } from '../domain/json.ts';
import type { Clock } from '../runtime/clock.ts';

/** A CRM's limits by kind of request, beside the one that holds for all of them. */
export interface CallContexts {
  /**
   * Takes a place in each of these contexts, for calls of `tag` (whose key or account it is). Where one is full nothing is taken, and
   * `waitMs` says when to ask again: others that were refused before have their places first.
   */
  take(names: readonly string[], tag: string): ContextTurn;
  /** What an answer told of limits: how many calls there are, how many are left, or that one is used up. */
  told(limits: readonly ToldLimit[], tag: string): void;
  /** Milliseconds until nothing is lost by forgetting it. */
  forgettableIn(): number;
}

export type ContextTurn =
  | {
      readonly ok: true;
      /** The call goes out now: counted from here, and not from when it joined the line. */
      departed(): void;
      /** It was certainly not sent. */
      giveBack(): void;
    }
  | { readonly ok: false; readonly context: string; readonly waitMs: number };

/** The contexts of one key's or account's calls. */
export interface CountedCalls {
  take(request: Pick<CrmRequest, 'verb' | 'method' | 'path'>): ContextTurn;
  /** What an answer told. True: it says that a context is used up, and not the budget as a whole. */
  told(
    answer: Pick<CrmAnswer, 'status' | 'headers'>,
    request: Pick<CrmRequest, 'verb' | 'method' | 'path'>,
  ): boolean;
  /** What the body of an answer listed. */
  listed(body: Json, request: Pick<CrmRequest, 'verb' | 'method' | 'path'>): void;
}

/** @param tag whose calls they are, where keys or accounts are counted apart */
export function countedCalls(
  contexts: Pick<CallContexts, 'take' | 'told'>,
  { of, told, listed }: Pick<LimitContexts, 'of' | 'told' | 'listed'>,
  tag: string,
): CountedCalls {
  return {
    take: (request) => contexts.take(of(request), tag),
    told(answer, request) {
      const limits = told(answer, request);
      contexts.told(limits, tag);
      return limits.some(({ retryAfterMs }) => retryAfterMs !== undefined);
    },
    listed(body, request) {
      if (listed !== undefined) contexts.told(listed(body, request), tag);
    },
  };
}

/** The CRM may see calls closer together than they left. */
const WINDOW_MARGIN = 1.02;
const USED_PART = 0.97;
/** More accounts than one budget has; the longest unused is forgotten. */
const MOST_WINDOWS = 2_000;

interface Call {
  /** Monotonic ms; when it goes out, or was let into the line. */
  at: number;
}

interface Window {
  readonly name: string;
  /** How many others count the same calls apart, this one included. */
  readonly counters: () => number;
  most: number;
  windowMs: number;
  /** In the order in which they were let in. */
  calls: Call[];
  blockedUntil: number;
  /** Times that were named to those who found it full, later ones to later ones; monotonic ms. */
  promised: number;
}

/** The windows that all of a provider's budgets in this process share: what it counts of the application. */
export interface ApplicationWindows {
  readonly windows: Map<string, Window>;
  /** How many processes work: each takes its part. */
  readonly processes: () => number;
}

export function createApplicationWindows(processes: () => number = () => 1): ApplicationWindows {
  return { windows: new Map(), processes };
}

/** Counts each context in a window that slides. Of contexts of the application there is one, of the others one for each `tag`. */
export function createCallContexts(
  contexts: readonly LimitContext[],
  clock: Pick<Clock, 'monotonic'>,
  application: ApplicationWindows = createApplicationWindows(),
): CallContexts {
  const own = new Map<string, Window>();

  const windowOf = (name: string, tag: string): Window | null => {
    const context = contexts.find((one) => one.name === name);
    if (context === undefined) return null;
    const isShared = context.of === 'application';
    const windows = isShared ? application.windows : own;
    const key = JSON.stringify(isShared ? [name] : [name, tag]);
    const known = windows.get(key);
    const window = known ?? {
      name,
      counters: isShared ? application.processes : () => 1,
      most: usable(context.calls),
      windowMs: context.windowMs * WINDOW_MARGIN,
      calls: [],
      blockedUntil: Number.NEGATIVE_INFINITY,
      promised: Number.NEGATIVE_INFINITY,
    };
    windows.delete(key);
    windows.set(key, window);
    if (windows.size > MOST_WINDOWS) {
      const [oldest] = windows.keys();
      if (oldest !== undefined) windows.delete(oldest);
    }
    return window;
  };
  const of = (names: readonly string[], tag: string): readonly Window[] =>
    [...new Set(names)].map((name) => windowOf(name, tag)).filter((window) => window !== null);

  return {
    take(names, tag) {
      const now = clock.monotonic();
      const counted = of(names, tag);
      const full = counted
        .map((window) => ({ window, waitMs: roomIn(window, now) }))
        .filter(({ waitMs }) => waitMs > 0);
      const last = full.toSorted((one, other) => other.waitMs - one.waitMs)[0];
      if (last !== undefined)
        return { ok: false, context: last.window.name, waitMs: promise(last.window, now) };
      const taken = counted.map((window) => {
        const call = { at: now };
        window.calls.push(call);
        return { window, call };
      });
      return {
        ok: true,
        departed() {
          for (const { call } of taken) call.at = clock.monotonic();
        },
        giveBack() {
          for (const { window, call } of taken) window.calls = window.calls.filter((one) => one !== call);
        },
      };
    },
    told(limits, tag) {
      const now = clock.monotonic();
      for (const told of limits) {
        const window = windowOf(told.context, tag);
        if (window === null) continue;
        if (told.calls !== undefined) window.most = usable(told.calls);
        if (told.windowMs !== undefined) window.windowMs = told.windowMs * WINDOW_MARGIN;
        if (told.left !== undefined && told.calls !== undefined)
          countOthers(window, told.calls - told.left, now);
        if (told.retryAfterMs !== undefined)
          window.blockedUntil = Math.max(window.blockedUntil, now + told.retryAfterMs);
      }
    },
    forgettableIn() {
      const now = clock.monotonic();
      const ends = [...own.values()].map(({ calls, windowMs, blockedUntil }) =>
        Math.max(blockedUntil, ...calls.map(({ at }) => at + windowMs)),
      );
      return Math.max(0, ...ends.map((end) => end - now));
    },
  };
}

function usable(calls: number): number {
  return Math.max(1, Math.floor(calls * USED_PART));
}

/** Milliseconds until there is a place; 0: there is one. */
function roomIn(window: Window, now: number): number {
  window.calls = window.calls.filter(({ at }) => at + window.windowMs > now);
  if (window.blockedUntil > now) return window.blockedUntil - now;
  const most = mostIn(window);
  if (window.calls.length < most) return 0;
  const ends = window.calls.map(({ at }) => at + window.windowMs).toSorted((one, other) => one - other);
  return Math.max(1, (ends[window.calls.length - most] ?? now) - now);
}

/** What this process may use of it. */
function mostIn({ most, counters }: Window): number {
  return Math.max(1, Math.floor(most / Math.max(1, counters())));
}

/** Each that finds it full is named a time of its own, as far apart as places come free. */
function promise(window: Window, now: number): number {
  const first = now + roomIn(window, now);
  const next = window.promised + window.windowMs / mostIn(window);
  window.promised = Math.max(first, next);
  return Math.ceil(window.promised - now);
}

/** Others use the same limit: what they used is counted as if it had gone out now. */
function countOthers(window: Window, used: number, now: number): void {
  const known = window.calls.filter(({ at }) => at + window.windowMs > now).length;
  for (let more = used - known; more > 0; more -= 1) window.calls.push({ at: now });
}
