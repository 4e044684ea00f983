import type { Connection } from '../domain/connection.ts';
import type { ProofEnd } from '../integrations/account-proof.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import { startPeriodicLoop } from '../runtime/periodic-loop.ts';
import type { StateStore } from '../state-store/state-store.port.ts';

const RENEW_EVERY_MS = 60_000;
/** How soon after something was linked it is tried whose account that is. */
const PROVE_EVERY_MS = 5_000;
/** After so many tries it waits until the connection is worked on again. */
const MOST_TRIES = 24;

/** Connections of which it may have to be found out which others are of their account. */
export interface UnprovenConnections {
  /** A connection is worked on here. */
  notice(this: void, connection: Connection): void;
  ids(): readonly string[];
  /** It came to an end under the connection's present credentials. */
  ended(connection: Connection): void;
  /** It is tried again, within bounds. */
  triedInVain(connectionId: string): void;
  forget(connectionId: string): void;
}

export function createUnprovenConnections(): UnprovenConnections {
  /** By connection: the epoch that was tried to the end. */
  const tried = new Map<string, number>();
  /** By connection: how often it was tried in vain since it was last worked on. */
  const pending = new Map<string, number>();
  return {
    notice({ connectionId, epoch }) {
      if (tried.get(connectionId) !== epoch) pending.set(connectionId, 0);
    },
    ids: () => [...pending.keys()],
    ended({ connectionId, epoch }) {
      pending.delete(connectionId);
      tried.set(connectionId, epoch);
    },
    triedInVain(connectionId) {
      const tries = (pending.get(connectionId) ?? 0) + 1;
      if (tries < MOST_TRIES) pending.set(connectionId, tries);
      else pending.delete(connectionId);
    },
    forget: (connectionId) => void pending.delete(connectionId),
  };
}

export interface AccountUpkeepParts {
  readonly renewBudgetKeys: () => Promise<void>;
  readonly proveKin: (connection: Connection) => Promise<ProofEnd>;
  readonly unproven: UnprovenConnections;
  readonly store: Pick<StateStore, 'connections'>;
  readonly clock: Clock;
  readonly onError: (event: string, error: unknown) => void;
}

/**
 * What a worker does for connections beside their work: brings what older programs wrote of their keys to this one's form (they may still
 * run), and finds out which of them are of one account.
 */
export function startAccountUpkeep(parts: AccountUpkeepParts, lifecycle: Lifecycle): void {
  const { clock, onError } = parts;
  const renewing = startPeriodicLoop({
    run: parts.renewBudgetKeys,
    waitMs: RENEW_EVERY_MS,
    clock,
    onError: (error) => {
      onError('budget_keys_not_renewed', error);
    },
  });
  lifecycle.own('renewing of budget keys', () => renewing.stop());
  const proving = startPeriodicLoop({
    run: (signal) => proveAll(parts, signal),
    waitMs: PROVE_EVERY_MS,
    clock,
    onError: (error) => {
      onError('accounts_not_proven', error);
    },
  });
  lifecycle.own('proofs of accounts', () => proving.stop());
}

async function proveAll(
  { unproven, store, proveKin }: AccountUpkeepParts,
  signal: AbortSignal,
): Promise<void> {
  for (const connectionId of unproven.ids()) {
    if (signal.aborted) return;
    const connection = await store.connections.read(connectionId);
    if (connection === null) unproven.forget(connectionId);
    else if ((await proveKin(connection)) === 'done') unproven.ended(connection);
    else unproven.triedInVain(connectionId);
  }
}
