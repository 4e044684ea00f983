import type { AuditEntry } from '../domain/audit-entry.ts';
import type { AuditFilter } from '../state-store/audit-log.port.ts';
import type { Page } from '../domain/page.ts';
import type { OperationPorts } from './operation-ports.ts';

/** Who did what, latest first. */
export function listAudit(
  { store }: Pick<OperationPorts, 'store'>,
  filter: AuditFilter,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<Page<AuditEntry>> {
  return store.audit.list(filter, cursor, limit);
}
