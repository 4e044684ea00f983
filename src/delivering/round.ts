import type { DeadLetterTopic } from '../change-feed/dead-letter-topic.port.ts';
import type { CrmConnector } from '../connectors/connector.port.ts';
import type { Connection, Scope } from '../domain/connection.ts';
import type { RetryPolicy } from '../domain/deciding/after-failure.ts';
import type { EntityKind } from '../domain/entity.ts';
import type { LinkId } from '../domain/link.ts';
import type { Failure } from '../domain/outcome.ts';
import type { Lease, Ownership } from '../ownership/ownership.port.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { ByteRoom } from './byte-room.ts';
import type { HealthKeeper } from './connection-health.ts';
import type { JudgeRefusal } from './judge-refusal.ts';
import type { CrmHold, CrmSessions } from './crm-sessions.port.ts';
import type { KeyedMutex } from '../runtime/keyed-mutex.ts';
import type { LeftClaims } from './steps/left-claims.ts';
import type { Suspects } from './suspects.ts';
import type { TimelineWriter } from './timeline-writer.ts';
import type { WorkerState } from './worker-state.ts';

/** What deliveries stand on, the same for every connection. */
export interface DeliveryParts {
  readonly store: StateStore;
  readonly sessions: CrmSessions;
  readonly ownership: Ownership;
  readonly mutex: KeyedMutex;
  /** For what deliveries hold at once, over all connections. */
  readonly room: ByteRoom;
  /** Records that a process died with in hand, over all connections. */
  readonly suspects: Suspects;
  readonly leftClaims: LeftClaims;
  /** Connections of which more is being marked that is to go together, and how often that was said. */
  readonly gathering: ReadonlyMap<string, number>;
  readonly outlets: DeliveryOutlets;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly random: Random;
}

/** Where deliveries tell what became of them. */
export interface DeliveryOutlets {
  readonly timeline: TimelineWriter;
  readonly deadLetterTopic: DeadLetterTopic;
  readonly events: DeliveryEvents;
  readonly onError: (event: string, error: unknown) => void;
}

/** What the program counts of deliveries; must not throw. */
export interface DeliveryEvents {
  /** A change stands in the CRM, `latencyMs` after it was accepted. */
  delivered(latencyMs: number | null): void;
  deadLettered(code: string): void;
  stray(): void;
  /** A record failed for the first time since it was well, was refused by the CRM, or is given up. Absent: nobody wants to know. */
  readonly troubled?: (trouble: RecordTrouble) => void;
}

/** What is worth a line in the log, of one record in one CRM. */
export interface RecordTrouble {
  readonly what: 'failed' | 'refused' | 'given_up';
  readonly connectionId: string;
  readonly provider: string;
  readonly kind: EntityKind;
  readonly entityId: string;
  readonly linkId: LinkId;
  readonly code: string;
}

/** One connection as it stands, and what it is spoken through; made anew whenever the connection changes. */
export interface Round {
  readonly connection: Connection;
  readonly scope: Scope;
  readonly connector: CrmConnector;
  readonly hold: CrmHold;
  readonly lease: Lease;
  /** Whether the lease still lets requests out. Local, without I/O. */
  readonly leased: () => boolean;
  readonly health: HealthKeeper;
  /** Whose a failure is; may ask the CRM. What the verbs of a delivery's kind end in was judged already. */
  readonly judge: JudgeRefusal;
  /** Asks the CRM about credentials that were in doubt while it wanted a pause: the refusal, or null where there is none. */
  readonly endDoubt: () => Promise<Failure | null>;
  readonly state: WorkerState;
}

/** Past a call's deadline, how long an effect of it may still appear: clocks, kernels, proxies. */
export const SEND_MARGIN_MS = 2_000;

/** What is held of the connection is out of date. */
const CHANGED: readonly string[] = ['CONNECTION_CHANGED', 'KEYS_UNAVAILABLE', 'LEASE_LOST'];

/** The connection's part in a failure: its health, and whether it has to be read anew. */
export function tellFailure({ health, state }: Pick<Round, 'health' | 'state'>, failure: Failure): void {
  health.failure(failure);
  // Also one that may have taken effect all the same, and so keeps its kind.
  if (failure.whose === 'application') return;
  if (failure.kind === 'unauthorised' || (failure.whose === 'account' && failure.kind !== 'rate_limited'))
    state.stale = true;
  if (failure.kind === 'withheld' && CHANGED.includes(failure.code)) state.stale = true;
}
