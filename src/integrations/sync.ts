import type { Connection } from '../domain/connection.ts';
import { ENDED_RUN_STATUSES } from '../domain/run.ts';
import type { RunProgress, SyncPreview } from '../runs/run-service.port.ts';
import { findIntegration } from './connection-access.ts';
import type { IntegrationPorts } from './integration-ports.ts';
import { failed, type IntegrationFailure, NOT_FOUND, type Outcome, success } from './integration-failure.ts';

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
  ports: IntegrationPorts,
  userId: string,
  provider: string,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<Outcome<SyncAnswer>> {
  const found = await findIntegration(ports, userId, provider);
  if (!found.ok) return found;
  const refusal = workRefusal(found.value.connection);
  if (refusal !== null) return failed(refusal);
  const run = await ports.runs.start(found.value.connection);
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

/**
 * What a waiting run says of the CRM. One that only waits for some records, or was paused, is no failure; one whose calls have
 * all failed is, also before the connection counts as unreachable.
 */
function waitingFailure(
  { run, totals }: RunProgress,
  connection: Connection | null,
): IntegrationFailure | null {
  const { runId } = run;
  if (connection?.status === 'needs_reauth') return { code: 'NEEDS_REAUTH', runId };
  if (connection?.status !== 'active') return null;
  const nothingWorked = totals.created + totals.updated + totals.deleted + totals.superseded === 0;
  if (connection.health.state !== 'unreachable' && !(totals.retrying > 0 && nothingWorked)) return null;
  return { code: 'CRM_FAILED', reason: 'unreachable', providerStatus: null, retryAfterMs: null, runId };
}

/** What a full sync would do, at most `limit` records in detail; nothing is written and no CRM is called. */
export async function previewSync(
  ports: IntegrationPorts,
  userId: string,
  provider: string,
  limit: number,
): Promise<Outcome<SyncPreview>> {
  const found = await findIntegration(ports, userId, provider);
  return found.ok ? success(await ports.runs.preview(found.value.connection, limit)) : found;
}
