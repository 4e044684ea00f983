import type { ConnectorFacts, CrmHttp } from '../../connectors/connector.port.ts';
import type { SessionFacts } from '../../delivering/crm-sessions.port.ts';
import { type Json, weightOf } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { Clock } from '../../runtime/clock.ts';

/** A record's mapping that misses something asks again at most so often: what somebody adds in the CRM is known a minute later. */
const REFRESH_EVERY_MS = 60_000;
const MOST_ENTRIES = 5_000;
const MOST_BYTES = 16 * 1_048_576;

export interface FactsCacheBounds {
  readonly entries: number;
  readonly bytes: number;
}

/** What mappings have to know of accounts, as it was read last. */
export interface FactsCache {
  /** Those of these names that were read and are still kept, whatever their age. */
  atHand(account: string, names: readonly string[]): ReadonlyMap<string, Json>;
  /** `account`: what the facts are of; each reads through its own session. */
  of(account: string, facts: ConnectorFacts | undefined, http: CrmHttp): SessionFacts;
}

interface Kept {
  readonly value: Json;
  readonly readAt: number;
  readonly bytes: number;
}

type Read = Promise<CallOutcome<Json>>;

/** Keeps facts with their age, those that were asked for last; each is read once for all who ask at a time. */
export function createFactsCache(
  clock: Pick<Clock, 'now'>,
  bounds: FactsCacheBounds = { entries: MOST_ENTRIES, bytes: MOST_BYTES },
): FactsCache {
  /** In the order in which they were asked for last. */
  const kept = new Map<string, Kept>();
  const reading = new Map<string, Read>();
  let bytes = 0;

  const drop = (id: string): void => {
    bytes -= kept.get(id)?.bytes ?? 0;
    kept.delete(id);
  };
  const keep = (id: string, value: Json): void => {
    drop(id);
    const entry = { value, readAt: clock.now(), bytes: weightOf(value) + id.length };
    kept.set(id, entry);
    bytes += entry.bytes;
    for (const [oldest] of kept) {
      if (kept.size <= bounds.entries && bytes <= bounds.bytes) return;
      drop(oldest);
    }
  };
  const recall = (id: string, maxAgeMs: number): Kept | null => {
    const entry = kept.get(id);
    if (entry === undefined || clock.now() - entry.readAt >= maxAgeMs) return null;
    kept.delete(id);
    kept.set(id, entry);
    return entry;
  };
  const readNow = async (id: string, read: () => Read): Read => {
    const outcome = await read();
    if (outcome.kind === 'applied') keep(id, outcome.value);
    return outcome;
  };
  const readOnce = async (id: string, read: () => Read): Read => {
    for (;;) {
      const begun = reading.get(id);
      if (begun === undefined) break;
      const outcome = await begun;
      // It was held back for whoever began it: their claim, not ours.
      if (outcome.kind !== 'withheld') return outcome;
    }
    const begun = readNow(id, read).finally(() => reading.delete(id));
    reading.set(id, begun);
    return await begun;
  };

  const idOf = (account: string, name: string): string => JSON.stringify([account, name]);

  return {
    atHand(account, names) {
      const known = names.map((name) => [name, kept.get(idOf(account, name))?.value] as const);
      return new Map(known.filter((each): each is [string, Json] => each[1] !== undefined));
    },
    of(account, facts, http) {
      if (facts === undefined) return NO_FACTS;
      const ask = async (name: string, maxAgeMs: number): Read => {
        const id = idOf(account, name);
        const known = recall(id, maxAgeMs);
        if (known !== null) return { kind: 'applied', value: known.value };
        return await readOnce(id, () => facts.read(http, name));
      };
      return {
        refreshFact: (name) => ask(name, Math.min(REFRESH_EVERY_MS, facts.maxAgeMs)),
        async facts(names) {
          const read = new Map<string, Json>();
          for (const name of names) {
            const outcome = await ask(name, facts.maxAgeMs);
            if (outcome.kind !== 'applied') return outcome;
            read.set(name, outcome.value);
          }
          return { kind: 'applied', value: read };
        },
      };
    },
  };
}

/** Of a connector that declares none: there is nothing by any name. */
const NO_FACTS: SessionFacts = {
  facts: (names) => Promise.resolve({ kind: 'applied', value: new Map(names.map((name) => [name, null])) }),
  refreshFact: () => Promise.resolve({ kind: 'applied', value: null }),
};
