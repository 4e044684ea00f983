import { linkId, type Link, type LinkId } from '../domain/link.ts';
import type { RecordKey } from '../domain/entity.ts';
import { draftOf, type Draft } from '../domain/mapping.ts';
import type { Neighbour } from '../domain/deciding/plan.ts';
import { referenceState, remoteIdOf, type ReferenceState, type References } from '../domain/reference.ts';
import type { ZenaRecord } from '../domain/record.ts';
import type { DeliveryContext } from './round.ts';

/** What a page of claimed links needs to know: read after the claims, so that whatever changes later asks for another look. */
export interface PageView {
  readonly records: ReadonlyMap<RecordKey, ZenaRecord>;
  readonly referenced: ReadonlyMap<RecordKey, ZenaRecord>;
  readonly referencedLinks: ReadonlyMap<LinkId, Link>;
}

export async function readPage(
  { store, scope }: Pick<DeliveryContext, 'store' | 'scope'>,
  links: readonly Link[],
): Promise<PageView> {
  const records = await store.records.read(links.map((link) => link.key));
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
  readonly draft: Draft | null;
}

/** What the CRM should hold for a link, as far as its references allow now. */
export function desiredOf(
  { scope, connection, definition }: Pick<DeliveryContext, 'scope' | 'connection' | 'definition'>,
  link: Pick<Link, 'key'>,
  page: PageView,
): Desired {
  const record = page.records.get(link.key) ?? null;
  const references = new Map<RecordKey, ReferenceState>();
  for (const key of record?.references ?? []) {
    references.set(
      key,
      referenceState(page.referenced.get(key), page.referencedLinks.get(linkId(scope, key)), connection),
    );
  }
  const body = record?.body ?? null;
  const draft =
    body === null ? null : draftOf(body, definition.mapping, (key) => remoteIdOf(references, key));
  return { record, references, draft };
}

/** Links that share a CRM record or a natural key with this one, each with its record; read under the mutex of those keys. */
export async function readNeighbours(
  { store }: Pick<DeliveryContext, 'store'>,
  link: Link,
  keyHashes: readonly string[],
  remoteIds: readonly string[],
): Promise<Neighbour[]> {
  if (remoteIds.length + keyHashes.length === 0) return [];
  const others = await store.links.findNeighbours(link, { remoteIds, keyHashes });
  if (others.length === 0) return [];
  const records = await store.records.read(others.map((other) => other.key));
  return others.map((other) => ({ link: other, record: records.get(other.key) ?? null }));
}
