import { hostname } from 'node:os';
import type { LiveOwnership, Ownership } from '../ownership/ownership.port.ts';
import { createShardKeeper, leaseTiming } from '../ownership/shard-keeper.ts';
import { createSoleOwner } from '../ownership/sole-owner.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { StateStore } from '../state-store/state-store.port.ts';

export interface OwnershipParts {
  readonly mode: 'embedded' | 'servers';
  readonly store: StateStore;
  /** The longest that a call to any CRM lasts, ms. */
  readonly longestCallMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly onHeld: (shards: number) => void;
  readonly onError: (event: string, error: unknown) => void;
}

/** A process that does no work owns nothing. */
export const NO_OWNERSHIP: Ownership = { leaseOf: () => null, mayDispatch: () => false };

/** The embedded store's lock makes its process the sole owner; on servers, workers share by leases in the store. */
export function createOwnership({ mode, store, longestCallMs, ...parts }: OwnershipParts): LiveOwnership {
  if (mode === 'embedded') return createSoleOwner(() => store.settings.nextEpoch());
  return createShardKeeper({
    ...parts,
    store,
    label: `${hostname()} ${String(process.pid)}`,
    timing: leaseTiming(longestCallMs),
  });
}
