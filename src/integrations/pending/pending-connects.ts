import { textHash } from '../../domain/content-hash.ts';
import type { PendingConnect, PendingConnects } from './pending-connects.port.ts';

/** People sign in there, and may have to look for their password. */
const PENDING_MS = 10 * 60_000;
const MOST_PENDING = 1_000;
/** So that nobody can push out those of others. */
const MOST_OF_ONE = 5;

interface Entry {
  readonly pending: PendingConnect;
  readonly session: string;
  readonly until: number;
}

export function createPendingConnects(
  clock: { monotonic(): number },
  random: { uuid(): string },
): PendingConnects {
  /** In the order in which they began; by hash, so that nothing is told by how long a comparison takes. */
  const entries = new Map<string, Entry>();
  const forget = (): void => {
    const now = clock.monotonic();
    for (const [key, { until }] of entries) if (until <= now) entries.delete(key);
    for (const [key] of entries) {
      if (entries.size < MOST_PENDING) return;
      entries.delete(key);
    }
  };
  return {
    begin(session, pending) {
      forget();
      const mine = [...entries].filter(([, entry]) => entry.pending.userId === pending.userId);
      for (const [key] of mine.slice(0, Math.max(0, mine.length - MOST_OF_ONE + 1))) entries.delete(key);
      const state = secretOf(random);
      const until = clock.monotonic() + PENDING_MS;
      entries.set(textHash(state), { pending, session: textHash(session), until });
      return state;
    },
    take(session, state) {
      forget();
      const key = textHash(state);
      const entry = entries.get(key);
      if (entry === undefined || entry.session !== textHash(session)) return null;
      entries.delete(key);
      return entry.pending;
    },
  };
}

/** 64 letters and figures, 244 bits of chance. */
export function secretOf({ uuid }: { uuid(): string }): string {
  return `${uuid()}${uuid()}`.replaceAll('-', '');
}
