import { contentHash } from '../domain/content-hash.ts';
import type { Connection } from '../domain/connection.ts';
import { LANES, type CreateIntent, type IntentJob, type Link } from '../domain/link.ts';
import { callLane } from '../domain/deciding/lane-shares.ts';
import { firstKeyOf } from '../domain/mapping.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { DispatchRefusal } from '../wire/transport.port.ts';
import type { CompanyGate, Together } from './company/company-parts.ts';
import type { DispatchChecks } from './crm-sessions.port.ts';
import { SEND_MARGIN_MS, type DeliveryParts, type Round } from './round.ts';
import type { SendingGate, SentDraft } from './steps/delivery.ts';

/** A request that leaves so much later than was written, ms, doesn't leave: it could have its effect when it is taken to have none any more. */
const MOST_LATE_MS = SEND_MARGIN_MS / 2;

/** Stands between a delivery and the wire: every request asks here, after limiter, DNS and connect. */
export interface DispatchGate extends DispatchChecks, SendingGate, CompanyGate {}

/**
 * Refuses when the lease on the budget is gone, when the connection changed since the delivery began, when the claim is not ours for
 * long enough to cover the call's deadline, and when the program stops. A create's intent is the last thing that is written before it
 * goes out; the lease is asked for after that, since it alone takes no time.
 */
export function createDispatchGate(
  { store, clock }: Pick<DeliveryParts, 'store' | 'clock'>,
  round: Pick<Round, 'connection' | 'connector' | 'leased' | 'state'>,
  link: Link,
): DispatchGate {
  const { leased, state } = round;
  const { callDeadlineMs } = round.connector.limits;
  const token = link.claim?.token ?? '';
  let claimedUntil = link.claim?.until ?? 0;
  let announced: SentDraft | null = null;
  let intent: CreateIntent | null = null;
  let lastSentUntil: number | null = null;
  let job: IntentJob | null = null;
  let leavesBy = Number.POSITIVE_INFINITY;

  async function claimCovers(until: number): Promise<boolean> {
    if (claimedUntil >= until) return true;
    if (!(await store.links.extendClaim(link.id, token, until))) return false;
    claimedUntil = until;
    return true;
  }

  /** What was written for several requests holds for each that ends by then. */
  const isWritten = (until: number): boolean => job !== null && intent !== null && intent.sentUntil >= until;

  /** The process stood still between what was written and the first byte. */
  const isLate = (): boolean => clock.now() > leavesBy;

  async function covers(calls: number): Promise<DispatchRefusal | null> {
    const sentAt = clock.now();
    leavesBy = sentAt + MOST_LATE_MS;
    const callUntil = sentAt + callDeadlineMs + SEND_MARGIN_MS;
    const sentUntil = callUntil + (calls - 1) * callDeadlineMs;
    if (isWritten(callUntil)) {
      lastSentUntil = intent?.sentUntil ?? sentUntil;
      return null;
    }
    if (!(await claimCovers(sentUntil))) return 'CLAIM_EXPIRED';
    if (announced !== null) {
      const next = withJob(intentOf(announced, sentAt, sentUntil), job);
      if (!(await store.links.beginCreate(link.id, token, next))) return 'CLAIM_EXPIRED';
      intent = next;
    }
    lastSentUntil = sentUntil;
    return null;
  }

  return {
    lane: callLane(link),
    covers,
    async mayDispatch() {
      if (state.stopping) return 'STOPPING';
      if (!(await isUnchanged(store, round.connection))) return 'CONNECTION_CHANGED';
      const refusal = await covers(1);
      return refusal ?? (leased() ? null : 'LEASE_LOST');
    },
    async keepJob(kept) {
      if (intent === null) return false;
      const next = withJob(intent, kept);
      if (!(await store.links.beginCreate(link.id, token, next))) return false;
      [job, intent] = [kept, next];
      return true;
    },
    lookAt(at) {
      if (intent?.job !== undefined) intent = withJob(intent, { ...intent.job, lookAgainAt: at });
    },
    mayStillDispatch: () => stillRefused(round, isLate()),
    isLate,
    announceCreate(draft) {
      announced = draft;
      job = null;
    },
    endCreate() {
      announced = null;
      job = null;
    },
    announceWrite() {
      lastSentUntil = null;
    },
    written: () => intent,
    sentUntil: () => lastSentUntil,
  };
}

/** What this process knows by itself, right before the first byte. */
function stillRefused(
  { leased, state }: Pick<Round, 'leased' | 'state'>,
  isLate: boolean,
): DispatchRefusal | null {
  if (state.stopping) return 'STOPPING';
  if (state.stale) return 'CONNECTION_CHANGED';
  if (isLate) return 'CLAIM_EXPIRED';
  return leased() ? null : 'LEASE_LOST';
}

/** What is asked for several links that go in one request: the connection once, and what is each one's own of each. */
export function togetherGate(
  store: Connections,
  { connection, leased, state }: Pick<Round, 'connection' | 'leased' | 'state'>,
  gates: readonly CompanyGate[],
  calls = 1,
): Together {
  let refused: ReadonlySet<CompanyGate> = new Set();
  const mayStillDispatch = (): DispatchRefusal | null =>
    stillRefused(
      { leased, state },
      gates.some((gate) => gate.isLate()),
    );
  return {
    lane: LANES.find((lane) => gates.some((gate) => gate.lane === lane)) ?? 'sync',
    checks: {
      mayStillDispatch,
      async mayDispatch() {
        refused = new Set();
        if (state.stopping) return 'STOPPING';
        if (!(await isUnchanged(store, connection))) return 'CONNECTION_CHANGED';
        const asked = await Promise.all(gates.map(async (gate) => [gate, await gate.covers(calls)] as const));
        const not = asked.filter(([, refusal]) => refusal !== null);
        refused = new Set(not.map(([gate]) => gate));
        return not[0]?.[1] ?? (leased() ? null : 'LEASE_LOST');
      },
    },
    refused: () => refused,
  };
}

/** Whether a call that is about no record may go out: the probe. What is on its way in stopping still may ask whether the CRM works. */
export function probeChecks(
  store: Connections,
  { connection, leased }: Pick<Round, 'connection' | 'leased'>,
): DispatchChecks {
  const mayStillDispatch = (): DispatchRefusal | null => (leased() ? null : 'LEASE_LOST');
  return {
    mayStillDispatch,
    mayDispatch: async () =>
      (await isUnchanged(store, connection)) ? mayStillDispatch() : 'CONNECTION_CHANGED',
  };
}

type Connections = Pick<StateStore, 'connections'>;

/**
 * Asked of the store: whoever disconnects is in another process. In the embedded one it resolves once all that the delivery saw is on the
 * disk: nothing goes out because of what a power cut takes back.
 */
async function isUnchanged(
  { connections }: Connections,
  { connectionId, epoch }: Connection,
): Promise<boolean> {
  const current = await connections.read(connectionId);
  return current?.epoch === epoch && current.status === 'active';
}

function withJob(intent: CreateIntent, job: IntentJob | null): CreateIntent {
  return job === null ? intent : { ...intent, job };
}

function intentOf(draft: SentDraft, sentAt: number, sentUntil: number): CreateIntent {
  const key = firstKeyOf(draft);
  return {
    keyValue: key?.value ?? null,
    keyHash: key?.hash ?? null,
    bodyHash: contentHash(draft.fields),
    fieldNames: Object.keys(draft.fields),
    share: draft.share,
    sentAt,
    sentUntil,
  };
}
