import type { Scope } from '../domain/connection.ts';
import type { LookedAt } from '../domain/crm-copy.ts';
import type { EntityKind } from '../domain/entity.ts';

/** Port: how far each CRM's own list of changes was read. Goes with the scope's links when they are forgotten, and with the connection. */
export interface LookStore {
  read(scope: Scope, kind: EntityKind): Promise<LookedAt | null>;
  /**
   * Changes nothing where a look that goes as far, or further, is stored, but for `behind` where it is the very same look. What is stored of
   * `behind` stays where none is told.
   */
  write(scope: Scope, kind: EntityKind, looked: LookedAt): Promise<void>;
}
