import type { Scope } from '../../../../src/domain/connection.ts';
import type { RecordKey } from '../../../../src/domain/entity.ts';
import {
  glanceOf,
  linkId,
  type Claim,
  type Lane,
  type Link,
  type LinkId,
} from '../../../../src/domain/link.ts';
import { summaryOf, type ZenaRecord } from '../../../../src/domain/record.ts';
import type {
  LinkPatch,
  LinkStore,
  ListedLink,
  NextLook,
  SettleResult,
  WantedMark,
} from '../../../../src/state-store/link-store.port.ts';
import { SCOPE, wantedMark } from '../../../support/builders.ts';

/** Before every other time in the suite, so that what is claimed at it is only what was prepared at it. */
const PREPARED_AT = 1;

export function idOf(key: RecordKey, scope: Scope = SCOPE): LinkId {
  return linkId(scope, key);
}

export async function readLink(links: LinkStore, id: LinkId): Promise<Link> {
  const link = (await links.read([id])).get(id);
  if (link === undefined) throw new Error(`there is no link ${id}`);
  return link;
}

/** All that links of a scope hold, in the order of their ids: a list shows less. */
export async function readScope(links: LinkStore, scope: Scope, now = 1_000): Promise<Link[]> {
  const { items } = await links.list({ scope }, now, null, 1_000);
  const held = await links.read(items.map(({ link }) => link.id));
  return items.flatMap(({ link }) => held.get(link.id) ?? []);
}

/** What a list shows of a link and its record. */
export function listed(link: Link, record: ZenaRecord | null): ListedLink {
  const isAcknowledged = link.shadow !== null;
  return { link: glanceOf(link), isAcknowledged, record: record === null ? null : summaryOf(record) };
}

export function claimOf(over: Partial<Claim> = {}): Claim {
  return { token: 'token-1', epoch: 1, until: 60_000, ...over };
}

/** Claims on the lane `live` at 1,000 unless told otherwise. */
export function claimLinks(
  links: LinkStore,
  over: { scope?: Scope; lane?: Lane | null; now?: number; limit?: number; claim?: Partial<Claim> } = {},
): Promise<Link[]> {
  return links.claim({
    scope: over.scope ?? SCOPE,
    lane: over.lane === undefined ? 'live' : over.lane,
    now: over.now ?? 1_000,
    limit: over.limit ?? 100,
    claim: claimOf(over.claim),
  });
}

/** Settles a link as its holder saw it. */
export function settle(
  links: LinkStore,
  link: Link,
  next: NextLook = { kind: 'rest' },
  patch: LinkPatch = {},
): Promise<SettleResult> {
  const token = link.claim?.token ?? 'no claim';
  return links.settle({ id: link.id, token, seen: { wanted: link.wanted, marks: link.marks }, patch, next });
}

/** A link that was marked, claimed and settled with `patch`: as a worker leaves it, at rest unless told otherwise. */
export async function preparedLink(
  links: LinkStore,
  key: RecordKey,
  patch: LinkPatch = {},
  over: Partial<WantedMark> & { next?: NextLook } = {},
): Promise<Link> {
  const { next = { kind: 'rest' }, ...mark } = over;
  const scope = mark.scope ?? SCOPE;
  await links.markWanted([wantedMark(key, { now: PREPARED_AT, ...mark })]);
  const held = await claimLinks(links, { scope, now: mark.now ?? PREPARED_AT, claim: { token: 'prepare' } });
  for (const link of held) {
    if (link.key === key) await settle(links, link, next, patch);
    else await settle(links, link, { kind: 'keep' });
  }
  return readLink(links, idOf(key, scope));
}
