import { systemClock, type Clock } from '../../runtime/clock.ts';
import { seededRandom } from '../../runtime/seeded-random.ts';
import { createApiAnswer } from './answer-request.ts';
import { controlReply, isControlPath } from './control/control-api.ts';
import type { SandboxControls } from './control/control-call.ts';
import type { CrmDialect, KitSettings } from './crm-dialect.ts';
import { createInFlight } from './faults/in-flight.ts';
import { createMisbehaviours } from './faults/misbehaviour.ts';
import { errorReply } from './http/http-reply.ts';
import { createInProcessCaller, networkFailure } from './http/in-process-caller.ts';
import { openListener, type Listener, type Respond } from './http/listener.ts';
import { receivedInProcess, type RequestInProcess } from './http/received-request.ts';
import { createJournal, type JournalEntry } from './journal/journal.ts';
import { createWriteLog } from './journal/write-log.ts';
import { createRateLimiter } from './limits/rate-limit.ts';
import { createRecordDesk } from './records/record-desk.ts';
import { createRecordStore } from './records/record-store.ts';

export interface KitOptions {
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
}

export type SandboxOptions<S> = KitOptions & Partial<S>;

/** A CRM that runs. Everything but `down`, `up` and `close` takes effect at once. */
export interface Sandbox<C extends string, S> extends SandboxControls<C, S> {
  /** The origin, without a path. It stays the same over `down` and `up`. */
  readonly url: string;
  /** A request that takes no socket, whatever origin it names: the same answers and failures, by the sandbox's clock alone. */
  fetch(url: string, request?: RequestInProcess): Promise<Response>;
  addKey(apiKey: string): void;
  /** From now on the key is refused, for a request that is being delayed too. */
  revokeKey(apiKey: string): void;
  /** Calls back as each API request arrives, before it is answered; the answer takes the listener away. */
  onRequest(listener: (entry: JournalEntry) => void): () => void;
  /** The CRM is unreachable: stops accepting and closes every connection; waiting work is not done. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

/** One that other processes reach, too. */
export interface ListeningSandbox<C extends string, S> extends Sandbox<C, S> {
  readonly port: number;
}

/** A CRM's sandbox, to be started by who knows nothing of the CRM. */
export interface SandboxKind {
  /** What the command line calls it. */
  readonly id: string;
  /** As the service's routes name it. */
  readonly provider: string;
  /** For people. */
  readonly name: string;
  /** Its collections by Zena's kind of record. Absent, or a kind that is: nothing of it can be listed. */
  readonly holds?: Readonly<Partial<Record<'contact' | 'property' | 'deal', string>>>;
  start(options: {
    readonly port: number;
    readonly host: string;
    readonly apiKey: string;
    /** Whether the limits that the vendor documents are enforced. Default: no. */
    readonly rateLimits?: boolean;
  }): Promise<StartedSandbox>;
}

export interface StartedSandbox {
  /** The vendor's documented base, version path included; what it holds is shown under `/_sandbox/` of its origin. */
  readonly url: string;
  /** What a user enters to connect it. */
  readonly credentials: Readonly<Record<string, string>>;
  /** For clients that aren't ours, where a CRM wants more of them than credentials. */
  readonly client?: Readonly<Record<string, string>>;
  /** What a service needs to reach it; lists are to be joined with what stands there. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** What a sandbox that doesn't listen is called: a name that no resolver knows. */
const NOWHERE = 'http://sandbox.invalid';

/** A CRM in this process: nothing but `fetch` reaches it. */
export function createSandbox<C extends string, S extends KitSettings, D extends object>(
  dialect: CrmDialect<C, S, D>,
  options: SandboxOptions<S>,
): Sandbox<C, S> & D {
  return sandboxOf(openParts(dialect, options), NOWHERE, null);
}

/** A CRM on a port, with its controls under `/_sandbox/`. Rejects with the system's error when the port can't be opened. */
export async function startSandbox<C extends string, S extends KitSettings, D extends object>(
  dialect: CrmDialect<C, S, D>,
  options: SandboxOptions<S>,
): Promise<ListeningSandbox<C, S> & D> {
  const host = options.host ?? '127.0.0.1';
  const parts = openParts(dialect, options);
  const listener = await openListener(parts.respond, options.port ?? 0, host, dialect.maxBodyBytes);
  return { ...sandboxOf(parts, originOf(host, listener.port), listener), port: listener.port };
}

/** Everything behind the port, started afresh by `reset`. */
function openParts<C extends string, S extends KitSettings, D extends object>(
  dialect: CrmDialect<C, S, D>,
  options: SandboxOptions<S>,
) {
  const clock = options.clock ?? systemClock;
  const keys = new Set<string>();
  const initial = settingsFrom(dialect.settingsForm.defaults, options);
  let settings = initial;
  let generator = seededRandom(1);
  const settingsNow = (): S => settings;
  const now = (): number => clock.now();
  const random = { next: (): number => generator.next() };
  const journalSize = options.journalSize ?? 10_000;
  const writes = createWriteLog<C>(journalSize);
  const store = createRecordStore<C>({
    collections: dialect.collections,
    newId: (collection, count) => dialect.newId(collection, count, settings),
    searchLagMs: () => settings.searchLagMs,
    clock,
    log: writes,
  });
  const journal = createJournal(journalSize);
  const limiter = createRateLimiter(clock);
  const misbehaviours = createMisbehaviours(random, dialect.basePath);
  const inFlight = createInFlight(clock);
  const { api, desk, acts = {}, forget } = dialect.open({ store, settings: settingsNow, keys, now, random });

  function reset(): void {
    inFlight.drop();
    misbehaviours.clear();
    store.clear();
    journal.clear();
    writes.clear();
    limiter.reset();
    forget?.();
    settings = initial;
    generator = seededRandom(options.seed ?? 1);
    keys.clear();
    for (const key of options.apiKeys ?? ['sandbox-key']) keys.add(key);
    dialect.furnish?.(store);
  }

  reset();
  const controls: SandboxControls<C, S> = {
    ...createRecordDesk(store, now),
    settings: settingsNow,
    counts: () => journal.counts(),
    overLimit: () => limiter.refused(),
    requests: () => journal.entries(),
    writes: (after) => writes.after(after),
    configure(change) {
      settings = { ...settings, ...change };
      if (change.rateLimit !== undefined) limiter.reset();
    },
    misbehave: (rule) => misbehaviours.add(rule),
    misbehaviours: () => misbehaviours.active(),
    stopMisbehaving(id) {
      if (id !== undefined) return misbehaviours.remove(id);
      misbehaviours.clear();
      return true;
    },
    reset,
  };
  const answerApi = createApiAnswer({ api, limiter, misbehaviours, journal, inFlight, clock });
  const respond: Respond = async (request, caller) => {
    try {
      if (isControlPath(request.path)) caller.send(controlReply(request, dialect, controls, acts));
      else await answerApi(request, caller);
    } catch (error) {
      // A defect of the sandbox (or of a listener) shows at the caller, and does not end the process.
      caller.send(errorReply(500, `The sandbox failed: ${String(error)}`));
    }
  };
  const { maxBodyBytes } = dialect;
  return { controls, desk, keys, journal, inFlight, respond, maxBodyBytes };
}

type SandboxParts<C extends string, S extends KitSettings, D extends object> = ReturnType<
  typeof openParts<C, S, D>
>;

function sandboxOf<C extends string, S extends KitSettings, D extends object>(
  { controls, desk, keys, journal, inFlight, respond, maxBodyBytes }: SandboxParts<C, S, D>,
  url: string,
  listener: Listener | null,
): Sandbox<C, S> & D {
  let isUp = true;

  async function down(): Promise<void> {
    isUp = false;
    inFlight.drop();
    await listener?.down();
  }

  return {
    ...controls,
    ...desk,
    url,
    fetch(target, request = {}) {
      if (!isUp) return Promise.reject(networkFailure('ECONNREFUSED'));
      const { caller, answer } = createInProcessCaller(request.signal);
      if (!caller.isGone) void respond(receivedInProcess(target, request, maxBodyBytes), caller);
      return answer;
    },
    addKey: (apiKey) => void keys.add(apiKey),
    revokeKey: (apiKey) => void keys.delete(apiKey),
    onRequest: (notify) => journal.onRequest(notify),
    down,
    async up() {
      isUp = true;
      await listener?.up();
    },
    close: down,
  };
}

function settingsFrom<S extends object>(defaults: S, options: Partial<S>): S {
  const given = Object.entries(options).filter(
    ([name, value]) => Object.hasOwn(defaults, name) && value !== undefined,
  );
  return { ...defaults, ...Object.fromEntries(given) };
}

function originOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
