import type { Clock } from '../../runtime/clock.ts';
import type { RegistryClient, WriterSchema } from './registry-client.ts';
import { RegistryUnavailable } from './registry-unavailable.ts';

/** The schemas that messages were written with, by the id that they name. */
export interface WriterSchemas {
  /** At once for an id that is remembered. Throws `RegistryUnavailable`. */
  find(id: number): WriterSchema | Promise<WriterSchema>;
}

export interface WriterSchemasOptions {
  readonly client: RegistryClient;
  readonly clock: Clock;
  /** How many schemas, and as many refusals, are remembered. */
  readonly capacity?: number;
  /** How long an id without a usable schema is not asked again. */
  readonly refusalMs?: number;
  /** The waits before an id that is not known is asked again: it may just have been registered at another node. */
  readonly graceMs?: readonly number[];
  /** Bounds one look-up, waits and repeats included; stays below the group's session timeout. */
  readonly deadlineMs?: number;
  /** Look-ups a second. */
  readonly lookupsPerSecond?: number;
}

const UNKNOWN: WriterSchema = { code: 'UNKNOWN_SCHEMA', detail: 'the registry knows no schema of this id' };
/** So many unknown ids in a row are waited for, then one a minute: events of other keys wait with them. */
const GRACE = { capacity: 5, perSecond: 1 / 60 };

/**
 * Remembers what the registry answered. A schema never changes, so it is kept until it is crowded out; a refusal for 30 s.
 * An id is asked for once at a time, whoever wants it.
 *
 * A flood of ids that nobody registered must neither hammer the registry nor turn events with good ids into dead
 * letters. So look-ups are paced (50 a second), and whoever has to ask waits for its turn; only the first few unknown ids
 * get the benefit of the doubt, which is a quarter of a second each. Remembered ids are never held up.
 */
export function createWriterSchemas(options: WriterSchemasOptions): WriterSchemas {
  const { client, clock, capacity = 1_000, refusalMs = 30_000, deadlineMs = 7_000 } = options;
  const { graceMs = [50, 200], lookupsPerSecond = 50 } = options;
  const monotonic = () => clock.monotonic();
  const known = createRecentMap<number, WriterSchema>(capacity);
  const refused = createRecentMap<number, { schema: WriterSchema; until: number }>(capacity);
  const asking = new Map<number, Promise<WriterSchema>>();
  const turns = createTokenBucket({ capacity: lookupsPerSecond, perSecond: lookupsPerSecond, monotonic });
  const grace = createTokenBucket({ ...GRACE, monotonic });

  const askUntilKnown = async (id: number): Promise<WriterSchema> => {
    const first = await client.fetchSchema(id);
    if (first !== null || !grace.tryTake()) return first ?? UNKNOWN;
    for (const waitMs of graceMs) {
      await clock.sleep(waitMs);
      const again = await client.fetchSchema(id);
      if (again !== null) return again;
    }
    return UNKNOWN;
  };
  const lookUp = async (id: number): Promise<WriterSchema> => {
    const waitMs = turns.take();
    if (waitMs > 0) await clock.sleep(waitMs);
    const schema = await withinDeadline(askUntilKnown(id), clock, deadlineMs);
    if ('type' in schema) known.set(id, schema);
    else refused.set(id, { schema, until: clock.monotonic() + refusalMs });
    return schema;
  };

  return {
    find(id) {
      // Registries count from 1; asking for another would only cost a call.
      if (id < 1) return UNKNOWN;
      const schema = known.get(id);
      if (schema !== undefined) return schema;
      const refusal = refused.get(id);
      if (refusal !== undefined && clock.monotonic() < refusal.until) return refusal.schema;
      let answer = asking.get(id);
      if (answer === undefined) {
        answer = lookUp(id).finally(() => asking.delete(id));
        asking.set(id, answer);
      }
      return answer;
    },
  };
}

async function withinDeadline<T>(work: Promise<T>, clock: Clock, deadlineMs: number): Promise<T> {
  const done = new AbortController();
  const tooLate = clock.sleep(deadlineMs, done.signal).then(() => {
    throw new RegistryUnavailable(`the schema registry took longer than ${deadlineMs} ms`);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    done.abort();
  }
}

/** A map that keeps the entries used last, at most `capacity` of them. */
interface RecentMap<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  delete(key: K): void;
  readonly size: number;
}

/** Makes an empty one. Reading an entry counts as a use. */
function createRecentMap<K, V extends object>(capacity: number): RecentMap<K, V> {
  // A Map iterates in the order of insertion, so its first key is the one unused for longest.
  const entries = new Map<K, V>();
  let newest: K | undefined;
  return {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined && key !== newest) {
        entries.delete(key);
        entries.set(key, value);
        newest = key;
      }
      return value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      newest = key;
      for (const oldest of entries.keys()) {
        if (entries.size <= capacity) break;
        entries.delete(oldest);
      }
    },
    delete: (key) => {
      entries.delete(key);
    },
    get size() {
      return entries.size;
    },
  };
}

interface TokenBucket {
  /** Takes a token, if need be one that is yet to come, and answers in how many milliseconds it is there. */
  take(): number;
  /** Takes a token only if one is there. */
  tryTake(): boolean;
}

/** `capacity` tokens at first, then `perSecond` new ones. `monotonic` answers milliseconds that only ever grow. */
function createTokenBucket(options: {
  readonly capacity: number;
  readonly perSecond: number;
  readonly monotonic: () => number;
}): TokenBucket {
  const { capacity, perSecond, monotonic } = options;
  let tokens = capacity;
  let refilledAt = monotonic();
  const refill = () => {
    const now = monotonic();
    tokens = Math.min(capacity, tokens + ((now - refilledAt) * perSecond) / 1_000);
    refilledAt = now;
  };
  return {
    take() {
      refill();
      tokens -= 1;
      return tokens >= 0 ? 0 : (-tokens * 1_000) / perSecond;
    },
    tryTake() {
      refill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
