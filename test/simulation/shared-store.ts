import { StoreUnavailable, type StateStore } from '../../src/state-store/state-store.port.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import type { Random } from '../../src/runtime/random.ts';
import type { ProcessLife } from './time/process-life.ts';
import type { SimTime } from './time/sim-time.ts';
import type { Trace } from './time/trace.ts';

/** For a while, calls of some processes fail: before anything happened, or after it did. */
export interface StoreTrouble {
  readonly until: number;
  readonly rate: number;
  readonly point: 'before' | 'after' | 'either';
  /** Null: every process. */
  readonly process: string | null;
}

export interface SharedStore {
  /** As it is, for those who check. */
  readonly raw: SqliteStateStore;
  /** As a process sees it. */
  seenBy(life: ProcessLife, random: Random): StateStore;
  trouble(trouble: StoreTrouble): void;
  /** Ends all troubles. */
  calm(): void;
  /** Elapsed ms at which a call last failed or was slow. */
  readonly disturbedAt: number;
  close(): Promise<void>;
}

/** Hears of every call that takes effect, with what it answered. */
export type StoreObserver = (
  life: ProcessLife,
  part: string,
  method: string,
  args: readonly unknown[],
  answer: unknown,
) => void;

const PARTS = [
  'records',
  'connections',
  'links',
  'runs',
  'timeline',
  'deadLetters',
  'replays',
  'ownership',
  'budgets',
  'settings',
  'looks',
  'accounts',
] as const;

type Method = (...args: unknown[]) => Promise<unknown>;

export async function openSharedStore(
  time: SimTime,
  trace: Trace,
  observe: StoreObserver,
): Promise<SharedStore> {
  const raw = await openSqliteStore({ path: ':memory:' });
  let troubles: StoreTrouble[] = [];
  let disturbedAt = Number.NEGATIVE_INFINITY;

  /** What goes wrong with this call. */
  const fateOf = (life: ProcessLife, random: Random): 'none' | 'before' | 'after' => {
    if (troubles.length === 0) return 'none';
    troubles = troubles.filter(({ until }) => until > time.elapsed);
    for (const { rate, point, process } of troubles) {
      if (process !== null && process !== life.name) continue;
      if (random.next() >= rate) continue;
      disturbedAt = time.elapsed;
      trace.count(`store unavailable`);
      return point === 'either' ? (random.next() < 0.5 ? 'before' : 'after') : point;
    }
    return 'none';
  };

  const through = (life: ProcessLife, random: Random, part: string, name: string, method: Method): Method => {
    const what = `${part}.${name}`;
    return (...args) => {
      const fate = fateOf(life, random);
      return life.call(what, latencyOf(random), async () => {
        if (fate === 'before') throw new StoreUnavailable(`no answer to ${what}`);
        const answer = await method(...args);
        observe(life, part, name, args, answer);
        if (fate === 'after') throw new StoreUnavailable(`no answer to ${what}, which was done`);
        return answer;
      });
    };
  };

  return {
    raw,
    seenBy(life, random) {
      const seen: Record<string, unknown> = {};
      for (const part of PARTS) {
        const methods = (raw as unknown as Record<string, Record<string, Method> | undefined>)[part];
        if (methods === undefined) continue;
        seen[part] = Object.fromEntries(
          Object.entries(methods).map(([name, method]) => [name, through(life, random, part, name, method)]),
        );
      }
      return {
        ...seen,
        ping: () => raw.ping(),
        breathe: () => raw.breathe(),
        shred: (what: 'credentials' | 'everything') => raw.shred(what),
        close: () => Promise.resolve(),
      } as unknown as StateStore;
    },
    trouble: (trouble) => void troubles.push(trouble),
    calm() {
      troubles = [];
    },
    get disturbedAt() {
      return disturbedAt;
    },
    close: () => raw.close(),
  };
}

/** Mostly none or a few ms, so that calls of several processes overtake each other. */
function latencyOf(random: Random): number {
  const chance = random.next();
  if (chance < 0.5) return 0;
  return chance < 0.98 ? (chance - 0.5) * 12 : (chance - 0.98) * 5_000;
}
