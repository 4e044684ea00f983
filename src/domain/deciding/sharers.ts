import { IN_DOUBT, NOTHING_OURS, type CrmCopy } from '../crm-copy.ts';
import type { Link } from '../link.ts';
import type { NaturalKey } from '../remote-record.ts';
import type { FieldSharings } from '../mapping.ts';
import { eitherShare, wholeShare } from '../merging/merge-fields.ts';
import type { ZenaRecord } from '../record.ts';
import type { Neighbour, PlanInput } from './step.ts';

/** A neighbour whose record lives and is the owner's. */
export type LiveNeighbour = Neighbour & { readonly record: ZenaRecord };

/** A link among its neighbours. */
export type Company = Pick<PlanInput, 'link' | 'connection' | 'neighbours'>;

export function liveNeighbours({ link, connection, neighbours }: Company): readonly LiveNeighbour[] {
  return neighbours.filter(
    (neighbour): neighbour is LiveNeighbour =>
      neighbour.record !== null &&
      !neighbour.record.deleted &&
      neighbour.record.userId === connection.owner.id &&
      neighbour.link.id !== link.id,
  );
}

export function sharersOf(company: Company, remoteId: string): readonly LiveNeighbour[] {
  return liveNeighbours(company).filter(({ link }) => link.remote?.id === remoteId);
}

/** Whether those who have a CRM record all know it by another key: then they write that key back. */
export function isOfAnotherKey(sharers: readonly Neighbour[], key: NaturalKey | null): boolean {
  return (
    sharers.length > 0 && sharers.every(({ link }) => link.keyHash !== null && !isKey(link.keyHash, key))
  );
}

/** Whether a remembered hash is this key's, by the present rules or by those that it was remembered under. */
export function isKey(hash: string | null | undefined, key: NaturalKey | null): boolean {
  return hash !== null && hash !== undefined && key !== null && hashesOf(key).includes(hash);
}

export function hashesOf({ hash, formerHashes }: Pick<NaturalKey, 'hash' | 'formerHashes'>): string[] {
  return [hash, ...formerHashes];
}

/** Which of two records that share a CRM record speaks for it: the one that changed last in Zena. */
export function isNewer(a: ZenaRecord, b: ZenaRecord): boolean {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt > b.occurredAt;
  return a.entityId > b.entityId;
}

/**
 * What is known of a CRM record by all who share it, those included whose record is deleted or another user's now: what any of them sent is
 * ours, and whoever wrote last knows best what it holds.
 */
export function knownCopy(
  { link, neighbours, crm: { sharings } }: Pick<PlanInput, 'link' | 'neighbours' | 'crm'>,
  remoteId: string,
): CrmCopy | null {
  const holders = [link, ...neighbours.map((neighbour) => neighbour.link)];
  const copies = holders
    .filter(({ remote }) => remote?.id === remoteId)
    .map((holder) => copyOf(holder, sharings))
    .filter((copy) => copy !== null);
  const newest = Math.max(...copies.map(({ heldAt }) => heldAt));
  return copies
    .filter(({ heldAt }) => heldAt === newest)
    .reduce<CrmCopy | null>(
      (one, other) => (one === null ? other : { ...one, ours: eitherShare(one.ours, other.ours) }),
      null,
    );
}

/** Before copies were kept, whatever was acknowledged had been written whole: all of it is ours, and what people did since isn't known. */
function copyOf({ copy, shadow }: Link, sharings: FieldSharings): CrmCopy | null {
  if (copy !== null) return copy;
  if (shadow === null) return null;
  return { held: null, heldAt: IN_DOUBT, ours: wholeShare(shadow.fields, sharings), before: null };
}

/** Of a CRM record of which nothing is known. */
export const UNKNOWN_COPY: CrmCopy = { held: null, heldAt: IN_DOUBT, ours: NOTHING_OURS, before: null };
