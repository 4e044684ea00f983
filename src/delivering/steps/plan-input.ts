import type { ConnectorKind, CrmConnector } from '../../connectors/connector.port.ts';
import type { Connection } from '../../domain/connection.ts';
import { hashesOf } from '../../domain/deciding/sharers.ts';
import type { LooksView, Neighbour, PlanHints, PlanInput, SeenInCrm } from '../../domain/deciding/step.ts';
import type { Link } from '../../domain/link.ts';
import type { NaturalKey } from '../../domain/remote-record.ts';
import type { NeighbourMarks } from '../../state-store/link-store.port.ts';
import type { Delivery } from './delivery.ts';
import { partFacts } from './kind-parts.ts';
import type { Desired } from './gather.ts';

/** Whose CRM it is, as far as planning needs it. */
export interface PlannedFor {
  readonly connection: Connection;
  readonly connector: CrmConnector;
}

/** What is planned: a delivery, or one that is only thought through (the preview of a full sync). */
export type Planned = Pick<Delivery, 'link' | 'desired' | 'neighbours' | 'seen' | 'account'>;

/** Of a CRM that was not asked yet. */
export const NOTHING_SEEN: SeenInCrm = {
  found: new Map(),
  listed: null,
  gone: new Set(),
  denied: new Set(),
  reads: new Map(),
  shown: new Map(),
  rests: new Map(),
  lists: new Map(),
  written: new Map(),
  existing: new Set(),
  left: null,
};

export function planInput(
  { connection, connector }: PlannedFor,
  { link, desired, neighbours, seen, account }: Planned,
  looks: LooksView | null,
  now: number,
): PlanInput {
  const kind = connector.kinds[link.kind];
  return {
    now,
    link,
    record: desired.record,
    connection,
    crm: {
      searchLagMs: connector.limits.searchLagMs,
      supportsKind: kind !== undefined,
      canDelete: kind?.delete !== undefined,
      canRead: kind?.read !== undefined,
      canListChanges: kind?.changes !== undefined,
      unsearchable: kind?.unsearchable === true,
      sharings: kind?.sharings ?? {},
      parts: kind === undefined ? [] : partFacts(kind),
      readsFirst: kind?.parts.core.readsFirst === true,
      agrees: kind?.agrees === undefined ? null : (found, draft) => kind.agrees?.(found, draft) === true,
      mapping: connector.mappingVersion,
    },
    references: desired.references,
    draft: desired.draft,
    neighbours: neighbours.map((neighbour) => withKeys(neighbour, kind, desired, connection)),
    seen,
    looks,
    account,
    hints: {
      lastKeys: lastKeysOf(kind, { link, neighbours, seen }),
      neighbourKeys: keysHeld(kind, linkedBeside({ link, neighbours })),
      referred: desired.referred,
      ...aboutIntent(kind, link),
    },
  };
}

/**
 * What its CRM record was last known to be found by, also by those who share it: who wrote last has what is known. Only where the CRM said
 * that something is gone: nobody else asks.
 */
function lastKeysOf(
  kind: ConnectorKind | undefined,
  { link, neighbours, seen: { denied, reads } }: Pick<Planned, 'link' | 'neighbours' | 'seen'>,
): readonly NaturalKey[] {
  if (kind === undefined || !(denied.size > 0 || [...reads.values()].includes(null))) return [];
  const sharing = neighbours.map((neighbour) => neighbour.link);
  const itself = sharing.filter(({ remote }) => remote !== null && remote.id === link.remote?.id);
  return keysHeld(kind, [link, ...itself]);
}

/** All others that have a CRM record, those whose record is deleted or another user's now as well. */
function linkedBeside({ link, neighbours }: Pick<Planned, 'link' | 'neighbours'>): Link[] {
  return neighbours
    .map((neighbour) => neighbour.link)
    .filter(({ id, remote }) => id !== link.id && remote !== null);
}

/** By what the CRM finds what it is known to hold for them. */
function keysHeld(kind: ConnectorKind | undefined, links: readonly Link[]): readonly NaturalKey[] {
  return links
    .map(({ copy, shadow }) => copy?.held ?? shadow?.fields ?? null)
    .flatMap((fields) => (kind === undefined || fields === null ? [] : kind.keys(fields)));
}

/** Only contacts share a CRM record, and each its key with those who do. */
function withKeys(
  neighbour: Neighbour,
  kind: ConnectorKind | undefined,
  { draft }: Pick<Desired, 'draft'>,
  { syncConfig: { timeZone } }: Pick<Connection, 'syncConfig'>,
): Neighbour {
  const { link, record } = neighbour;
  const body = record?.body ?? null;
  if (kind === undefined || link.kind !== 'contact' || body === null || draft === null) return neighbour;
  const isSame = draft.keys.some((key) => hashesOf(key).includes(link.keyHash ?? ''));
  if ((isSame && link.quietUntil === null) || link.keyHash === null) return neighbour;
  const context = { self: link.key, resolve: () => null, timeZone };
  return { ...neighbour, keys: kind.keys(kind.fields(body, context)) };
}

/** Stores of before took placeholders and what is no e-mail for keys. */
function aboutIntent(
  kind: ConnectorKind | undefined,
  { intent }: Link,
): Pick<PlanHints, 'intentKeyless' | 'intentNeedsAgreement'> {
  const value = intent?.keyValue ?? null;
  const keys = kind === undefined || value === null ? null : kind.keys(value);
  return {
    intentKeyless: keys?.length === 0,
    intentNeedsAgreement: keys?.[0]?.strength === 'needs_agreement',
  };
}

/** By what its neighbours are found. */
export function neighbourMarksOf(planned: Omit<Planned, 'neighbours'>): NeighbourMarks {
  return { keyHashes: keyHashesOf(planned), remoteIds: remoteIdsOf(planned) };
}

export function keyHashesOf({ link, desired }: Pick<Planned, 'link' | 'desired'>): string[] {
  const drafted = desired.draft?.keys.flatMap(hashesOf) ?? [];
  return [...drafted, link.keyHash, link.intent?.keyHash].filter((hash) => typeof hash === 'string');
}

/** Its own CRM record and those that a search or listing offered: who else has them decides whether they may be taken. */
function remoteIdsOf({ link: { remote }, seen }: Pick<Planned, 'link' | 'seen'>): string[] {
  const offered = [...seen.found.values(), seen.listed ?? []].flat().map((hit) => hit.id);
  return [...new Set([...(remote === null ? [] : [remote.id]), ...offered])];
}
