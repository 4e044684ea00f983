import { contentHash } from '../domain/content-hash.ts';
import type { Connection } from '../domain/connection.ts';
import type { CreateIntent, Link } from '../domain/link.ts';
import { firstKeyOf } from '../domain/mapping.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { DispatchRefusal } from '../wire/transport.port.ts';
import type { DispatchChecks } from './crm-sessions.port.ts';
import { SEND_MARGIN_MS, type DeliveryParts, type Round } from './round.ts';
import type { SendingGate, SentDraft } from './steps/delivery.ts';

/** Stands between a delivery and the wire: every request asks here, after limiter, DNS and connect. */
export interface DispatchGate extends DispatchChecks, SendingGate {}

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

  async function claimCovers(until: number): Promise<boolean> {
    if (claimedUntil >= until) return true;
    if (!(await store.links.extendClaim(link.id, token, until))) return false;
    claimedUntil = until;
    return true;
  }

  return {
    async mayDispatch() {
      if (state.stopping) return 'STOPPING';
      if (!(await isUnchanged(store, round.connection))) return 'CONNECTION_CHANGED';
      const sentAt = clock.now();
      const sentUntil = sentAt + callDeadlineMs + SEND_MARGIN_MS;
      if (!(await claimCovers(sentUntil))) return 'CLAIM_EXPIRED';
      if (announced !== null) {
        const next = intentOf(announced, sentAt, sentUntil);
        if (!(await store.links.beginCreate(link.id, token, next))) return 'CLAIM_EXPIRED';
        intent = next;
      }
      if (!leased()) return 'LEASE_LOST';
      lastSentUntil = sentUntil;
      return null;
    },
    mayStillDispatch() {
      if (state.stopping) return 'STOPPING';
      if (state.stale) return 'CONNECTION_CHANGED';
      return leased() ? null : 'LEASE_LOST';
    },
    announceCreate(draft) {
      announced = draft;
    },
    endCreate() {
      announced = null;
    },
    announceWrite() {
      lastSentUntil = null;
    },
    written: () => intent,
    sentUntil: () => lastSentUntil,
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
