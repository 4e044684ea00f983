import Type, { type Static } from 'typebox';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import { RUN_STATUSES } from '../../domain/run.ts';
import type { RunProgress, SyncPreview } from '../../runs/run-service.port.ts';
import { Count, counted, nullable, Seconds, Timestamp, timestamp, timestampOrNull } from './scalars.ts';

export const RunSchema = Type.Object({
  success: Type.Boolean({ description: 'Completed without failures.' }),
  status: Type.Enum([...RUN_STATUSES]),
  runId: Type.String(),
  provider: Type.String(),
  contactsSynced: Count,
  propertiesSynced: Count,
  dealsSynced: Count,
  total: counted('Records; once it has ended, the sum of the outcomes, of which each record is in one.'),
  done: counted('Records that are in an outcome so far.'),
  created: Count,
  updated: Count,
  unchanged: counted('The CRM held it already.'),
  repaired: counted('Written again because the CRM’s copy had changed; 0 until syncs look at the CRM.'),
  drifted: counted('The CRM’s copy has changed and was left; 0 until syncs look at the CRM.'),
  superseded: counted('A newer contact speaks for the CRM record that they share.'),
  skipped: counted('Not synced, unsupported, or nothing to deliver.'),
  deleted: Count,
  retrying: counted('Was tried, did not get through, and goes on by itself.'),
  failed: counted('Was given up, and waits for a change or a person.'),
  ratePerSecond: nullable(Type.Number()),
  etaSeconds: nullable(Seconds),
  reason: nullable(
    Type.String({
      description:
        'Why it waits. Of one that ended, `PROCESS_DIED`: processes died, one after another, while they looked at the same of its records, so ' +
        'it was ended at the third start; what it had not got to counts as failed.',
    }),
  ),
  createdAt: Timestamp,
  finishedAt: nullable(Timestamp),
});

export type RunView = Static<typeof RunSchema>;

export function runView({ run, totals, total, done, ratePerSecond, etaSeconds }: RunProgress): RunView {
  return {
    success: run.status === 'completed',
    status: run.status,
    runId: run.runId,
    provider: run.provider,
    contactsSynced: totals.contactsSynced,
    propertiesSynced: totals.propertiesSynced,
    dealsSynced: totals.dealsSynced,
    total,
    done,
    created: totals.created,
    updated: totals.updated,
    unchanged: totals.unchanged,
    repaired: totals.repaired,
    drifted: totals.drifted,
    superseded: totals.superseded,
    skipped: totals.skipped,
    deleted: totals.deleted,
    retrying: totals.retrying,
    failed: totals.failed,
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
  looksInCrm: Type.Boolean({
    description: 'The CRM is asked for a match first, which is used where there is one.',
  }),
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
  superseded: counted('A newer contact speaks for the CRM record that they share.'),
  skipped: Count,
  wouldWait: counted('Waits for a record that it names, and goes on by itself.'),
  wouldFail: Count,
  truncated: Type.Boolean({
    description:
      'There are more items than these: the list ends at 1 MiB, too. Values are shown to 4,096 characters.',
  }),
  items: Type.Array(PreviewItemSchema),
});

export type PreviewView = Static<typeof PreviewSchema>;

export function previewView(preview: SyncPreview): PreviewView {
  return {
    dryRun: true,
    total: preview.total,
    wouldCreateOrAdopt: preview.wouldCreateOrAdopt,
    wouldUpdate: preview.wouldUpdate,
    wouldDelete: preview.wouldDelete,
    unchanged: preview.unchanged,
    superseded: preview.superseded,
    skipped: preview.skipped,
    wouldWait: preview.wouldWait,
    wouldFail: preview.wouldFail,
    truncated: preview.truncated,
    items: preview.items.map(({ kind, entityId, title, action, reason, looks, changes }) => ({
      entity: kind,
      entityId,
      title,
      action,
      reason,
      looksInCrm: looks,
      changes: changes.map(({ field, from, to }) => ({ field, from, to })),
    })),
  };
}
