import { syncsKind, type Connection } from '../connection.ts';
import type { Link } from '../link.ts';
import type { Draft } from '../mapping.ts';
import { changedFields } from './plan-linked.ts';
import type { ZenaRecord } from '../record.ts';

/** What a full sync makes of a record before it asks anybody: by what is stored alone. */
export type SyncLook =
  | { readonly action: 'skip'; readonly reason: 'not_synced' | 'not_owner' | 'deleted' | 'kept_in_crm' }
  | { readonly action: 'unchanged' }
  | { readonly action: 'create_or_adopt' }
  | { readonly action: 'update'; readonly changed: readonly string[] }
  | { readonly action: 'delete' };

export function lookAtRecord(
  connection: Pick<Connection, 'owner' | 'syncConfig'>,
  record: ZenaRecord,
  link: Link | null,
  draft: Draft | null,
): SyncLook {
  if (record.userId !== connection.owner.id) return { action: 'skip', reason: 'not_owner' };
  if (!syncsKind(connection.syncConfig, record.kind)) return { action: 'skip', reason: 'not_synced' };
  const remote = link?.remote ?? null;
  if (record.deleted || draft === null) {
    if (remote === null && (link?.intent ?? null) === null) return { action: 'skip', reason: 'deleted' };
    const { deletions } = connection.syncConfig;
    // What an unanswered create may have made was made by this connection.
    const made = remote === null || remote.origin === 'created';
    const deletes = deletions === 'all' || (deletions === 'created' && made);
    return deletes ? { action: 'delete' } : { action: 'skip', reason: 'kept_in_crm' };
  }
  if (link === null || remote === null) return { action: 'create_or_adopt' };
  if (link.shadow !== null && link.shadow.hash === draft.hash && link.nextAt === null)
    return { action: 'unchanged' };
  return { action: 'update', changed: changedFields(link.shadow?.fields ?? null, draft.fields) };
}
