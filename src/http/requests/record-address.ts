import { isEntityKind } from '../../domain/decode-change.ts';
import type { RecordAddress } from '../../integrations/records.ts';

/** Which record a path names; null for an entity that there is none of. */
export function recordAddress(
  userId: string,
  { provider, entity, entityId }: { provider: string; entity: string; entityId: string },
): RecordAddress | null {
  return isEntityKind(entity) ? { userId, provider, kind: entity, entityId } : null;
}
