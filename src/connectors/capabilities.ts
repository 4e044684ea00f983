import { ENTITY_KINDS, type EntityKind } from '../domain/entity.ts';
import type { ConnectorKind, CrmConnector } from './connector.port.ts';

export const RECORD_VERBS = ['find', 'create', 'update', 'delete', 'changes'] as const;
export type RecordVerb = (typeof RECORD_VERBS)[number];

/** What a connector can do, as people and planners are told: read off its verbs. */
export interface ConnectorCapabilities {
  readonly entities: readonly EntityKind[];
  /** By kind, what can be done with it there. */
  readonly kinds: Readonly<Partial<Record<EntityKind, readonly RecordVerb[]>>>;
  readonly syncDirections: CrmConnector['syncDirections'];
  readonly deletes: boolean;
  readonly changedSince: boolean;
  /** Whether it takes many records of any kind in one call. */
  readonly batch: boolean;
}

export function capabilitiesOf({ kinds, syncDirections }: CrmConnector): ConnectorCapabilities {
  const all = Object.values(kinds);
  const entities = ENTITY_KINDS.filter((kind) => kinds[kind] !== undefined);
  return {
    entities,
    kinds: Object.fromEntries(
      entities.flatMap((entity) => {
        const kind = kinds[entity];
        return kind === undefined ? [] : [[entity, verbsOf(kind)] as const];
      }),
    ),
    syncDirections,
    deletes: all.every((kind) => kind.delete !== undefined),
    changedSince: all.every((kind) => kind.changes !== undefined),
    batch: all.some((kind) => kind.batch !== undefined),
  };
}

function verbsOf({ find, parts, delete: remove, changes }: ConnectorKind): RecordVerb[] {
  const { create, update } = parts.core;
  const verbs = { find, create, update, delete: remove, changes };
  return RECORD_VERBS.filter((verb) => verbs[verb] !== undefined);
}

/** Kinds of records that a CRM says in the words of records of this kind, to which they refer. */
export function readersIn({ kinds }: Pick<CrmConnector, 'kinds'>, of: EntityKind): readonly EntityKind[] {
  return ENTITY_KINDS.filter((kind) => kinds[kind]?.readsContentOf?.includes(of) === true);
}
