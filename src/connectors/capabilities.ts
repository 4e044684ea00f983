import { ENTITY_KINDS, type EntityKind } from '../domain/entity.ts';
import type { CrmConnector } from './connector.port.ts';

/** What a connector can do, as people and planners are told: read off its verbs. */
export interface ConnectorCapabilities {
  readonly entities: readonly EntityKind[];
  readonly syncDirections: CrmConnector['syncDirections'];
  readonly deletes: boolean;
  readonly changedSince: boolean;
}

export function capabilitiesOf({ kinds, syncDirections }: CrmConnector): ConnectorCapabilities {
  const all = Object.values(kinds);
  return {
    entities: ENTITY_KINDS.filter((kind) => kinds[kind] !== undefined),
    syncDirections,
    deletes: all.every((kind) => kind.delete !== undefined),
    changedSince: all.every((kind) => kind.changes !== undefined),
  };
}
