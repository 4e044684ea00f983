import { randomUUID } from 'node:crypto';
import type { AnyBulkWriteOperation } from 'mongodb';
import type { Scope } from '../../../domain/connection.ts';
import type { Link } from '../../../domain/link.ts';
import type { ClaimRequest, LinkStore } from '../../state-store.port.ts';
import { writeUnordered } from '../session/bulk-write.ts';
import { createDueScopes } from './due-scopes.ts';
import { claimableBy, dueAt, type LinkCondition } from './link-conditions.ts';
import {
  intentDocument,
  linkOf,
  remoteDocument,
  urgencyOf,
  type ClaimDocument,
  type LinkDocument,
} from './stored-link.ts';
import type { MongoSession } from '../session/mongo-session.ts';

type Claiming = Pick<
  LinkStore,
  'dueScopes' | 'unfinishedScopes' | 'claim' | 'extendClaim' | 'beginCreate' | 'noteRemote'
>;
type Candidate = Pick<LinkDocument, '_id' | 'claim'>;

/** Who may act on a link. */
export function createLinkClaiming(session: MongoSession): Claiming {
  const { links, ask } = session;

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
    const claimed = await ask(() => links.find({ _id: { $in: ids }, 'claim.call': ours.call }).toArray());
    return claimed.map(linkOf).sort(asClaimed);
  };

  const asHolder = async (id: string, token: string, set: Record<string, unknown>): Promise<boolean> => {
    const { matchedCount } = await ask(() =>
      links.updateOne({ _id: id, 'claim.token': token }, { $set: set }),
    );
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
    extendClaim: (id, token, until) => asHolder(id, token, { 'claim.until': until }),
    beginCreate: (id, token, intent) => asHolder(id, token, { intent: intentDocument(intent) }),
    async noteRemote(id, token, remote, keyHash) {
      const set = { remote: remoteDocument(remote), wake: true as const };
      const { matchedCount } = await ask(() =>
        links.updateOne(
          { _id: id, 'claim.token': token },
          keyHash === null ? { $set: set, $unset: { keyHash: '' } } : { $set: { ...set, keyHash } },
        ),
      );
      return matchedCount === 1;
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
      update: { $set: { claim: ours }, $max: { quietUntil: held.until } },
    },
  };
}
