import { syncsKind, type Connection } from './connection.ts';
import type { EntityKind, RecordKey } from './entity.ts';
import type { Link } from './link.ts';
import type { ZenaRecord } from './record.ts';

/** How long a record waits for one that it refers to, ms. After that it goes without, and is updated when the other arrives. */
export const REFERENCE_PATIENCE_MS = 60_000;

/**
 * What a reference amounts to in a CRM.
 *
 * - `linked`: the CRM has it under `remoteId`. So it stays until that record goes, also when Zena has deleted it meanwhile: those
 *   who refer to it are told of CRM ids only, never of content.
 * - `pending`: it is known and will be delivered; `marked` says whether its delivery is on its way already.
 * - `absent`: unknown, deleted, another user's, of a kind that is not synced, or refused by the CRM, and the CRM has no record
 *   of it: it is left out.
 */
export type ReferenceState =
  | { readonly kind: 'linked'; readonly remoteId: string }
  | { readonly kind: 'pending'; readonly marked: boolean }
  | { readonly kind: 'absent' };

export type References = ReadonlyMap<RecordKey, ReferenceState>;

export function referenceState(
  record: ZenaRecord | undefined,
  link: Link | undefined,
  connection: Pick<Connection, 'owner' | 'syncConfig'>,
  supportsKind: (kind: EntityKind) => boolean,
): ReferenceState {
  if (link?.remote) return { kind: 'linked', remoteId: link.remote.id };
  if (record === undefined || record.deleted || record.userId !== connection.owner.id)
    return { kind: 'absent' };
  if (!supportsKind(record.kind) || !syncsKind(connection.syncConfig, record.kind)) return { kind: 'absent' };
  if (link?.dead && link.nextAt === null) return { kind: 'absent' };
  return { kind: 'pending', marked: link !== undefined && (link.nextAt !== null || link.claim !== null) };
}

export function remoteIdOf(references: References, key: RecordKey): string | null {
  const state = references.get(key);
  return state?.kind === 'linked' ? state.remoteId : null;
}
