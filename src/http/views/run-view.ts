import Type, { type Static } from 'typebox';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import { RUN_STATUSES } from '../../domain/run.ts';
import type { RunProgress, SyncPreview } from '../../runs/run-service.port.ts';
import { Count, nullable, Seconds, Timestamp, timestamp, timestampOrNull } from './scalars.ts';

export const RunSchema = Type.Object({
  success: Type.Boolean({ description: 'Completed without failures.' }),
  status: Type.Enum([...RUN_STATUSES]),
  runId: Type.String(),
  provider: Type.String(),
  contactsSynced: Count,
  propertiesSynced: Count,
  dealsSynced: Count,
  created: Count,
  updated: Count,
  unchanged: Count,
  deleted: Count,
  failed: Count,
  retrying: Count,
  superseded: Count,
  skipped: Count,
  total: Count,
  done: Count,
  ratePerSecond: nullable(Type.Number()),
  etaSeconds: nullable(Seconds),
  reason: nullable(Type.String({ description: 'Why it waits.' })),
  createdAt: Timestamp,
  finishedAt: nullable(Timestamp),
});

export type RunView = Static<typeof RunSchema>;

export function runView({ run, totals, ratePerSecond, etaSeconds }: RunProgress): RunView {
  return {
    success: run.status === 'completed',
    status: run.status,
    runId: run.runId,
    provider: run.provider,
    contactsSynced: totals.contactsSynced,
    propertiesSynced: totals.propertiesSynced,
    dealsSynced: totals.dealsSynced,
    created: totals.created,
    updated: totals.updated,
    unchanged: totals.unchanged,
    deleted: totals.deleted,
    failed: totals.failed,
    retrying: totals.retrying,
    superseded: totals.superseded,
    skipped: totals.skipped,
    total: run.total,
    done: Math.max(0, run.walked - totals.outstanding),
    ratePerSecond,
    etaSeconds,
    reason: run.reason,
    createdAt: timestamp(run.createdAt),
    finishedAt: timestampOrNull(run.finishedAt),
  };
}

const PreviewItemSchema = Type.Object({
  entity: Type.Enum([...ENTITY_KINDS]),
  entityId: Type.String(),
  title: Type.String(),
  action: Type.Enum(['create_or_adopt', 'update', 'delete', 'skip']),
  reason: nullable(Type.String()),
  changes: Type.Array(
    Type.Object({
      field: Type.String(),
      from: Type.Unknown({ description: 'What the CRM last acknowledged; null when unknown.' }),
      to: Type.Unknown({ description: 'What would be sent.' }),
    }),
  ),
});

export const PreviewSchema = Type.Object({
  dryRun: Type.Literal(true),
  total: Count,
  wouldCreateOrAdopt: Count,
  wouldUpdate: Count,
  wouldDelete: Count,
  unchanged: Count,
  skipped: Count,
  truncated: Type.Boolean({ description: 'There are more items than these.' }),
  items: Type.Array(PreviewItemSchema),
});

export function previewView(preview: SyncPreview): Static<typeof PreviewSchema> {
  const { total, wouldCreateOrAdopt, wouldUpdate, wouldDelete, unchanged, skipped, truncated } = preview;
  return {
    dryRun: true,
    total,
    wouldCreateOrAdopt,
    wouldUpdate,
    wouldDelete,
    unchanged,
    skipped,
    truncated,
    items: preview.items.map(({ kind, entityId, title, action, reason, changes }) => ({
      entity: kind,
      entityId,
      title,
      action,
      reason,
      changes: changes.map(({ field, from, to }) => ({ field, from, to })),
    })),
  };
}
