import type { ConnectorDefinition } from '../connectors/connector.port.ts';
import type { Connection, Scope } from '../domain/connection.ts';
import type { DeadLetterTopic } from '../change-feed/dead-letter-topic.port.ts';
import type { RetryPolicy } from '../domain/deciding/after-failure.ts';
import type { Failure } from '../domain/outcome.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { CrmHold } from './crm-sessions.port.ts';
import type { KeyedMutex } from './keyed-mutex.ts';
import type { TimelineWriter } from './timeline-writer.ts';

/** What the program tells about deliveries; must not throw. */
export interface DeliveryEvents {
  /** A change stands in the CRM, `latencyMs` after it was accepted. */
  delivered(latencyMs: number | null): void;
  deadLettered(code: string): void;
  stray(): void;
}

/** Everything that a delivery of one connection needs; made anew whenever the connection changes. */
export interface DeliveryContext {
  readonly store: StateStore;
  readonly connection: Connection;
  readonly scope: Scope;
  readonly definition: ConnectorDefinition;
  readonly hold: CrmHold;
  readonly mutex: KeyedMutex;
  readonly timeline: TimelineWriter;
  readonly events: DeliveryEvents;
  readonly retry: RetryPolicy;
  readonly deadLetterTopic: DeadLetterTopic;
  /** The lease's epoch, for its claims. */
  readonly epoch: number;
  readonly newToken: () => string;
  readonly onError: (event: string, error: unknown) => void;
  /** Epoch ms. */
  readonly now: () => number;
  /** 0 to 1, for jitter. */
  readonly chance: () => number;
  /** True once no further request may go out. */
  readonly stopping: () => boolean;
  /** True once this process knows that the connection is not what it was at the begin of the round. Local, without I/O. */
  readonly changed: () => boolean;
  /** Whether the lease on the connection's budget still lets requests out. Local, without I/O. */
  readonly leased: () => boolean;
  /** Whether the connection works apart from a call that began at `since` (epoch ms) and failed; may ask the CRM. */
  readonly connectionWorks: (since: number) => Promise<boolean>;
  /** More links of this connection may be due now. */
  readonly onMarked: () => void;
  /** A link changed while it was delivered: it is due as it stands. */
  readonly onKept: () => void;
  /** A delivery ended without bringing its link to rest: it may be due again already. */
  readonly onLeftDue: () => void;
  /** The connection's part in an outcome: its health, its status. */
  readonly onSuccess: () => void;
  readonly onFailure: (failure: Failure) => void;
}

/** Past a call's deadline, how long an effect of it may still appear: clocks, kernels, proxies. */
export const SEND_MARGIN_MS = 2_000;
