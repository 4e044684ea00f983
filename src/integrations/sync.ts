import type { Connection } from '../domain/connection.ts';
import type { Page } from '../domain/page.ts';
import { ENDED_RUN_STATUSES } from '../domain/run.ts';
import type { RunProgress, SyncPreview } from '../runs/run-service.port.ts';
import { findIntegration, findSpeaking } from './connection-access.ts';
import { failed, type IntegrationFailure, NOT_FOUND, type Outcome, success } from './integration-failure.ts';
import type { IntegrationPorts } from './integration.port.ts';

type RunPorts = Pick<IntegrationPorts, 'store' | 'catalogue' | 'runs'>;
type SyncPorts = RunPorts & Pick<IntegrationPorts, 'reconciler'>;

export interface SyncAnswer {
  readonly progress: RunProgress;
  /** False while the run goes on; it has ended, or waits for longer than anybody should. */
  readonly settled: boolean;
}

/**
 * Starts a full sync or joins the running one, and waits at most `waitMs` for its end. A CRM that can't be reached is a
 * failure with the run's id: the run itself waits and goes on by itself.
 */
export async function sync(
  ports: SyncPorts,
  userId: string,
  provider: string,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<Outcome<SyncAnswer>> {
  const found = await findSpeaking(ports, userId, provider);
  if (!found.ok) return found;
  const refusal = workRefusal(found.value.connection);
  if (refusal !== null) return failed(refusal);
  const run = await ports.runs.start(found.value.connection);
  ports.reconciler.askNow(run.connectionId);
  const progress =
    waitMs > 0 ? await ports.runs.wait(run.runId, waitMs, signal) : await ports.runs.progress(run.runId);
  if (progress === null) return NOT_FOUND;
  const { status } = progress.run;
  if (status === 'waiting' && waitMs > 0) {
    const connection = await ports.store.connections.read(run.connectionId);
    const failure = waitingFailure(progress, connection);
    return failure === null ? success({ progress, settled: true }) : failed(failure);
  }
  return success({ progress, settled: ENDED_RUN_STATUSES.includes(status) });
}

/** Why a connection takes no work that a person asks for; null when it does. */
export function workRefusal(connection: Connection): IntegrationFailure | null {
  if (connection.status === 'needs_reauth') return { code: 'NEEDS_REAUTH', runId: null };
  return connection.status === 'paused' ? { code: 'CONFLICT', reason: 'paused' } : null;
}

/** Nobody can open the credentials now, whatever the CRM thinks of them. */
const KEYS_AWAY = 'KEYS_UNAVAILABLE';

/**
 * What a waiting run says of the CRM. One that only waits for some records, or was paused, is no failure; one whose calls have
 * all failed is, also before the connection counts as unreachable.
 */
function waitingFailure(
  { run, totals }: RunProgress,
  connection: Connection | null,
): IntegrationFailure | null {
  const { runId, reason } = run;
  if (connection?.status === 'needs_reauth') return { code: 'NEEDS_REAUTH', runId };
  if (connection?.status !== 'active') return null;
  const { state, whoCanFix } = connection.health;
  const nothingWorked = totals.created + totals.updated + totals.deleted + totals.superseded === 0;
  if (state !== 'unreachable' && !(reason === 'RETRYING' && nothingWorked)) return null;
  const isOurs =
    state === 'unreachable' && whoCanFix === 'operator' && connection.health.reason !== KEYS_AWAY;
  const why = isOurs ? 'service_refused' : 'unreachable';
  return { code: 'CRM_FAILED', reason: why, providerStatus: null, retryAfterMs: null, runId };
}

/** What a full sync would do, at most `limit` records in detail; nothing is written and no CRM is called. */
export async function previewSync(
  ports: RunPorts,
  userId: string,
  provider: string,
  limit: number,
): Promise<Outcome<SyncPreview>> {
  const found = await findSpeaking(ports, userId, provider);
  return found.ok ? success(await ports.runs.preview(found.value.connection, limit)) : found;
}

/** The connection's runs, newest first. */
export async function listRuns(
  ports: RunPorts,
  userId: string,
  provider: string,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<Outcome<Page<RunProgress>>> {
  const found = await findIntegration(ports, userId, provider);
  if (!found.ok) return found;
  const page = await ports.store.runs.list(found.value.connection.connectionId, cursor, limit);
  const progress = await Promise.all(page.items.map(({ runId }) => ports.runs.progress(runId)));
  return success({ items: progress.filter((one) => one !== null), nextCursor: page.nextCursor });
}

/** A run of the caller's connection; everything else is `NOT_FOUND`. */
export async function readRun(
  ports: RunPorts,
  userId: string,
  provider: string,
  runId: string,
): Promise<Outcome<RunProgress>> {
  const found = await findIntegration(ports, userId, provider);
  if (!found.ok) return found;
  const { connectionId } = found.value.connection;
  // Before anything is counted: how long a count takes would tell that the run is there, and how large it is.
  const run = await ports.store.runs.read(runId);
  if (run?.connectionId !== connectionId || run.userId !== userId) return NOT_FOUND;
  const progress = await ports.runs.progress(runId);
  return progress === null ? NOT_FOUND : success(progress);
}

/** Ends a run; what it had marked and not sent is dropped. One that had ended stays as it is. */
export async function cancelRun(
  ports: RunPorts,
  userId: string,
  provider: string,
  runId: string,
): Promise<Outcome<RunProgress>> {
  const found = await readRun(ports, userId, provider, runId);
  if (!found.ok) return found;
  await ports.runs.cancel(runId);
  return readRun(ports, userId, provider, runId);
}
