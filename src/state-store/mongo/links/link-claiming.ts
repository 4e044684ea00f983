import { randomUUID } from 'node:crypto';
import type { AnyBulkWriteOperation, UpdateFilter } from 'mongodb';
import type { Scope } from '../../../domain/connection.ts';
import type { Link, LinkId } from '../../../domain/link.ts';
import { weightOf } from '../../../domain/json.ts';
import { urgencyOf } from '../../lane-urgency.ts';
import type { ClaimRequest, LinkStore, MadeRemote } from '../../link-store.port.ts';
import { writeUnordered } from '../session/bulk-write.ts';
import { pageDocuments } from '../session/page-documents.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { claimableBy, dueAt, unheld, type LinkCondition } from './link-conditions.ts';
import {
  copyDocument,
  intentDocument,
  linkOf,
  linksIn,
  remoteDocument,
  type ClaimDocument,
  type LinkDocument,
} from './stored-link.ts';

type Claiming = Pick<
  LinkStore,
  'dueScopes' | 'unfinishedScopes' | 'claim' | 'extendClaim' | 'beginCreate' | 'noteRemote' | 'noteMade'
>;
type Candidate = Pick<LinkDocument, '_id' | 'claim'>;

/** Links looked at by one request. Scopes with fewer due links than this are found many at a time, others one by one. */
const PAGE = 128;

/** Who may act on a link. */
export function createLinkClaiming(session: MongoSession): Claiming {
  const { ask } = session;
  const links = linksIn(session);

  const claim = async ({ scope, lane, now, limit, claim }: ClaimRequest): Promise<Link[]> => {
    const due: LinkCondition = {
      queue: scope,
      ...(lane !== null && { lane: urgencyOf(lane) }),
      ...dueAt(now),
    };
    const candidates = await ask(() =>
      links
        .find({ ...due, ...claimableBy(claim.epoch, now) })
        .sort(lane === null ? { lane: 1, nextAt: 1 } : { nextAt: 1 })
        .limit(limit)
        .project<Candidate>({ claim: 1 })
        .toArray(),
    );
    const ours = { token: claim.token, epoch: claim.epoch, until: claim.until, call: randomUUID() };
    const { matched } = await writeUnordered(
      session,
      links,
      candidates.map((candidate) => claimWrite(candidate, due, ours)),
    );
    if (matched === 0) return [];
    const ids = candidates.map((candidate) => candidate._id);
    const find = () => links.find({ _id: { $in: ids }, 'claim.call': ours.call });
    const weigh = (document: LinkDocument): number => weightOf(linkOf(document));
    const { items, more } = await pageDocuments(session, find, Number.POSITIVE_INFINITY, weigh);
    if (more) await letGo(items, ids, ours.call);
    return items.map(linkOf).sort(asClaimed);
  };

  /** What was claimed beyond a page is due again at once: nothing was sent for it. */
  const letGo = async (
    kept: readonly LinkDocument[],
    claimed: readonly string[],
    call: string,
  ): Promise<void> => {
    const inHand = new Set(kept.map(({ _id }) => _id));
    const others = claimed.filter((id) => !inHand.has(id));
    await ask(() =>
      links.updateMany({ _id: { $in: others }, 'claim.call': call }, { $unset: { claim: '' } }),
    );
  };

  const asHolder = async (
    id: LinkId,
    token: string,
    update: UpdateFilter<LinkDocument>,
  ): Promise<boolean> => {
    const { matchedCount } = await ask(() => links.updateOne({ _id: id, 'claim.token': token }, update));
    return matchedCount === 1;
  };

  return {
    dueScopes: createDueScopes(session),
    async unfinishedScopes(limit) {
      const named = (filter: LinkCondition): Promise<Pick<LinkDocument, 'scope'>[]> =>
        ask(() =>
          links
            .find(filter)
            .limit(limit)
            .project<Pick<LinkDocument, 'scope'>>({ _id: 0, scope: 1 })
            .toArray(),
        );
      const found = [...(await named({ wake: true })), ...(await named({ untold: true }))];
      return [...new Set(found.map(({ scope }) => scope as Scope))].slice(0, limit);
    },
    claim,
    extendClaim: (id, token, until) => asHolder(id, token, { $set: { 'claim.until': until } }),
    beginCreate: (id, token, intent) => asHolder(id, token, { $set: { intent: intentDocument(intent) } }),
    noteRemote: (id, token, remote, keyHash) => asHolder(id, token, takenUpdate({ remote, keyHash })),
    noteMade: (id, token, made) => asHolder(id, token, madeUpdate(made)),
  };
}

/** Of the CRM record that a link is taken for nothing is known. */
function takenUpdate({
  remote,
  keyHash,
}: Pick<MadeRemote, 'remote' | 'keyHash'>): UpdateFilter<LinkDocument> {
  const set = { remote: remoteDocument(remote), wake: true as const };
  const known = { shadow: '', copy: '' } as const;
  return keyHash === null
    ? { $set: set, $unset: { ...known, keyHash: '' } }
    : { $set: { ...set, keyHash }, $unset: known };
}

function madeUpdate({ remote, keyHash, copy }: MadeRemote): UpdateFilter<LinkDocument> {
  return {
    $set: {
      remote: remoteDocument(remote),
      wake: true,
      ...(keyHash !== null && { keyHash }),
      ...(copy !== null && { copy: copyDocument(copy) }),
    },
    $unset: {
      shadow: '',
      intent: '',
      ...(keyHash === null && { keyHash: '' }),
      ...(copy === null && { copy: '' }),
    },
  };
}

/** The urgent lane first, then the oldest. */
function asClaimed(one: Link, other: Link): number {
  return urgencyOf(one.lane) - urgencyOf(other.lane) || (one.nextAt ?? 0) - (other.nextAt ?? 0);
}

/** Claims a link that is due and held as the candidate was: a claim that was moved or made meanwhile is not taken over. */
function claimWrite(
  candidate: Candidate,
  due: LinkCondition,
  ours: ClaimDocument,
): AnyBulkWriteOperation<LinkDocument> {
  const { _id, claim: held } = candidate;
  if (held === undefined) {
    return {
      updateOne: { filter: { ...due, _id, claim: { $exists: false } }, update: { $set: { claim: ours } } },
    };
  }
  return {
    updateOne: {
      filter: { ...due, _id, 'claim.call': held.call, 'claim.until': held.until },
      update: {
        $set: { claim: ours },
        $max: { quietUntil: held.until },
        // Whose claim is of a lower epoch died with it in hand; one that only took too long did not.
        ...(held.epoch < ours.epoch && { $inc: { starts: 1 } }),
      },
    },
  };
}

/**
 * Names scopes with due links, going on after the scope that the call before ended with: where more are due than a caller
 * takes at a time and it can't act on some of them, the others still get their turn.
 */
function createDueScopes(session: MongoSession) {
  const { ask } = session;
  const links = linksIn(session);
  let lastScope = '';

  /** In the order of the index, each request going on after the last scope of the one before: backlogs are hopped over. */
  const between = async (
    after: string,
    upTo: string | null,
    limit: number,
    now: number,
  ): Promise<Scope[]> => {
    const scopes: Scope[] = [];
    let last = after;
    while (scopes.length < limit) {
      const queue = { $gt: last, ...(upTo !== null && { $lte: upTo }) };
      const page = await ask(() =>
        links
          .find({ queue, ...dueAt(now), ...unheld(now) })
          .sort({ queue: 1 })
          .limit(PAGE)
          .project<{ queue: Scope }>({ _id: 0, queue: 1 })
          .toArray(),
      );
      for (const found of page) if (found.queue !== scopes.at(-1)) scopes.push(found.queue);
      last = page.at(-1)?.queue ?? last;
      if (page.length < PAGE) break;
    }
    return scopes.slice(0, limit);
  };

  return async (now: number, limit: number): Promise<Scope[]> => {
    const begin = lastScope;
    const scopes = await between(begin, null, limit, now);
    if (begin !== '' && scopes.length < limit) {
      scopes.push(...(await between('', begin, limit - scopes.length, now)));
    }
    lastScope = scopes.length < limit ? '' : (scopes.at(-1) ?? '');
    return scopes;
  };
}
