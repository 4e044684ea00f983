import type { RunProgress } from '../runs/run-service.port.ts';
import type { Page } from '../domain/page.ts';
import { findIntegration } from './connection-access.ts';
import type { IntegrationPorts } from './integration-ports.ts';
import { NOT_FOUND, type Outcome, success } from './integration-failure.ts';

/** The connection's runs, newest first. */
export async function listRuns(
  ports: IntegrationPorts,
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
  ports: IntegrationPorts,
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
  ports: IntegrationPorts,
  userId: string,
  provider: string,
  runId: string,
): Promise<Outcome<RunProgress>> {
  const found = await readRun(ports, userId, provider, runId);
  if (!found.ok) return found;
  await ports.runs.cancel(runId);
  return readRun(ports, userId, provider, runId);
}
