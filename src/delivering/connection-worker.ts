import type { RetryPolicy } from '../domain/deciding/after-failure.ts';
import { scopeOf, type Connection } from '../domain/connection.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import { createHealthKeeper, type HealthKeeper } from './connection-health.ts';
import type { DeadLetterTopic } from '../change-feed/dead-letter-topic.port.ts';
import { createConnectionProof } from './connection-proof.ts';
import type { CrmHold, CrmSessions } from './crm-sessions.port.ts';
import type { DeliveryContext, DeliveryEvents } from './round.ts';
import { probeChecks } from './dispatch-gate.ts';
import { drainConnection } from './drain-connection.ts';
import type { KeyedMutex } from './keyed-mutex.ts';
import type { Lease, Ownership } from '../ownership/ownership.port.ts';
import { finishTelling } from './follow-up.ts';
import type { TimelineWriter } from './timeline-writer.ts';
import { wakeReferrers } from './wake-referrers.ts';
import { createWorkerState, type WorkerState } from './worker-state.ts';

export interface WorkerDependencies {
  readonly store: StateStore;
  readonly sessions: CrmSessions;
  readonly mutex: KeyedMutex;
  readonly timeline: TimelineWriter;
  readonly events: DeliveryEvents;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly ownership: Ownership;
  readonly deadLetterTopic: DeadLetterTopic;
  readonly onError: (event: string, error: unknown) => void;
}

/** Works off one connection's due links until none are left. */
export interface ConnectionWorker {
  /** More may have become due. */
  nudge(): void;
  /** Status, credentials or config changed: everything held of it is dropped before the next link. */
  changed(): void;
  /** Takes no new link; resolves when those in hand are settled. */
  stop(): Promise<void>;
  /** A nudge came that it has not acted on; after its end, too late for it. */
  readonly nudged: boolean;
  /** It was told of a change of the connection after it had read it last. */
  readonly stale: boolean;
  /** The lease that it works under; null before it has looked. */
  readonly lease: Lease | null;
  /** Resolves when it has nothing left to do, with whether the connection may be worked on here at all. */
  readonly ended: Promise<WorkerEnd>;
}

/** `not_ours`: the connection's budget is another worker's. */
export type WorkerEnd = 'idle' | 'not_active' | 'not_ours';

/** Links told of a moved CRM id in one go. */
const WAKES_A_PAGE = 100;

export function startConnectionWorker(
  dependencies: WorkerDependencies,
  connectionId: string,
): ConnectionWorker {
  const state = createWorkerState(dependencies.clock);
  const ended = workOff(dependencies, connectionId, state);
  return {
    nudge: () => state.nudge(),
    changed() {
      state.stale = true;
      state.wake();
    },
    async stop() {
      state.stopping = true;
      state.wake();
      await ended.catch(() => undefined);
    },
    get nudged() {
      return state.nudged;
    },
    get stale() {
      return state.stale;
    },
    get lease() {
      return state.lease;
    },
    ended,
  };
}

/** Rounds of work, each with the connection as it stands: a round ends when the connection changed or nothing is due. */
async function workOff(
  dependencies: WorkerDependencies,
  connectionId: string,
  state: WorkerState,
): Promise<WorkerEnd> {
  const { store, sessions, ownership } = dependencies;
  for (;;) {
    state.stale = false;
    const connection = await store.connections.read(connectionId);
    if (connection === null || connection.status !== 'active' || connection.sealed === null)
      return 'not_active';
    if (sessions.definition(connection.provider) === null) return 'not_active';
    const lease = ownership.leaseOf(connection.budgetKey);
    if (lease === null) return 'not_ours';
    state.lease = lease;
    await workRound(dependencies, connection, lease, state);
    if (state.stopping || mayRest(state)) return 'idle';
  }
}

/** Asked after a round: a hint may have come while it ended. */
function mayRest(state: WorkerState): boolean {
  return !state.stale && !state.nudged && !state.again;
}

async function workRound(
  dependencies: WorkerDependencies,
  connection: Connection,
  lease: Lease,
  state: WorkerState,
): Promise<void> {
  const { store, clock } = dependencies;
  const hold = await dependencies.sessions.hold(connection, lease);
  const health = createHealthKeeper(
    store.connections,
    connection,
    () => clock.now(),
    (error) => {
      dependencies.onError('health_write_failed', error);
    },
  );
  const inFlight = new Set<Promise<void>>();
  try {
    const context = contextOf(dependencies, { connection, lease, hold, health, state });
    await finishWakes(context);
    await finishTelling(context);
    await drainConnection(context, health, state, inFlight);
  } finally {
    // Those in hand use this hold and these credentials; the next round opens anew.
    await Promise.all(inFlight);
    await health.settled();
    hold.release();
  }
}

interface Round {
  readonly connection: Connection;
  readonly lease: Lease;
  readonly hold: CrmHold;
  readonly health: HealthKeeper;
  readonly state: WorkerState;
}

function contextOf(dependencies: WorkerDependencies, round: Round): DeliveryContext {
  const { connection, lease, hold, health, state } = round;
  const { clock, random, ownership } = dependencies;
  const definition = dependencies.sessions.definition(connection.provider);
  if (definition === null) throw new TypeError(`no connector for ${connection.provider}`);
  const leased = (): boolean => ownership.mayDispatch(lease);
  const { store } = dependencies;
  return {
    ...dependencies,
    ...{ connection, definition, hold, leased, scope: scopeOf(connection), epoch: lease.epoch },
    now: () => clock.now(),
    chance: () => random.next(),
    newToken: () => random.uuid(),
    stopping: () => state.stopping,
    changed: () => state.stale,
    connectionWorks: createConnectionProof(hold, health, probeChecks({ store, connection, leased })),
    onSuccess: () => {
      health.success();
    },
    onMarked: () => state.nudge(),
    onKept: () => {
      state.again = true;
      state.wake();
    },
    onLeftDue: () => {
      state.leftDue = true;
    },
    onFailure: (failure) => {
      health.failure(failure);
      if (failure.kind === 'unauthorised') state.stale = true;
      if (failure.kind === 'withheld' && CHANGED.includes(failure.code)) state.stale = true;
    },
  };
}

/** What is held of the connection is out of date. */
const CHANGED: readonly string[] = ['CONNECTION_CHANGED', 'KEYS_UNAVAILABLE', 'LEASE_LOST'];

/** Tells on where a predecessor died between moving a CRM id and telling of it. */
async function finishWakes(context: DeliveryContext): Promise<void> {
  for (;;) {
    const links = await context.store.links.pendingWakes(context.scope, WAKES_A_PAGE);
    for (const link of links) await wakeReferrers(context, link);
    if (links.length < WAKES_A_PAGE) return;
  }
}
