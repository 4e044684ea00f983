import type { CrmConnector } from '../connectors/connector.port.ts';
import type { Connection, Scope } from '../domain/connection.ts';
import type { Neighbour } from '../domain/deciding/plan.ts';
import type { RecordKey } from '../domain/entity.ts';
import { linkId, type Link, type LinkId } from '../domain/link.ts';
import { draftOf, type Draft } from '../domain/mapping.ts';
import type { ZenaRecord } from '../domain/record.ts';
import { referenceState, remoteIdOf, type ReferenceState, type References } from '../domain/reference.ts';
import type { NeighbourMarks } from '../state-store/link-store.port.ts';
import type { StateStore } from '../state-store/state-store.port.ts';

type Reads = Pick<StateStore, 'records' | 'links'>;

/** What a page of claimed links needs to know: read after the claims, so that whatever changes later asks for another look. */
export interface PageView {
  readonly records: ReadonlyMap<RecordKey, ZenaRecord>;
  readonly referenced: ReadonlyMap<RecordKey, ZenaRecord>;
  readonly referencedLinks: ReadonlyMap<LinkId, Link>;
}

export async function readPage(store: Reads, scope: Scope, page: readonly RecordKey[]): Promise<PageView> {
  const records = await store.records.read(page);
  const keys = new Set<RecordKey>();
  for (const record of records.values()) for (const key of record.references) keys.add(key);
  if (keys.size === 0) return { records, referenced: new Map(), referencedLinks: new Map() };
  const wanted = [...keys];
  const referenced = await store.records.read(wanted);
  const referencedLinks = await store.links.read(wanted.map((key) => linkId(scope, key)));
  return { records, referenced, referencedLinks };
}

export interface Desired {
  readonly record: ZenaRecord | null;
  readonly references: References;
  /** Null where there is nothing to send: no live record, or a kind that the CRM doesn't have. */
  readonly draft: Draft | null;
}

/** What the CRM should hold for a record, as far as its references allow now. */
export function desiredOf(
  scope: Scope,
  connection: Connection,
  connector: CrmConnector,
  key: RecordKey,
  page: PageView,
): Desired {
  const record = page.records.get(key) ?? null;
  const references = new Map<RecordKey, ReferenceState>();
  for (const to of record?.references ?? []) {
    const link = page.referencedLinks.get(linkId(scope, to));
    const supports = (kind: keyof CrmConnector['kinds']): boolean => connector.kinds[kind] !== undefined;
    references.set(to, referenceState(page.referenced.get(to), link, connection, supports));
  }
  const body = record?.body ?? null;
  const mapping = body === null ? undefined : connector.kinds[body.kind];
  const { timeZone } = connection.syncConfig;
  const context = { resolve: (to: RecordKey) => remoteIdOf(references, to), timeZone };
  const draft = body === null || mapping === undefined ? null : draftOf(body, mapping, context);
  return { record, references, draft };
}

/** Links that share a CRM record or a natural key with this one, each with its record; read under the mutex of those keys. */
export async function readNeighbours(store: Reads, link: Link, marks: NeighbourMarks): Promise<Neighbour[]> {
  if (marks.remoteIds.length + marks.keyHashes.length === 0) return [];
  const others = await store.links.findNeighbours(link, marks);
  if (others.length === 0) return [];
  const records = await store.records.read(others.map((other) => other.key));
  return others.map((other) => ({ link: other, record: records.get(other.key) ?? null }));
}
