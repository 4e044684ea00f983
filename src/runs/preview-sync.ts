import type { CrmConnector } from '../connectors/connector.port.ts';
import type { Connection } from '../domain/connection.ts';
import type { Json } from '../domain/json.ts';
import { recordTitle } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { PreviewItem, SyncPreview } from './run-service.port.ts';
import { walkPage, type WalkedRecord } from './sync-walk.ts';

/** What a full sync would do, record by record and field by field, from what is stored alone. */
export async function previewSync(
  store: StateStore,
  connection: Connection,
  connector: CrmConnector,
  limit: number,
): Promise<SyncPreview> {
  const counts = {
    total: 0,
    wouldCreateOrAdopt: 0,
    wouldUpdate: 0,
    wouldDelete: 0,
    unchanged: 0,
    skipped: 0,
  };
  const items: PreviewItem[] = [];
  let truncated = false;
  let cursor: Run['cursor'] = { kind: 'contact', after: null };
  while (cursor !== null) {
    const { walked, next } = await walkPage(store, connection, connector, cursor);
    for (const one of walked) {
      counts.total += 1;
      count(counts, one.look.action);
      const item = itemOf(one);
      if (item === null) continue;
      if (items.length < limit) items.push(item);
      else truncated = true;
    }
    cursor = next;
  }
  return { ...counts, items, truncated };
}

type Counts = { -readonly [K in keyof Omit<SyncPreview, 'items' | 'truncated'>]: number };

function count(counts: Counts, action: WalkedRecord['look']['action']): void {
  if (action === 'create_or_adopt') counts.wouldCreateOrAdopt += 1;
  else if (action === 'update') counts.wouldUpdate += 1;
  else if (action === 'delete') counts.wouldDelete += 1;
  else if (action === 'unchanged') counts.unchanged += 1;
  else counts.skipped += 1;
}

function itemOf({ record, link, look, fields }: WalkedRecord): PreviewItem | null {
  // Long gone and never in the CRM: nothing that a person would look for.
  if (look.action === 'unchanged' || (look.action === 'skip' && look.reason === 'deleted')) return null;
  const before = link?.shadow?.fields ?? null;
  const names =
    look.action === 'update'
      ? look.changed
      : look.action === 'create_or_adopt'
        ? Object.keys(fields ?? {})
        : [];
  return {
    key: record.key,
    kind: record.kind,
    entityId: record.entityId,
    title: recordTitle(record),
    action: look.action,
    reason: look.action === 'skip' ? look.reason : null,
    changes: names.map((field) => ({
      field,
      from: before?.[field] ?? null,
      to: (fields?.[field] ?? null) as Json,
    })),
  };
}
