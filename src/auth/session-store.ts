import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { Principal } from './principal.ts';

/** A session just opened: what goes into the cookie, and until when. */
export interface OpenedSession {
  readonly sessionId: string;
  /** Epoch ms: the token's own end, or 12 hours from now, whichever is first. */
  readonly expiresAt: number;
}

/**
 * The dashboard's sessions, in memory: a restart ends them. Codes and ids are 256 random bits and kept as
 * hashes, so that neither a memory dump nor the time of a comparison gives one away.
 */
export interface SessionStore {
  /** A code that opens one session within 60 seconds, once. */
  issueCode(principal: Principal): string;
  /** Takes the code; null when it is unknown, used or too old. */
  redeemCode(code: string): Principal | null;
  /** Null when the principal's token has ended. */
  open(principal: Principal): OpenedSession | null;
  /** Who a session belongs to; null when it is unknown, closed or over. */
  find(sessionId: string): Principal | null;
  close(sessionId: string): void;
}

const CODE_MS = 60_000;
const SESSION_MS = 12 * 3_600_000;
const MOST_CODES = 1_000;
const MOST_SESSIONS = 10_000;
/** So that nobody can push out the sessions of others. */
const MOST_SESSIONS_OF_ONE = 20;

/** Makes an empty store. */
export function createSessionStore(clock: Clock, random: Random): SessionStore {
  const codes = createExpiringMap<Principal>(MOST_CODES);
  const sessions = createExpiringMap<Principal>(MOST_SESSIONS);
  const newSecret = () => Buffer.from(random.bytes(32)).toString('base64url');
  // By the wall clock, like the token's own end.
  const alive = (principal: Principal | null) =>
    principal !== null && principal.expiresAt > clock.now() ? principal : null;

  return {
    issueCode(principal) {
      const code = newSecret();
      codes.put(hash(code), principal, clock.monotonic() + CODE_MS, clock.monotonic());
      return code;
    },
    redeemCode(code) {
      const key = hash(code);
      const principal = codes.get(key, clock.monotonic());
      codes.delete(key);
      return alive(principal);
    },
    open(principal) {
      if (alive(principal) === null) return null;
      const mine = sessions.keysOf(({ userId }) => userId === principal.userId);
      for (const key of mine.slice(0, Math.max(0, mine.length - MOST_SESSIONS_OF_ONE + 1)))
        sessions.delete(key);
      const sessionId = newSecret();
      sessions.put(hash(sessionId), principal, clock.monotonic() + SESSION_MS, clock.monotonic());
      return { sessionId, expiresAt: Math.min(principal.expiresAt, clock.now() + SESSION_MS) };
    },
    find: (sessionId) => alive(sessions.get(hash(sessionId), clock.monotonic())),
    close: (sessionId) => {
      sessions.delete(hash(sessionId));
    },
  };
}

function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Values by key, each until its end, never more than a number of them. */
interface ExpiringMap<V> {
  /** Keeps a value until `end`; when full, what is over goes first, then the oldest. */
  put(key: string, value: V, end: number, now: number): void;
  /** The value, or null when there is none or its end has come. */
  get(key: string, now: number): V | null;
  delete(key: string): void;
  /** The keys of the values that pass the test, the oldest first. */
  keysOf(test: (value: V) => boolean): readonly string[];
}

/** Makes a map that holds at most `limit` values. */
function createExpiringMap<V>(limit: number): ExpiringMap<V> {
  const entries = new Map<string, { readonly value: V; readonly end: number }>();
  const makeRoom = (now: number) => {
    for (const [key, { end }] of entries) if (end <= now) entries.delete(key);
    for (const key of entries.keys()) {
      if (entries.size < limit) break;
      entries.delete(key);
    }
  };
  return {
    put(key, value, end, now) {
      if (entries.size >= limit) makeRoom(now);
      entries.set(key, { value, end });
    },
    get(key, now) {
      const entry = entries.get(key);
      if (entry && entry.end > now) return entry.value;
      entries.delete(key);
      return null;
    },
    delete: (key) => {
      entries.delete(key);
    },
    keysOf: (test) => [...entries].filter(([, { value }]) => test(value)).map(([key]) => key),
  };
}
