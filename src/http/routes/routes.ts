import type { App } from '../base/app-types.ts';
import type { RouteDeps } from './route-deps.ts';
import {
  authorizeInBrowser,
  beginInBrowser,
  browserCallbackPage,
  finishInBrowser,
} from './browser-connect.ts';
import { postChanges } from './changes.ts';
import { discardDeadLetters, getDeadLetter, groupDeadLetters, listDeadLetters } from './dead-letters.ts';
import { streamEvents } from './events.ts';
import {
  configureIntegration,
  connectIntegration,
  disconnectIntegration,
  listIntegrations,
  listProviders,
  pauseIntegration,
  resumeIntegration,
  testIntegration,
} from './integrations.ts';
import { getKeys, rotateKeys } from './keys.ts';
import { getOpenApi } from './openapi.ts';
import { eraseUser, listAudit, listConnections, listWorkers } from './operations.ts';
import { deliverRecord, getRecord, listRecords } from './records.ts';
import { beginReplay, cancelReplay, getReplay, listReplays, planReplay } from './replays.ts';
import { cancelRun, getRun, listRuns, streamRun, syncIntegration } from './runs.ts';
import { getLivez, getMetrics, getReadyz, getVersion } from './service.ts';
import { closeSession, openSession } from './session.ts';

/** Every route of the API, in the order of the documents. */
const ROUTES: readonly ((app: App, deps: RouteDeps) => void)[] = [
  listProviders,
  listIntegrations,
  connectIntegration,
  authorizeInBrowser,
  beginInBrowser,
  browserCallbackPage,
  finishInBrowser,
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
