import { systemClock, type Clock } from '../../runtime/clock.ts';
import { seededRandom } from '../../runtime/seeded-random.ts';
import { createApiListener } from './answer-request.ts';
import { createInFlight } from './faults/in-flight.ts';
import { createJournal } from './journal/journal.ts';
import { createMisbehaviours } from './faults/misbehaviour.ts';
import { createRateLimiter } from './limits/rate-limit.ts';
import { createRecordStore } from './records/record-store.ts';
import { DEFAULT_SANDBOX_SETTINGS, type SandboxSettings } from '../mri-vault/vault-settings.ts';
import { createWriteLog } from './journal/write-log.ts';
import { createVaultApi, type NormaliseFields } from '../mri-vault/vault-api.ts';

export interface VaultSandboxOptions extends Partial<SandboxSettings> {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The keys that are valid from the start, all of the one CRM account. Default: `sandbox-key`. */
  readonly apiKeys?: readonly string[];
  /** What times, search lag, limits, latency and slow answers go by. Default: the machine's. */
  readonly clock?: Clock;
  /** Of probabilities and of the order of search hits. Default 1. */
  readonly seed?: number;
  /** Requests, and writes, that are remembered. Default 10,000 of each. */
  readonly journalSize?: number;
  /** Changes fields on their way in, as a CRM that tidies up or drops fields does. */
  readonly normaliseFields?: NormaliseFields;
}

function settingsFrom(options: VaultSandboxOptions): SandboxSettings {
  const given = Object.entries(options).filter(
    ([name, value]) => Object.hasOwn(DEFAULT_SANDBOX_SETTINGS, name) && value !== undefined,
  );
  return { ...DEFAULT_SANDBOX_SETTINGS, ...Object.fromEntries(given) };
}

/** Everything behind the port, started afresh by `reset`. */
export function createSandboxParts(options: VaultSandboxOptions) {
  const clock = options.clock ?? systemClock;
  const keys = new Set<string>();
  let settings: SandboxSettings;
  let generator = seededRandom(1);
  const settingsNow = (): SandboxSettings => settings;
  const random = { next: (): number => generator.next() };
  const journalSize = options.journalSize ?? 10_000;
  const writes = createWriteLog(journalSize);
  const store = createRecordStore(clock, settingsNow, writes);
  const journal = createJournal(journalSize);
  const limiter = createRateLimiter(clock, () => settings.rateLimit);
  const misbehaviours = createMisbehaviours(random);
  const inFlight = createInFlight(clock);
  const normaliseFields = options.normaliseFields ?? ((_collection, fields) => fields);
  const api = createVaultApi({ store, settings: settingsNow, random, normaliseFields });

  function reset(): void {
    inFlight.drop();
    misbehaviours.clear();
    store.clear();
    journal.clear();
    writes.clear();
    limiter.reset();
    settings = settingsFrom(options);
    generator = seededRandom(options.seed ?? 1);
    keys.clear();
    for (const key of options.apiKeys ?? ['sandbox-key']) keys.add(key);
  }

  function configure(change: Partial<SandboxSettings>): void {
    settings = { ...settings, ...change };
    if (change.rateLimit !== undefined) limiter.reset();
  }

  reset();
  const answer = createApiListener({
    api,
    keys,
    limiter,
    misbehaviours,
    journal,
    inFlight,
    clock,
    settings: settingsNow,
  });
  return {
    clock,
    store,
    writes,
    journal,
    limiter,
    misbehaviours,
    inFlight,
    keys,
    settings: settingsNow,
    reset,
    configure,
    answer,
  };
}

export type SandboxParts = ReturnType<typeof createSandboxParts>;
