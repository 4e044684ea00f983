import type { Connection, ConnectionHealth } from '../domain/connection.ts';
import type { Failure } from '../domain/outcome.ts';
import type { ConnectionStore } from '../state-store/connection-store.port.ts';

/** Keeps a connection's health current: written when it changes, never for each call. */
export interface HealthKeeper {
  success(): void;
  /** The CRM took `authenticate`, which shows that the credentials are good, and not that records get through. */
  verified(): void;
  failure(failure: Failure): void;
  /** The CRM let nothing through for a while. What is known to be the operator's matter stays so until a call says something else. */
  unreachable(reason: string, whoCanFix: 'crm' | 'operator'): void;
  /** Epoch ms of the last call that got through; null before one did. */
  readonly lastSuccessAt: number | null;
  /** Resolves when everything said so far is stored. */
  settled(): Promise<void>;
}

/** So many failures in a row mean the CRM, not a record. */
const UNREACHABLE_AFTER = 3;

/** Sealed credentials that this process can't open: no user can mend that. */
const OPERATORS_MATTER: readonly string[] = ['CREDENTIALS_UNREADABLE', 'CREDENTIALS_ABSENT'];

export function createHealthKeeper(
  store: ConnectionStore,
  connection: Connection,
  now: () => number,
  onError: (error: unknown) => void,
): HealthKeeper {
  /** What is stored as far as we know; null after a write that failed: the next sign is written whatever it says. */
  let known: Pick<ConnectionHealth, 'state' | 'whoCanFix'> | null = connection.health;
  let lastSuccessAt: number | null = null;
  let failures = 0;
  let pending: Promise<void> = Promise.resolve();

  const enqueue = (work: () => Promise<void>): void => {
    pending = pending.then(work).catch(onError);
  };
  const become = (health: Omit<ConnectionHealth, 'since'>): void => {
    if (known?.state === health.state && known.whoCanFix === health.whoCanFix) return;
    known = health;
    const since = now();
    enqueue(async () => {
      try {
        await writeHealth(store, connection, { ...health, since });
      } catch (error) {
        known = null;
        throw error;
      }
    });
  };

  return {
    get lastSuccessAt() {
      return lastSuccessAt;
    },
    verified() {
      lastSuccessAt = now();
    },
    success() {
      failures = 0;
      lastSuccessAt = now();
      become({ state: 'healthy', reason: null, whoCanFix: 'nobody_needed' });
    },
    failure(failure) {
      // One record's, or one call's: the connection works.
      if (failure.whose === 'record' || failure.whose === 'request') return;
      // Said with its judgement.
      if (failure.whose === 'outage') return;
      if (failure.whose === 'application') {
        become({ state: 'unreachable', reason: failure.code, whoCanFix: 'operator' });
      } else if (failure.kind === 'unauthorised') {
        const whoCanFix = OPERATORS_MATTER.includes(failure.code) ? 'operator' : 'user';
        become({ state: 'needs_reauth', reason: failure.code, whoCanFix });
      } else if (failure.kind === 'withheld' && failure.code === 'KEYS_UNAVAILABLE') {
        become({ state: 'unreachable', reason: failure.code, whoCanFix: 'operator' });
      } else if (failure.kind === 'rate_limited') {
        become({ state: 'rate_limited', reason: failure.code, whoCanFix: 'nobody_needed' });
      } else if (failure.kind === 'rejected' && failure.status !== null) {
        // Whoever refuses a record is there.
        failures = 0;
      } else if (failure.kind === 'retry_later' || failure.kind === 'ambiguous') {
        failures += 1;
        if (failures >= UNREACHABLE_AFTER)
          become({ state: 'unreachable', reason: failure.code, whoCanFix: 'crm' });
      }
    },
    unreachable(reason, whoCanFix) {
      if (whoCanFix === 'operator' || known?.state !== 'unreachable')
        become({ state: 'unreachable', reason, whoCanFix });
    },
    settled: () => pending,
  };
}

/** By compare-and-set, and only while the connection is the one that was spoken to: a new key must not inherit an old refusal. */
async function writeHealth(
  store: ConnectionStore,
  spokenTo: Connection,
  health: ConnectionHealth,
): Promise<void> {
  for (;;) {
    const current = await store.read(spokenTo.connectionId);
    if (current === null || current.epoch !== spokenTo.epoch) return;
    const refused = health.state === 'needs_reauth' && current.status === 'active';
    const next: Connection = {
      ...current,
      health,
      status: refused ? 'needs_reauth' : current.status,
      revision: current.revision + 1,
    };
    if (await store.replace(next, current.revision)) return;
  }
}
