import type { CrmConnector } from '../../connectors/connector.port.ts';
import type { RetryPolicy } from '../../domain/deciding/after-failure.ts';
import type { RecordKey } from '../../domain/entity.ts';
import type { Lane, Link } from '../../domain/link.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';
import type { StateStore } from '../../state-store/state-store.port.ts';
import type { CrmLooks } from './crm-looks.ts';
import type { KinWrites } from './kin-writes.ts';
import type { WholeListings } from './whole-listings.ts';

/** What the steps stand on. */
export interface StepParts {
  readonly store: StateStore;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly connector: CrmConnector;
  /** Told of each call that the CRM answered well. */
  readonly health: { success(): void };
  readonly looks: CrmLooks;
  readonly listings: WholeListings;
  readonly kin: KinWrites;
  /** Asks for another look at the links of these records, in this connection. */
  /** Tells the records that point at this one that its CRM id changed. */
  readonly wakeReferrers: (link: Pick<Link, 'id' | 'key' | 'nextAt'>) => Promise<void>;
  readonly markLooks: (keys: readonly RecordKey[], lane: Lane) => Promise<void>;
}
