import type { App } from '../base/app-types.ts';
import type { RouteDeps } from './route-deps.ts';
import { beginReplay } from './begin-replay.ts';
import { cancelReplay } from './cancel-replay.ts';
import { cancelRun } from './cancel-run.ts';
import { closeSession } from './close-session.ts';
import { configureIntegration } from './configure-integration.ts';
import { connectIntegration } from './connect-integration.ts';
import { deliverRecord } from './deliver-record.ts';
import { discardDeadLetters } from './discard-dead-letters.ts';
import { disconnectIntegration } from './disconnect-integration.ts';
import { eraseUser } from './erase-user.ts';
import { getDeadLetter } from './get-dead-letter.ts';
import { getKeys } from './get-keys.ts';
import { getLivez } from './get-livez.ts';
import { getMetrics } from './get-metrics.ts';
import { getOpenApi } from './get-openapi.ts';
import { getReadyz } from './get-readyz.ts';
import { getRecord } from './get-record.ts';
import { getReplay } from './get-replay.ts';
import { getRun } from './get-run.ts';
import { getVersion } from './get-version.ts';
import { groupDeadLetters } from './group-dead-letters.ts';
import { listAudit } from './list-audit.ts';
import { listConnections } from './list-connections.ts';
import { listDeadLetters } from './list-dead-letters.ts';
import { listIntegrations } from './list-integrations.ts';
import { listProviders } from './list-providers.ts';
import { listRecords } from './list-records.ts';
import { listReplays } from './list-replays.ts';
import { listRuns } from './list-runs.ts';
import { listWorkers } from './list-workers.ts';
import { openSession } from './open-session.ts';
import { pauseIntegration } from './pause-integration.ts';
import { planReplay } from './plan-replay.ts';
import { postChanges } from './post-changes.ts';
import { resumeIntegration } from './resume-integration.ts';
import { rotateKeys } from './rotate-keys.ts';
import { streamEvents } from './stream-events.ts';
import { streamRun } from './stream-run.ts';
import { syncIntegration } from './sync-integration.ts';
import { testIntegration } from './test-integration.ts';

/** Every route of the API, in the order of the documents. */
const ROUTES: readonly ((app: App, deps: RouteDeps) => void)[] = [
  listProviders,
  listIntegrations,
  connectIntegration,
  configureIntegration,
  pauseIntegration,
  resumeIntegration,
  testIntegration,
  disconnectIntegration,
  syncIntegration,
  listRuns,
  getRun,
  streamRun,
  cancelRun,
  listRecords,
  getRecord,
  deliverRecord,
  postChanges,
  streamEvents,
  listDeadLetters,
  groupDeadLetters,
  getDeadLetter,
  planReplay,
  beginReplay,
  discardDeadLetters,
  listReplays,
  getReplay,
  cancelReplay,
  listConnections,
  listWorkers,
  getKeys,
  rotateKeys,
  eraseUser,
  listAudit,
  openSession,
  closeSession,
  getMetrics,
  getLivez,
  getReadyz,
  getVersion,
  getOpenApi,
];

export function registerRoutes(app: App, deps: RouteDeps): void {
  for (const register of ROUTES) register(app, deps);
}
