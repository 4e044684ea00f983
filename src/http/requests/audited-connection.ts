import type { AuditedSettings } from '../../domain/audit-entry.ts';
import type { Connection } from '../../domain/connection.ts';
import type { ActDetails } from './audit.ts';

/** A change of a connection for the audit: which, and its settings before and after. Null: there was none before. */
export function auditedChange({
  connection,
  before,
}: {
  readonly connection: Connection;
  readonly before: Connection | null;
}): ActDetails {
  return {
    resource: { kind: 'connection', id: connection.connectionId },
    settings: { before: before === null ? null : settingsOf(before), after: settingsOf(connection) },
  };
}

/** Field by field: what isn't named here is never recorded. */
function settingsOf({ status, instanceUrl, syncConfig }: Connection): AuditedSettings {
  const { syncContacts, syncProperties, syncDeals, syncDirection, deletions } = syncConfig;
  return { status, instanceUrl, syncContacts, syncProperties, syncDeals, syncDirection, deletions };
}
