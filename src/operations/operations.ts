import type { AuditEntry } from '../domain/audit-entry.ts';
import type { Page } from '../domain/page.ts';
import type { AuditFilter } from '../state-store/audit-log.port.ts';
import {
  beginReplay,
  cancelReplay,
  discardDeadLetters,
  groupDeadLetters,
  listDeadLetters,
  listReplays,
  planReplay,
  readDeadLetter,
  readReplay,
} from './dead-letters.ts';
import { eraseUser } from './erase-user.ts';
import { listConnections } from './list-connections.ts';
import { listWorkers } from './list-workers.ts';
import type { OperationPorts } from './operation.port.ts';
import { readKeyStatus } from './key-status.ts';
import { rotateKeys } from './rotate-keys.ts';

/** Everything that an operator can do, across users, each use-case bound to the ports. */
export type Operations = ReturnType<typeof createOperations>;

/** Binds the use-cases to the rest of the program. Each is documented where it is written. */
export function createOperations(ports: OperationPorts) {
  return {
    listDeadLetters: bind(ports, listDeadLetters),
    groupDeadLetters: bind(ports, groupDeadLetters),
    readDeadLetter: bind(ports, readDeadLetter),
    discardDeadLetters: bind(ports, discardDeadLetters),
    planReplay: bind(ports, planReplay),
    beginReplay: bind(ports, beginReplay),
    readReplay: bind(ports, readReplay),
    listReplays: bind(ports, listReplays),
    cancelReplay: bind(ports, cancelReplay),
    listAudit: bind(ports, listAudit),
    listConnections: bind(ports, listConnections),
    listWorkers: bind(ports, listWorkers),
    readKeyStatus: bind(ports, readKeyStatus),
    rotateKeys: bind(ports, rotateKeys),
    eraseUser: bind(ports, eraseUser),
  };
}

function bind<Rest extends readonly unknown[], Result>(
  ports: OperationPorts,
  useCase: (ports: OperationPorts, ...rest: Rest) => Result,
): (...rest: Rest) => Result {
  return (...rest) => useCase(ports, ...rest);
}

/** Who did what, latest first. */
function listAudit(
  { store }: Pick<OperationPorts, 'store'>,
  filter: AuditFilter,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<Page<AuditEntry>> {
  return store.audit.list(filter, cursor, limit);
}
