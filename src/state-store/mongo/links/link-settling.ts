import type { UpdateFilter } from 'mongodb';
import type { OurShare } from '../../../domain/crm-copy.ts';
import type { LinkId, Remote, RunResult } from '../../../domain/link.ts';
import { urgencyOf } from '../../lane-urgency.ts';
import type { LinkPatch, LinkStore, NextLook, SettleResult, Settlement } from '../../link-store.port.ts';
import { NEWEST, type MongoSession } from '../session/mongo-session.ts';
import { TO_REST, type LinkCondition } from './link-conditions.ts';
import {
  copyDocument,
  deadCopy,
  intentDocument,
  leftDocuments,
  linksIn,
  remoteDocument,
  shadowDocument,
  soughtDocument,
  type LinkDocument,
} from './stored-link.ts';

type Settling = Pick<LinkStore, 'settle' | 'recordLost' | 'clearWake' | 'clearUntold'>;

/** How a link is supposed to stand; the write's filter holds it to that. */
interface Standing {
  readonly asSeen: boolean;
  readonly due: boolean;
  readonly carriesRun: boolean;
}

/** Each miss takes a change by another between a read and a write; so many in a row are a fault, not a race. */
const ATTEMPTS = 20;

/** What a link learns from a worker. */
export function createLinkSettling(session: MongoSession): Settling {
  const { ask } = session;
  const links = linksIn(session);
  /** Null when the claim is not ours: tokens never come back. */
  const standingOf = async ({ id, token, seen, patch }: Settlement): Promise<Standing | null> => {
    const link = await ask(() =>
      links.findOne(
        { _id: id, 'claim.token': token },
        { ...NEWEST, projection: { wanted: 1, marks: 1, nextAt: 1, 'run.id': 1 } },
      ),
    );
    if (link === null) return null;
    return {
      asSeen: link.wanted === seen.wanted && link.marks === seen.marks,
      due: link.nextAt !== undefined,
      carriesRun: patch.runResult !== undefined && link.run?.id === patch.runResult.id,
    };
  };

  const settle = async (settlement: Settlement): Promise<SettleResult> => {
    // Nearly always nothing has changed since the claim, so the first write supposes that and needs no read.
    let standing: Standing | null = {
      asSeen: true,
      due: true,
      carriesRun: settlement.patch.runResult !== undefined,
    };
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const [filter, update] = settlingWrite(settlement, standing);
      const { matchedCount } = await ask(() => links.updateOne(filter, update));
      if (matchedCount === 1) return standing.asSeen ? 'released' : 'kept';
      standing = await standingOf(settlement);
      if (standing === null) return 'lost';
    }
    throw new Error(`the link ${settlement.id} changed ${String(ATTEMPTS)} times while it was settled`);
  };

  const recordLost = async (
    id: LinkId,
    remote: Remote,
    ours?: OurShare,
  ): Promise<'set' | 'same' | 'stray' | 'absent'> => {
    const left =
      ours === undefined ? {} : { $push: { left: { $each: leftDocuments({ [remote.id]: ours }) } } };
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const link = await ask(() => links.findOne({ _id: id }, { ...NEWEST, projection: { remote: 1 } }));
      if (link === null) return 'absent';
      if (link.remote?.id === remote.id) return 'same';
      const standing = link.remote?.id ?? { $exists: false };
      const { matchedCount } = await ask(() =>
        links.updateOne(
          { _id: id, 'remote.id': standing },
          link.remote === undefined
            ? { $set: { remote: remoteDocument(remote) } }
            : { $addToSet: { strays: remote.id }, ...left },
        ),
      );
      if (matchedCount === 1) return link.remote === undefined ? 'set' : 'stray';
    }
    throw new Error(`the link ${id} changed ${String(ATTEMPTS)} times while a lost outcome was recorded`);
  };

  return {
    settle,
    recordLost,
    async clearWake(id) {
      await ask(() => links.updateOne({ _id: id, wake: true }, { $unset: { wake: '' } }));
    },
    async clearUntold(id, failedAt) {
      const told = { _id: id, untold: true as const, 'dead.at': failedAt };
      await ask(() => links.updateOne(told, { $unset: { untold: '' } }));
    },
  };
}

function settlingWrite(
  { id, token, seen, patch, next }: Settlement,
  { asSeen, due, carriesRun }: Standing,
): [LinkCondition, UpdateFilter<LinkDocument>] {
  const { runResult } = patch;
  const filter: LinkCondition = {
    _id: id,
    'claim.token': token,
    ...(asSeen && { wanted: seen.wanted, marks: seen.marks, nextAt: { $exists: due } }),
    ...(runResult !== undefined && { 'run.id': carriesRun ? runResult.id : { $ne: runResult.id } }),
  };
  const changes = patchChanges(patch);
  const { $set, $unset, $rename } = asSeen ? nextLook(next, due) : ({} as NextLookUpdate);
  const set = {
    ...changes.set,
    ...(runResult !== undefined && carriesRun && { 'run.result': runResult.result }),
    ...$set,
  };
  return [
    filter,
    {
      // Servers before MongoDB 5 refuse an operator without fields.
      ...(Object.keys(set).length > 0 && { $set: set }),
      $unset: { ...changes.unset, ...$unset, claim: '' },
      ...($rename !== undefined && { $rename }),
    },
  ];
}

interface NextLookUpdate {
  readonly $set?: Readonly<Record<string, number>>;
  readonly $unset?: Readonly<Record<string, ''>>;
  readonly $rename?: Readonly<Record<string, string>>;
}

/** `due` is false where the link's work was dropped while it was held: then its lane and queue stand under the names of rest. */
function nextLook(next: NextLook, due: boolean): NextLookUpdate {
  switch (next.kind) {
    case 'rest':
      return due ? TO_REST : { $unset: { dirtySince: '' } };
    case 'at':
      return {
        $set: { nextAt: next.at },
        ...(!due && { $rename: { restLane: 'lane', restQueue: 'queue' } }),
      };
    case 'back_off':
      return { $set: { [due ? 'lane' : 'restLane']: urgencyOf('retry') } };
    case 'keep':
      return {};
  }
}

function noneLeft(left: LinkPatch['left']): boolean {
  return left !== undefined && Object.keys(left).length === 0;
}

interface FieldChanges {
  readonly set: Readonly<Record<string, unknown>>;
  readonly unset: Readonly<Record<string, ''>>;
}

/** What a patch sets and unsets, `runResult` left out: that depends on the run that the link carries. */
function patchChanges(patch: LinkPatch): FieldChanges {
  const set: Record<string, unknown> = {};
  const unset: Record<string, ''> = {};
  const change = <T>(field: string, value: T | null | undefined, stored: (value: T) => unknown): void => {
    if (value === undefined) return;
    if (value === null) unset[field] = '';
    else set[field] = stored(value);
  };
  const asIs = (value: unknown): unknown => value;
  change('intent', patch.intent, intentDocument);
  change('quietUntil', patch.quietUntil, asIs);
  change('notBefore', patch.notBefore, asIs);
  change('attempts', patch.attempts, asIs);
  change('waitingSince', patch.waitingSince, asIs);
  change('remote', patch.remote, remoteDocument);
  change('keyHash', patch.keyHash, asIs);
  change('shadow', patch.shadow, shadowDocument);
  change('copy', patch.copy, copyDocument);
  change('sought', patch.sought, soughtDocument);
  change('strays', patch.strays, asIs);
  change('left', noneLeft(patch.left) ? null : patch.left, leftDocuments);
  change('dead', patch.dead, deadCopy);
  change('recreatedAt', patch.recreatedAt, asIs);
  change('wake', patch.wake === false ? null : patch.wake, asIs);
  change('untold', patch.untold === false ? null : patch.untold, asIs);
  change('journal', patch.journal, asIs);
  change('starts', patch.starts, asIs);
  return { set, unset };
}

/** A record whose copy in the CRM became equal, or was. */
const EQUAL_RESULTS: readonly RunResult[] = ['created', 'updated', 'unchanged'];

type Copies = Pick<
  LinkStore,
  'clearShadows' | 'clearCopies' | 'noteCopy' | 'passOurs' | 'noteTouched' | 'noteKinWrote'
>;

/** What is known of the CRM records of links, also written by those who don't hold them. */
export function createLinkCopies(session: MongoSession): Copies {
  const { ask } = session;
  const links = linksIn(session);
  const changeAll = async (ids: readonly LinkId[], update: UpdateFilter<LinkDocument>): Promise<void> => {
    if (ids.length > 0) await ask(() => links.updateMany({ _id: { $in: [...ids] } }, update));
  };

  return {
    clearShadows: (ids) => changeAll(ids, { $unset: { shadow: '' } }),
    async clearCopies(ids, overtakenIn = null) {
      await changeAll(ids, { $unset: { shadow: '', copy: '' } });
      if (overtakenIn === null || ids.length === 0) return;
      const equal = {
        _id: { $in: [...ids] },
        'run.id': overtakenIn,
        'run.result': { $in: [...EQUAL_RESULTS] },
      };
      await ask(() => links.updateMany(equal, { $set: { 'run.result': 'superseded' } }));
    },
    async noteCopy(id, token, copy) {
      const ours = { _id: id, 'claim.token': token };
      const { matchedCount } = await ask(() => links.updateOne(ours, { $set: { copy: copyDocument(copy) } }));
      return matchedCount === 1;
    },
    passOurs: (to, copy) => changeAll([to], { $set: { copy: copyDocument(copy) } }),
    noteTouched: (ids, at) => changeAll(ids, { $max: { touchedAt: at } }),
    async noteKinWrote(scopes, { kind, remoteId }, at) {
      if (scopes.length === 0) return;
      const theirs = { scope: { $in: [...scopes] }, kind, 'remote.id': remoteId };
      await ask(() => links.updateMany(theirs, { $max: { kinWroteAt: at } }));
    },
  };
}
