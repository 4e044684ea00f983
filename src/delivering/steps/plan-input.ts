import type { ConnectorKind, CrmConnector } from '../../connectors/connector.port.ts';
import type { Connection } from '../../domain/connection.ts';
import { hashesOf } from '../../domain/deciding/sharers.ts';
import type { LooksView, PlanInput, SeenInCrm } from '../../domain/deciding/step.ts';
import type { Link } from '../../domain/link.ts';
import type { NaturalKey } from '../../domain/remote-record.ts';
import type { NeighbourMarks } from '../../state-store/link-store.port.ts';
import type { Delivery } from './delivery.ts';

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
      canListChanges: kind?.changes !== undefined,
      sharings: kind?.sharings ?? {},
      mapping: connector.mappingVersion,
    },
    references: desired.references,
    draft: desired.draft,
    neighbours,
    seen,
    looks,
    account,
    hints: {
      lastKeys: lastKeysOf(kind, link, seen),
      referred: desired.referred,
      intentKeyless: isKeyless(kind, link),
    },
  };
}

/** Only where the CRM said that something is gone: nobody else asks. */
function lastKeysOf(
  kind: ConnectorKind | undefined,
  { copy, shadow }: Link,
  { denied, reads }: SeenInCrm,
): readonly NaturalKey[] {
  const fields = copy?.held ?? shadow?.fields ?? null;
  if (kind === undefined || fields === null) return [];
  return denied.size > 0 || [...reads.values()].includes(null) ? kind.keys(fields) : [];
}

/** Stores of before took placeholders and what is no e-mail for keys. */
function isKeyless(kind: ConnectorKind | undefined, { intent }: Link): boolean {
  const value = intent?.keyValue ?? null;
  return kind !== undefined && value !== null && kind.keys(value).length === 0;
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
