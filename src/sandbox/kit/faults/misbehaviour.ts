import type { EndingFault, SandboxFault } from './fault.ts';
import type { Random } from '../../../runtime/random.ts';

export interface MisbehaviourRule {
  /** Absent: every API request. */
  readonly match?: {
    readonly method?: string;
    /** Text: how the path begins, with or without what stands before every path of the API. A pattern: tested against the whole path, without the query. */
    readonly path?: string | RegExp;
    /** How the path of a request begins that is spared, such as `/auth/verify`. */
    readonly except?: string;
  };
  /** How many requests it strikes before it ends by itself. Default: until it is taken back. */
  readonly times?: number;
  /** 0 to 1, from the sandbox's seeded generator. Default: 1. */
  readonly probability?: number;
  readonly fault: SandboxFault;
}

export interface MisbehaviourHandle {
  readonly id: string;
  /** Requests struck so far. */
  hits(): number;
  /** Takes the rule back; requests already struck stay so. */
  remove(): void;
}

/** What befalls one request: every matching latency, and the oldest other fault; that one leaves out `delayAfterMs`. */
export interface Strike {
  readonly delayBeforeMs: number;
  readonly delayAfterMs: number;
  readonly fault: EndingFault | null;
}

interface ActiveRule {
  readonly id: string;
  readonly rule: MisbehaviourRule;
  hits: number;
}

export interface Misbehaviours {
  add(rule: MisbehaviourRule): MisbehaviourHandle;
  remove(id: string): boolean;
  active(): readonly ActiveRule[];
  clear(): void;
  strike(method: string, path: string): Strike;
}

const NO_STRIKE: Strike = { delayBeforeMs: 0, delayAfterMs: 0, fault: null };

function matchesPath(wanted: string | RegExp, path: string, basePath: string): boolean {
  if (typeof wanted === 'string') {
    return path.startsWith(wanted) || (path.startsWith(`${basePath}/`) && path.startsWith(basePath + wanted));
  }
  // A global or sticky pattern would remember where it stopped the last time.
  wanted.lastIndex = 0;
  return wanted.test(path);
}

/** The rules in force, oldest first. `basePath` stands before every path of the API. */
export function createMisbehaviours(random: Pick<Random, 'next'>, basePath: string): Misbehaviours {
  let active: ActiveRule[] = [];
  let added = 0;

  function remove(id: string): boolean {
    const before = active.length;
    active = active.filter((entry) => entry.id !== id);
    return active.length < before;
  }

  function matches({ match }: MisbehaviourRule, method: string, path: string): boolean {
    if (match?.method !== undefined && match.method.toUpperCase() !== method) return false;
    if (match?.except !== undefined && matchesPath(match.except, path, basePath)) return false;
    return match?.path === undefined || matchesPath(match.path, path, basePath);
  }

  function hit(entry: ActiveRule): SandboxFault {
    entry.hits += 1;
    if (entry.rule.times !== undefined && entry.hits >= entry.rule.times) remove(entry.id);
    return entry.rule.fault;
  }

  function strike(method: string, path: string): Strike {
    if (active.length === 0) return NO_STRIKE;
    let delayBeforeMs = 0;
    let delayAfterMs = 0;
    let fault: EndingFault | null = null;
    for (const entry of active) {
      if (fault && entry.rule.fault.kind !== 'latency') continue;
      if (!matches(entry.rule, method, path)) continue;
      if (entry.rule.probability !== undefined && random.next() >= entry.rule.probability) continue;
      const struck = hit(entry);
      if (struck.kind !== 'latency') fault = struck;
      else if (struck.when === 'after') delayAfterMs += struck.ms;
      else delayBeforeMs += struck.ms;
    }
    return { delayBeforeMs, delayAfterMs, fault };
  }

  return {
    add(rule) {
      added += 1;
      const entry: ActiveRule = { id: `m${added}`, rule, hits: 0 };
      if (rule.times === undefined || rule.times > 0) active = [...active, entry];
      return { id: entry.id, hits: () => entry.hits, remove: () => void remove(entry.id) };
    },
    remove,
    active: () => active,
    clear: () => {
      active = [];
    },
    strike,
  };
}
