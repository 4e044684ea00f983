import { doubted, IN_DOUBT, NOTHING_OURS, type CrmCopy, type LineFate, type OurShare } from '../crm-copy.ts';
import { canonicalJson } from '../json.ts';
import type { CreateIntent, Link, LinkHead } from '../link.ts';
import { maySee } from '../may-see.ts';
import type { FieldSharings } from '../mapping.ts';
import type { NaturalKey } from '../remote-record.ts';
import { eitherShare, openedShare, wholeShare } from '../merging/merge-fields.ts';
import type { KnownRecord, RecordHead } from '../record.ts';
import type { CrmFacts, Neighbour, PlanInput } from './step.ts';

/** A neighbour whose record lives and is the owner's. */
export type LiveNeighbour = Neighbour & { readonly record: KnownRecord };

/** A link among its neighbours. */
export type Company = Pick<PlanInput, 'link' | 'connection' | 'neighbours'>;

export function liveNeighbours({ link, connection, neighbours }: Company): readonly LiveNeighbour[] {
  return neighbours.filter(
    (neighbour): neighbour is LiveNeighbour =>
      neighbour.record !== null &&
      !neighbour.record.deleted &&
      maySee(connection.owner, neighbour.record) &&
      neighbour.link.id !== link.id,
  );
}

/** All others that are linked to a CRM record, those included whose record is deleted or another user's now. */
export function othersOf({ link, neighbours }: Company, remoteId: string): readonly Neighbour[] {
  return neighbours.filter((other) => other.link.id !== link.id && other.link.remote?.id === remoteId);
}

export function sharersOf(company: Company, remoteId: string): readonly LiveNeighbour[] {
  return liveNeighbours(company).filter(({ link }) => link.remote?.id === remoteId);
}

/**
 * Whether those who have a CRM record all know it by another key: then they write that key back. Not who has this one by now: a write of
 * which nobody heard the end may have given it to the CRM record.
 */
export function isOfAnotherKey(sharers: readonly Neighbour[], key: NaturalKey | null): boolean {
  return (
    sharers.length > 0 &&
    sharers.every(
      ({ link, keys }) => link.keyHash !== null && !isKey(link.keyHash, key) && !isKey(keys?.[0]?.hash, key),
    )
  );
}

/**
 * Whether what is remembered by a key may have another by now: a write that nobody heard the end of may have given its CRM record the one that
 * its record has.
 */
export function isLeavingKey({ link, keys }: Neighbour, key: NaturalKey): boolean {
  if (link.remote === null || link.quietUntil === null || !isKey(link.keyHash, key)) return false;
  return keys !== undefined && !isKey(keys[0]?.hash, key);
}

/** Whether a remembered hash is this key's, by the present rules or by those that it was remembered under. */
export function isKey(hash: string | null | undefined, key: NaturalKey | null): boolean {
  return hash !== null && hash !== undefined && key !== null && hashesOf(key).includes(hash);
}

export function hashesOf({ hash, formerHashes }: Pick<NaturalKey, 'hash' | 'formerHashes'>): string[] {
  return [hash, ...formerHashes];
}

/** A CRM that searches exactly finds a record by the writing alone that it holds. */
export function otherWritings(key: NaturalKey, known: readonly NaturalKey[]): readonly NaturalKey[] {
  const written = new Set([canonicalJson(key.value)]);
  return known.filter(({ hash, value }) => {
    const writing = canonicalJson(value);
    if (hash !== key.hash || written.has(writing)) return false;
    written.add(writing);
    return true;
  });
}

/** Which of two records that share a CRM record speaks for it: the one that changed last in Zena. */
export function isNewer(a: RecordHead, b: RecordHead): boolean {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt > b.occurredAt;
  return a.entityId > b.entityId;
}

/**
 * What is known of a CRM record by all who share it, those included whose record is deleted or another user's now: what any of them sent is
 * ours, and whoever wrote last knows best what it holds. What people lost by any of them is told by whoever goes on, who may clear the others.
 */
export function knownCopy(
  { link, neighbours, crm }: Pick<PlanInput, 'link' | 'neighbours' | 'crm'>,
  remoteId: string,
): CrmCopy | null {
  const holders = [link, ...neighbours.map((neighbour) => neighbour.link)];
  const copies = holders
    .filter(({ remote }) => remote?.id === remoteId)
    .map((holder) => copyOf(holder, crm))
    .filter((copy) => copy !== null);
  const newest = Math.max(...copies.map(({ heldAt }) => heldAt));
  // What went with a write in doubt was told by nobody yet, so it stands last.
  const befores = copies
    .toReversed()
    .toSorted((one, other) => other.heldAt - one.heldAt)
    .map(({ before }) => before)
    .filter((before) => before !== null);
  // Where one of them was written by a program that keeps no copies, none of the others need be the last.
  const isUnknown = copies.some(({ held }) => held === null);
  const known = copies
    .filter(({ heldAt }) => isUnknown || heldAt === newest)
    .map((copy) => (isUnknown ? { ...copy, held: null, heldAt: IN_DOUBT } : copy))
    .reduce<CrmCopy | null>(
      (one, other) => (one === null ? other : { ...one, ours: eitherShare(one.ours, other.ours) }),
      null,
    );
  if (known === null || befores.length === 0) return known;
  return { ...known, before: befores.reduce((one, other) => ({ ...one, ...other })) };
}

/** As it is known of one link. What its worker did when it ended in the middle isn't: `quietUntil` is what it left behind. */
function copyOf(link: Link, crm: Pick<CrmFacts, 'sharings' | 'mapping'>): CrmCopy | null {
  const copy = keptCopy(link, crm);
  return link.quietUntil === null ? copy : doubted(copy);
}

/**
 * Programs that keep no copies write records whole, and leave the copy of another program as it was: what they had acknowledged is ours,
 * and what the CRM holds isn't known.
 */
export function keptCopy(
  { copy, shadow }: Pick<Link, 'copy' | 'shadow'>,
  { sharings, mapping }: Pick<CrmFacts, 'sharings' | 'mapping'>,
): CrmCopy | null {
  if (copy !== null && (shadow === null || shadow.mapping === mapping)) {
    // What was in doubt when it was left may stand there as it is known to have been held.
    const ours = openedShare(copy.ours, shadow?.fields ?? copy.held, sharings);
    return ours === copy.ours ? copy : { ...copy, ours };
  }
  if (shadow === null) return copy;
  const whole = wholeShare(shadow.fields, sharings);
  if (copy === null) return { held: null, heldAt: IN_DOUBT, ours: whole, before: null };
  const ours = eitherShare(
    { ...copy.ours, lines: linesAfter(copy.ours.lines, whole.lines, sharings) },
    whole,
  );
  return { held: null, heldAt: IN_DOUBT, ours, before: copy.before };
}

/** A line of ours that another program had no more was taken out by it, not by people; from a list that only grows nobody takes anything. */
function linesAfter(
  lines: OurShare['lines'],
  whole: OurShare['lines'],
  sharings: FieldSharings,
): OurShare['lines'] {
  const fateOf = (name: string, hash: string, fate: LineFate): LineFate =>
    fate === 'sent' && sharings[name] !== 'appended' && whole[name]?.[hash] === undefined ? 'doubted' : fate;
  return Object.fromEntries(
    Object.entries(lines).map(([name, fates]) => [
      name,
      Object.fromEntries(Object.entries(fates).map(([hash, fate]) => [hash, fateOf(name, hash, fate)])),
    ]),
  );
}

/** Of a CRM record of which nothing is known. */
export const UNKNOWN_COPY: CrmCopy = { held: null, heldAt: IN_DOUBT, ours: NOTHING_OURS, before: null };

/** What the neighbours of one link hold at most, in bytes: those that have one of its CRM records, and the others. */
export const NEIGHBOUR_BYTES = 4 * 1_048_576;

/** Counts what the neighbours of one link hold, as they are found. */
export interface NeighbourRoom {
  /** Whether nothing is full yet. */
  isOpen(): boolean;
  /** Whether of another one of this CRM record no content is to be held. */
  isFull(remoteId: string | null): boolean;
  /** As much of a link as there is room for. */
  take(link: Link, bytes: number): Link;
}

/** Those that have a CRM record that is asked for have a room of their own: what of it is ours is known by them alone. */
export function createNeighbourRoom(remoteIds: readonly string[]): NeighbourRoom {
  const marked = new Set(remoteIds);
  const held = { sharing: 0, others: 0 };
  const roomOf = (remoteId: string | null): keyof typeof held =>
    remoteId !== null && marked.has(remoteId) ? 'sharing' : 'others';
  const isFull = (remoteId: string | null): boolean => held[roomOf(remoteId)] >= NEIGHBOUR_BYTES;

  return {
    isOpen: () => Math.max(held.sharing, held.others) < NEIGHBOUR_BYTES,
    isFull,
    take(link, bytes) {
      const remoteId = link.remote?.id ?? null;
      if (isFull(remoteId)) return withoutContent(link, link.copy !== null || link.shadow !== null);
      held[roomOf(remoteId)] += bytes;
      return link;
    },
  };
}

/**
 * A link of which is told who it is and what it has, and not what that holds: one that knew something of its CRM record is as one that is
 * in doubt, so the CRM record is read before it is written, and what stands there is people's.
 */
export function withoutContent({ intent, ...head }: LinkHead, knowsCopy: boolean): Link {
  return {
    ...head,
    intent: intent === null ? null : withoutShare(intent),
    left: {},
    shadow: null,
    copy: knowsCopy ? UNKNOWN_COPY : null,
  };
}

function withoutShare({ share: _share, ...intent }: CreateIntent): CreateIntent {
  return intent;
}
