import { proveKin } from './account-proof.ts';
import { beginBrowserConnect, endBrowserConnect } from './browser-connect.ts';
import { connect } from './connect.ts';
import { disconnect } from './disconnect.ts';
import type { IntegrationPorts } from './integration.port.ts';
import { listIntegrations, summarise } from './integration-summary.ts';
import { pause, resume } from './pause.ts';
import { deliverNow, listRecords, readRecord } from './records.ts';
import { renewBudgetKeys } from './renew-budget-keys.ts';
import { configure } from './sync-config.ts';
import { cancelRun, listRuns, previewSync, readRun, sync } from './sync.ts';
import { takeChanges } from './take-changes.ts';
import { testConnection } from './test-connection.ts';
import { tailTimeline } from './timeline-tail.ts';

/** Everything that a user can do with their CRMs, each use-case bound to the ports. */
export type Integrations = ReturnType<typeof createIntegrations>;

/** Binds the use-cases to the rest of the program. Each is documented where it is written. */
export function createIntegrations(ports: IntegrationPorts) {
  return {
    catalogue: ports.catalogue,
    list: bind(ports, listIntegrations),
    summarise: bind(ports, summarise),
    connect: bind(ports, connect),
    beginBrowserConnect: bind(ports, beginBrowserConnect),
    endBrowserConnect: bind(ports, endBrowserConnect),
    configure: bind(ports, configure),
    pause: bind(ports, pause),
    resume: bind(ports, resume),
    test: bind(ports, testConnection),
    disconnect: bind(ports, disconnect),
    sync: bind(ports, sync),
    previewSync: bind(ports, previewSync),
    listRuns: bind(ports, listRuns),
    readRun: bind(ports, readRun),
    cancelRun: bind(ports, cancelRun),
    onRunProgress: ports.runs.onProgress.bind(ports.runs),
    listRecords: bind(ports, listRecords),
    readRecord: bind(ports, readRecord),
    deliverNow: bind(ports, deliverNow),
    takeChanges: bind(ports, takeChanges),
    proveKin: bind(ports, proveKin),
    renewBudgetKeys: bind(ports, renewBudgetKeys),
    tailTimeline: bind(ports, tailTimeline),
  };
}

function bind<Rest extends readonly unknown[], Result>(
  ports: IntegrationPorts,
  useCase: (ports: IntegrationPorts, ...rest: Rest) => Result,
): (...rest: Rest) => Result {
  return (...rest) => useCase(ports, ...rest);
}
