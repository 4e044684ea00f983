import { disconnected } from '../domain/connection.ts';
import { ERASED_KINDS, type ErasureCounts, NOTHING_ERASED } from '../state-store/erasure-store.port.ts';
import type { Destruction } from '../state-store/state-store.port.ts';
import { checkTimelines } from './check-timelines.ts';
import type { OperationPorts } from './operation.port.ts';

export interface EraseRequest {
  readonly userId: string;
  /** Counts what stands and changes nothing. */
  readonly dryRun: boolean;
}

/** What one call of an erasure did. */
export interface Erasure {
  readonly userId: string;
  readonly dryRun: boolean;
  readonly removed: ErasureCounts;
  /** What stands for the user after the call. */
  readonly remaining: ErasureCounts;
  /** False: something has to wait, or it was too much for one call; the next call goes on. Also where nothing that is counted is left. */
  readonly complete: boolean;
  /** Of the store's own files; null while it is not complete. */
  readonly bytes: Destruction | null;
  /** Letters of events that could not be read and name no record that is kept: some may be of this user. */
  readonly unknownLetters: number;
  /** When the last of those letters goes by itself, epoch ms. */
  readonly unknownLettersUntil: number;
  /** When the last entry of the audit that names the user goes by itself, epoch ms: entries hold ids and settings only. */
  readonly auditUntil: number;
  /** What Kafka still has, and until when (epoch ms); null without Kafka. */
  readonly kafka: { readonly deadLettersUntil: number; readonly workUntil: number } | null;
}

type Ports = OperationPorts;

const PIECE = 500;
/** How long one call works, ms; the rest is for the next. */
const WORK_MS = 25_000;
const POLL_MS = 250;
/**
 * A connection's document goes this long after the disconnect, ms: whoever read it before, a batch of changes or the walk of a full
 * sync, has written its links by then, and they are found by the connection.
 */
const REST_MS = 10_000;
/** How long hints stay in the topic of work, ms. */
const HINTS_KEPT_MS = 3_600_000;
const MOST_REPLAYS = 10_000;

/**
 * Removes all that is kept of a user. Their work is stopped first, by disconnecting: no call to a CRM begins after that. Nothing is
 * sent to a CRM, so what is there stays. Removal goes in small pieces, so that it can be cut short at any point and called again.
 * Changes of the user that come later are taken in as new: who erases here has erased in Zena before.
 */
export async function eraseUser(ports: Ports, { userId, dryRun }: EraseRequest): Promise<Erasure> {
  const { removed, remaining, checked } = dryRun
    ? { removed: NOTHING_ERASED, remaining: await ports.store.erasure.count(userId), checked: true }
    : await removeWithin(ports, userId, ports.clock.monotonic() + WORK_MS);
  const complete = isNothing(remaining) && checked;
  const { clock, retention, store } = ports;
  // Answers that are kept for repeated requests tell of the user's records.
  if (complete && !dryRun) await store.idempotency.forgetUser(userId);
  const deadLettersUntil = clock.now() + retention.deadLettersMs;
  return {
    userId,
    dryRun,
    removed,
    remaining,
    complete,
    bytes: complete && !dryRun ? await store.shred('everything') : null,
    unknownLetters: await store.erasure.countUnknownLetters(),
    unknownLettersUntil: deadLettersUntil,
    auditUntil: clock.now() + retention.timelineMs,
    kafka: ports.feed === 'kafka' ? { deadLettersUntil, workUntil: clock.now() + HINTS_KEPT_MS } : null,
  };
}

interface Removal {
  readonly removed: ErasureCounts;
  readonly remaining: ErasureCounts;
  /** Whether no entry is left of which nobody knows whose words it holds. */
  readonly checked: boolean;
}

async function removeWithin(ports: Ports, userId: string, until: number): Promise<Removal> {
  const { store, clock } = ports;
  let removed = NOTHING_ERASED;
  for (;;) {
    // What stands of this user's records in the timelines of those who had them before, or meanwhile.
    while (await checkTimelines(store)) {
      if (clock.monotonic() >= until)
        return { removed, remaining: await store.erasure.count(userId), checked: false };
    }
    // Each time anew: the user may connect again meanwhile.
    await stopWork(ports, userId);
    for (;;) {
      const now = clock.now();
      const piece = await store.erasure.remove({ userId, now, restedSince: now - REST_MS, limit: PIECE });
      removed = sum(removed, piece);
      if (isNothing(piece) || clock.monotonic() >= until) break;
    }
    const remaining = await store.erasure.count(userId);
    if (isNothing(remaining) || clock.monotonic() >= until) return { removed, remaining, checked: true };
    await clock.sleep(POLL_MS);
  }
}

/** Disconnects all that stands, ends runs, and ends replays that were asked for this user alone. */
async function stopWork({ store, runs, replays, reconciler, clock }: Ports, userId: string): Promise<void> {
  const owned = await store.connections.listByOwner(userId);
  for (const connection of owned) {
    const { connectionId, status, revision } = connection;
    if (status !== 'disconnected') {
      const stopped = { ...disconnected(connection, clock.now()), revision: revision + 1 };
      // Lost to another writer: the next look finds it as it stands then.
      if (!(await store.connections.replace(stopped, revision))) continue;
      reconciler.connectionChanged(connectionId);
    }
    const open = await store.runs.findOpen(connectionId);
    if (open !== null) await runs.cancel(open.runId);
  }
  const ids = new Set(owned.map(({ connectionId }) => connectionId));
  for (const { replayId, filter } of await store.replays.listRunning(MOST_REPLAYS)) {
    const named = filter.userId === userId || ids.has(filter.connectionId ?? '');
    if (named) await replays.cancel(replayId);
  }
}

function sum(one: ErasureCounts, other: ErasureCounts): ErasureCounts {
  const total = { ...one };
  for (const kind of ERASED_KINDS) total[kind] += other[kind];
  return total;
}

function isNothing(counts: ErasureCounts): boolean {
  return ERASED_KINDS.every((kind) => counts[kind] === 0);
}
