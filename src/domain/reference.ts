import { syncsKind, type Connection } from './connection.ts';
import { splitRecordKey, type EntityKind, type RecordKey } from './entity.ts';
import type { LinkHead } from './link.ts';
import { maySee } from './may-see.ts';
import type { RecordHead } from './record.ts';

/** How long a deal waits for its property, ms. After that it goes without, and is updated when the other arrives. */
export const REFERENCE_PATIENCE_MS = 60_000;

/**
 * How long after its event what a CRM doesn't have yet waits for the others that it names, ms: what changes together comes together, and then
 * takes one request. Nothing that is there already waits.
 */
export const LIST_PATIENCE_MS = 2_000;

/**
 * What a reference amounts to in a CRM.
 *
 * - `linked`: the CRM has it under `remoteId`. So it stays until that record goes, also when Zena has deleted it meanwhile: those
 *   who refer to it are told of CRM ids only, never of content.
 * - `pending`: it is known and will be delivered, or looked up where its kind isn't synced; `marked` says whether that is on its way already.
 * - `absent`: unknown, deleted, another user's, with nothing in it, looked up in vain, or refused by the CRM, and the CRM has no record of it: it is left
 *   out.
 */
export type ReferenceState =
  | { readonly kind: 'linked'; readonly remoteId: string }
  | { readonly kind: 'pending'; readonly marked: boolean }
  | { readonly kind: 'absent' };

export type References = ReadonlyMap<RecordKey, ReferenceState>;

export function referenceState(
  record: RecordHead | undefined,
  link: LinkHead | undefined,
  connection: Pick<Connection, 'owner' | 'syncConfig'>,
  supportsKind: (kind: EntityKind) => boolean,
  now: number,
): ReferenceState {
  if (link?.remote) return { kind: 'linked', remoteId: link.remote.id };
  if (record === undefined || record.deleted || !maySee(connection.owner, record)) return { kind: 'absent' };
  if (!supportsKind(record.kind)) return { kind: 'absent' };
  if (link?.dead && link.nextAt === null) return { kind: 'absent' };
  const marked = link !== undefined && (link.nextAt !== null || link.claim !== null);
  if (
    !marked &&
    (syncsKind(connection.syncConfig, record.kind) ? saidNothing(link, record) : wasSought(link, now))
  )
    return { kind: 'absent' };
  return { kind: 'pending', marked };
}

/**
 * Stands in the place of what was looked for where a record holds nothing that a CRM record could be made of. It is said of one revision: what
 * changed while nobody delivered is to be looked at again.
 */
export function nothingIn({ revision }: Pick<RecordHead, 'revision'>): string {
  return `nothing ${String(revision)}`;
}

/** Whether it was looked at as it is, and held nothing. */
export function saidNothing(link: LinkHead | undefined, record: RecordHead): boolean {
  return link?.sought?.keyHash === nothingIn(record);
}

/** How long what was looked up in vain counts as not there, ms. */
export const SOUGHT_FOR_MS = 3_600_000;

function wasSought(link: LinkHead | undefined, now: number): boolean {
  return link?.sought !== undefined && link.sought !== null && now - link.sought.at < SOUGHT_FOR_MS;
}

/** A deal waits for the property that it names though nobody knows it yet, or nothing of it, so long from its own last change. */
export function unknownProperty(acceptedAt: number, now: number): ReferenceState {
  return acceptedAt + REFERENCE_PATIENCE_MS > now ? { kind: 'pending', marked: true } : { kind: 'absent' };
}

/** Only a deal's property: without it a deal is another one. */
export function awaitsProperty(kind: EntityKind, to: RecordKey): boolean {
  return kind === 'deal' && splitRecordKey(to).kind === 'property';
}

/** With those that somebody has asked for meanwhile. */
export function markedReferences(references: References, keys: readonly RecordKey[]): References {
  return new Map([...references, ...keys.map((key) => [key, { kind: 'pending', marked: true }] as const)]);
}

export function remoteIdOf(references: References, key: RecordKey): string | null {
  const state = references.get(key);
  return state?.kind === 'linked' ? state.remoteId : null;
}
