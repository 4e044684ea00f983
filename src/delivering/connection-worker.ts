import { scopeOf, type Connection } from '../domain/connection.ts';
import { pieceOfWork, workFor } from '../runtime/loop-turns.ts';
import type { Lease } from '../ownership/ownership.port.ts';
import { createHealthKeeper } from './connection-health.ts';
import { createLinkDelivery } from './deliver-link.ts';
import { createCompany, type Company } from './company/company.ts';
import { probeChecks, togetherGate } from './dispatch-gate.ts';
import { drainConnection } from './drain-connection.ts';
import { createFollowUp } from './follow-up.ts';
import { createJudge } from './judge-refusal.ts';
import type { DeliveryParts, Round } from './round.ts';
import { createWorkerState, type WorkerState } from './worker-state.ts';

/** Works off one connection's due links until none are left. */
export interface ConnectionWorker {
  /** What it may be told, and what it says of itself; after its end, too late for it. */
  readonly state: WorkerState;
  /** Resolves when it has nothing left to do, with whether the connection may be worked on here at all. */
  readonly ended: Promise<WorkerEnd>;
}

/** `not_ours`: the connection's budget is another worker's. */
export type WorkerEnd = 'idle' | 'not_active' | 'not_ours';

export function startConnectionWorker(parts: DeliveryParts, connectionId: string): ConnectionWorker {
  const state = createWorkerState(parts.clock);
  return { state, ended: workOff(parts, connectionId, state) };
}

/** Rounds of work, each with the connection as it stands: a round ends when the connection changed or nothing is due. */
async function workOff(parts: DeliveryParts, connectionId: string, state: WorkerState): Promise<WorkerEnd> {
  const { store, sessions, ownership } = parts;
  for (;;) {
    state.stale = false;
    const connection = await store.connections.read(connectionId);
    if (connection === null || connection.status !== 'active' || connection.sealed === null)
      return 'not_active';
    if (sessions.connector(connection) === null) return 'not_active';
    const lease = ownership.leaseOf(connection.budgetKey);
    if (lease === null) return 'not_ours';
    state.lease = lease;
    await workFor(connection.owner.id, () => workRound(parts, connection, lease, state));
    if (state.stopping || mayRest(state)) return 'idle';
  }
}

/** Asked after a round: a hint may have come while it ended. */
function mayRest(state: WorkerState): boolean {
  return !state.stale && !state.nudged && !state.again;
}

async function workRound(
  parts: DeliveryParts,
  connection: Connection,
  lease: Lease,
  state: WorkerState,
): Promise<void> {
  const round = await openRound(parts, connection, lease, state);
  const inFlight = new Set<Promise<void>>();
  try {
    const followUp = createFollowUp(parts, round);
    await followUp.finish();
    const company = openCompany(parts, round);
    const deliver = createLinkDelivery(parts, round, followUp, company);
    // What claims them goes before what is claimed: all that is new waits for it.
    await pieceOfWork(true, () => drainConnection(parts, round, { deliver, company, inFlight }));
  } finally {
    // Those in hand use this hold and these credentials; the next round opens anew.
    await Promise.all(inFlight);
    await round.health.settled();
    round.hold.release();
  }
}

/** Null: the CRM takes one record a call. */
function openCompany({ store, clock }: Pick<DeliveryParts, 'store' | 'clock'>, round: Round): Company | null {
  const { connector, hold, judge, state } = round;
  return createCompany(connector, {
    clock,
    judge,
    open: ({ lane, checks }) => hold.open({ lane, ...checks, over: state.over }),
    together: (gates, calls) => togetherGate(store, round, gates, calls),
  });
}

async function openRound(
  { store, sessions, ownership, clock, outlets }: DeliveryParts,
  connection: Connection,
  lease: Lease,
  state: WorkerState,
): Promise<Round> {
  const connector = sessions.connector(connection);
  if (connector === null) throw new TypeError(`no connector for ${connection.provider}`);
  const hold = await sessions.hold(connection, lease);
  const health = createHealthKeeper(
    store.connections,
    connection,
    () => clock.now(),
    (error) => {
      outlets.onError('health_write_failed', error);
    },
  );
  const leased = (): boolean => ownership.mayDispatch(lease);
  const { judge, endDoubt } = createJudge(hold, health, probeChecks(store, { connection, leased }));
  const scope = scopeOf(connection);
  return { connection, scope, connector, hold, lease, leased, health, judge, endDoubt, state };
}
