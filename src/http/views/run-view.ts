import Type, { type Static } from 'typebox';
import type { RunProgress } from '../../runs/run-service.port.ts';
import { Count, nullable, Seconds, Timestamp, timestamp, timestampOrNull } from './scalars.ts';

export const RunSchema = Type.Object({
  success: Type.Boolean({ description: 'Completed without failures.' }),
  status: Type.Enum(['running', 'waiting', 'completed', 'completed_with_failures', 'cancelled']),
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
