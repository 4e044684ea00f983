import type { CrmConnector } from '../connectors/connector.port.ts';
import type { Connection } from '../domain/connection.ts';
import type { ForeseenAction } from '../domain/deciding/foresee.ts';
import type { RecordKey } from '../domain/entity.ts';
import type { Json } from '../domain/json.ts';
import { recordTitle } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import { cutText } from '../domain/record.ts';
import { weightOf } from '../domain/json.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import { createForesight, type ForeseenRecord } from './foresee-office.ts';
import type { PreviewCounts, PreviewItem, SyncPreview } from './run-service.port.ts';
import { isForeseeable, type FactsAtHand } from './informed-draft.ts';
import { walkPage } from './sync-walk.ts';

const COUNTED_AS: Readonly<Record<ForeseenAction, keyof PreviewCounts>> = {
  create_or_adopt: 'wouldCreateOrAdopt',
  update: 'wouldUpdate',
  delete: 'wouldDelete',
  unchanged: 'unchanged',
  superseded: 'superseded',
  skip: 'skipped',
  retry: 'wouldWait',
  fail: 'wouldFail',
};

/** What a preview tells of single records at most; what is beyond is counted, and left out of the list. */
const MOST_BYTES = 1_048_576;
/** What it shows of one value. */
const MOST_OF_VALUE = 4_096;

/** A long value is shown by its beginning: a list for people to look through. */
function shortened(value: Json): Json {
  if (weightOf(value) <= MOST_OF_VALUE) return value;
  return cutText(typeof value === 'string' ? value : JSON.stringify(value), MOST_OF_VALUE);
}

export interface PreviewParts {
  readonly store: StateStore;
  readonly connector: CrmConnector;
  /** Epoch ms. */
  readonly now: number;
  readonly facts: FactsAtHand;
}

/** What a full sync would do, record by record and field by field: the planner's own steps, over the whole office. */
export async function previewSync(
  { store, connector, now, facts }: PreviewParts,
  connection: Connection,
  limit: number,
): Promise<SyncPreview> {
  const foresight = createForesight({
    store,
    connection,
    connector,
    now,
    remembers: true,
    facts,
    presumes: true,
  });
  const counts: { -readonly [K in keyof PreviewCounts]: number } = {
    wouldCreateOrAdopt: 0,
    wouldUpdate: 0,
    wouldDelete: 0,
    unchanged: 0,
    superseded: 0,
    skipped: 0,
    wouldWait: 0,
    wouldFail: 0,
  };
  const items = new Map<RecordKey, PreviewItem>();
  let total = 0;
  let bytes = 0;
  let truncated = false;
  let cursor: Run['cursor'] = { kind: 'contact', after: null };
  while (cursor !== null) {
    const page = await walkPage(store, connection.owner.id, foresight, cursor);
    for (const { key, from, to } of page.corrections.filter(({ past }) => past)) {
      counts[COUNTED_AS[from]] -= 1;
      counts[COUNTED_AS[to]] += 1;
      const item = items.get(key);
      if (item !== undefined)
        items.set(key, { ...item, action: 'skip', reason: to, looks: false, changes: [] });
    }
    for (const one of page.records) {
      await store.breathe();
      total += 1;
      counts[COUNTED_AS[one.foreseen.action]] += 1;
      const item = itemOf(one);
      if (item === null) continue;
      if (items.size < limit && bytes < MOST_BYTES) items.set(item.key, item);
      else truncated = true;
      bytes += weightOf(item);
    }
    cursor = page.next;
  }
  return { total, ...counts, items: [...items.values()], truncated };
}

function itemOf({ record, stored, foreseen, desired }: ForeseenRecord): PreviewItem | null {
  const { action, reason, looks } = foreseen;
  // Long gone and never in the CRM: nothing that a person would look for.
  if (action === 'unchanged' || (action === 'skip' && reason === 'deleted')) return null;
  const { key, kind, entityId } = record;
  const title = recordTitle(record);
  if (action !== 'create_or_adopt' && action !== 'update' && action !== 'delete')
    return { key, kind, entityId, title, action: 'skip', reason, looks, changes: [] };
  const fields = desired.draft?.fields ?? {};
  const before = action === 'create_or_adopt' ? null : (stored?.shadow?.fields ?? null);
  const names =
    action === 'update' ? foreseen.changed : action === 'create_or_adopt' ? Object.keys(fields) : [];
  const foreseeable = names.filter((field) => isForeseeable(fields[field], desired.informed));
  const changes = foreseeable.map((field) => ({
    field,
    from: shortened(before?.[field] ?? null),
    to: shortened(fields[field] ?? null),
  }));
  return { key, kind, entityId, title, action, reason: null, looks, changes };
}
