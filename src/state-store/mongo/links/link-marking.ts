import type { AnyBulkWriteOperation } from 'mongodb';
import { splitRecordKey } from '../../../domain/entity.ts';
import { linkId, type Lane } from '../../../domain/link.ts';
import { urgencyOf } from '../../lane-urgency.ts';
import type { LinkStore, LookMark, WantedMark } from '../../link-store.port.ts';
import { writeUnordered } from '../session/bulk-write.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import type { LinkCondition } from './link-conditions.ts';
import { linksIn, type LinkDocument } from './stored-link.ts';

type LinkWrite = AnyBulkWriteOperation<LinkDocument>;
type Marking = Pick<LinkStore, 'markWanted' | 'markLook' | 'wake' | 'wakeDead'>;

const LIVE = urgencyOf('live');

/** Ingest's and other askers' writes. */
export function createLinkMarking(session: MongoSession): Marking {
  const { ask } = session;
  const links = linksIn(session);
  const write = (writes: LinkWrite[]): Promise<{ readonly duplicates: readonly number[] }> =>
    writeUnordered(session, links, writes);

  return {
    async markWanted(marks) {
      const { duplicates } = await write(marks.map((mark) => wantedWrite(mark, true)));
      // The link exists. The mark is stale, or another call made the link, perhaps at a lower revision: without the upsert
      // the same filter tells the two apart.
      const again = duplicates.flatMap((index) => marks[index] ?? []);
      await write(again.map((mark) => wantedWrite(mark, false)));
    },
    async markLook(marks) {
      const { duplicates } = await write(marks.map(lookWrite));
      // These links exist, most of them with the mark's run. Should the run still be to set, it comes first: a link must
      // not be due, and perhaps settled, before it counts for the run.
      const again = duplicates.flatMap((index) => marks[index] ?? []);
      await write(again.flatMap(runWrites));
      await write(again.map(lookAgainWrite));
    },
    async wake(ids, now) {
      if (ids.length === 0) return;
      await ask(() => links.updateMany({ _id: { $in: [...ids] } }, wakingUpdate('live', now)));
    },
    async wakeDead(ids, now, mostReplays) {
      if (ids.length === 0) return 0;
      const restingDead: LinkCondition = {
        _id: { $in: [...ids] },
        nextAt: { $exists: false },
        dead: { $exists: true },
        // Marks from before replays were counted have none.
        'dead.replays': { $not: { $gte: mostReplays } },
      };
      const { matchedCount } = await ask(() => links.updateMany(restingDead, wakingUpdate('replay', now)));
      return matchedCount;
    },
  };
}

function wantedWrite(mark: WantedMark, upsert: boolean): LinkWrite {
  const { scope, key, wanted, now, turn = now } = mark;
  return {
    updateOne: {
      filter: { _id: linkId(scope, key), wanted: { $lt: wanted } },
      update: {
        $setOnInsert: { ...identity(mark), marks: 0 },
        $set: { wanted, queue: scope, lane: LIVE },
        $min: { nextAt: turn, dirtySince: now },
        $unset: { restLane: '', restQueue: '' },
      },
      upsert,
    },
  };
}

/** Matches a link that does not carry the mark's run, and sets that in the same write. */
function lookWrite(mark: LookMark): LinkWrite {
  const { runId } = mark;
  const { $set, ...update } = lookUpdate(mark);
  const { attempts, ...made } = identity(mark);
  return {
    updateOne: {
      filter: { _id: linkId(mark.scope, mark.key), ...(runId !== undefined && { 'run.id': { $ne: runId } }) },
      update: {
        ...update,
        $setOnInsert: { ...made, wanted: 0, ...(!('attempts' in $set) && { attempts }) },
        $set: { ...$set, ...(runId !== undefined && { run: { id: runId } }) },
      },
      upsert: true,
    },
  };
}

/** For links that exist, whether they rest or not. */
function wakingUpdate(lane: Lane, now: number) {
  return {
    $inc: { marks: 1 },
    $min: { nextAt: now, lane: urgencyOf(lane) },
    $rename: { restQueue: 'queue' },
    $unset: { restLane: '' as const },
  };
}

function lookAgainWrite(mark: LookMark): LinkWrite {
  return { updateOne: { filter: { _id: linkId(mark.scope, mark.key) }, update: lookUpdate(mark) } };
}

function runWrites({ scope, key, runId }: LookMark): LinkWrite[] {
  if (runId === undefined) return [];
  const filter = { _id: linkId(scope, key), 'run.id': { $ne: runId } };
  return [{ updateOne: { filter, update: { $set: { run: { id: runId } } } } }];
}

function lookUpdate({ scope, lane, now, skipBackOff }: LookMark) {
  return {
    $inc: { marks: 1 },
    $set: { queue: scope, ...(skipBackOff === true && { attempts: 0 }) },
    $min: { nextAt: now, lane: urgencyOf(lane) },
    $unset: {
      restLane: '' as const,
      restQueue: '' as const,
      ...(skipBackOff === true && { notBefore: '' as const }),
    },
  };
}

/** What a link is made with; `_id` comes from the filter. */
function identity({ scope, connectionId, userId, key }: WantedMark | LookMark) {
  const { kind, entityId } = splitRecordKey(key);
  return { scope, connectionId, userId, key, kind, entityId, attempts: 0, journal: 0 };
}
