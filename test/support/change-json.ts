import type { EntityKind } from '../../src/domain/entity.ts';

/** A change as Zena sends it over HTTP: the entity's newest state, in full. */
export function changeJson(
  entity: EntityKind,
  entityId: string,
  version: number,
  body: Readonly<Record<string, unknown>>,
  userId = 'user-1',
): Readonly<Record<string, unknown>> {
  return {
    entity,
    entityId,
    version,
    userId,
    eventId: `${entityId}-${version}`,
    operation: 'UPSERT',
    occurredAt: new Date(1_760_000_000_000 + version).toISOString(),
    [entity]: body,
  };
}
