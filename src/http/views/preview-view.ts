import Type, { type Static } from 'typebox';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import type { SyncPreview } from '../../runs/run-service.port.ts';
import { Count, nullable } from './scalars.ts';

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
