import { randomUUID } from 'node:crypto';
import type { RecordKey } from '../../../domain/entity.ts';
import { ascendingIds } from '../../page-places.ts';
import { pageDocuments, pageOfDocuments } from '../session/page-documents.ts';
import type { RecordStore, RecordWrite } from '../../record-store.port.ts';
import { writeUnordered } from '../session/bulk-write.ts';
import { NEWEST, type MongoSession } from '../session/mongo-session.ts';
import { prefixRange } from '../session/prefix-range.ts';
import {
  headOf,
  recordDocument,
  recordOf,
  recordsIn,
  WITHOUT_CONTENT,
  type HeadDocument,
} from './stored-record.ts';

export function createRecordStore(session: MongoSession): RecordStore {
  const { ask } = session;
  const records = recordsIn(session);

  /** The replacements of a batch that stored nothing: what stands in their place is not theirs. */
  const missedReplacements = async (
    replacements: readonly RecordWrite[],
    nameOf: (write: RecordWrite) => string,
  ): Promise<RecordKey[]> => {
    const keys = replacements.map((write) => write.record.key);
    const standing = await ask(() =>
      records
        .find({ _id: { $in: keys } }, NEWEST)
        .project<{ _id: string; write: string }>({ write: 1 })
        .toArray(),
    );
    const writers = new Map(standing.map((document) => [document._id, document.write]));
    return replacements
      .filter((write) => writers.get(write.record.key) !== nameOf(write))
      .map((write) => write.record.key);
  };

  const write = async (writes: readonly RecordWrite[]): Promise<RecordKey[]> => {
    const batch = randomUUID();
    const names = new Map(writes.map((each, index) => [each, `${batch}/${String(index)}`]));
    const nameOf = (each: RecordWrite): string => names.get(each) ?? batch;
    // An insert is an upsert over a revision that no record has, so that all of the batch is one command.
    const { matched, duplicates } = await writeUnordered(
      session,
      records,
      writes.map((each) => ({
        replaceOne: {
          filter: { _id: each.record.key, revision: each.expectedRevision },
          replacement: recordDocument(each.record, nameOf(each)),
          upsert: each.expectedRevision === 0,
        },
      })),
    );
    const refused = duplicates.flatMap((index) => writes[index]?.record.key ?? []);
    const replacements = writes.filter((each) => each.expectedRevision !== 0);
    if (matched === replacements.length) return refused;
    return [...refused, ...(await missedReplacements(replacements, nameOf))];
  };

  return {
    async read(keys) {
      if (keys.length === 0) return new Map();
      const found = await ask(() => records.find({ _id: { $in: [...keys] } }).toArray());
      return new Map(found.map(recordOf).map((record) => [record.key, record]));
    },
    ...createPartialReads(session),
    write,
    // Ids begin with the kind, so that their order within a kind is that of the entity ids.
    async page(userId, kind, after, limit) {
      const ids = prefixRange(kind, after === null ? null : `${kind}/${after}`);
      const find = () =>
        records
          .find({ userId, _id: ids })
          .sort({ _id: 1 })
          .limit(limit + 1);
      return await pageOfDocuments(session, find, limit, recordOf, ({ entityId }) => entityId);
    },
    count: (userId) => ask(() => records.countDocuments({ userId })),
    async referrers(userId, key, after, limit) {
      const found = await ask(() =>
        records
          .find({ references: key, userId, deleted: false, ...(after !== null && { _id: { $gt: after } }) })
          .sort({ _id: 1 })
          .limit(limit)
          .project<{ _id: string }>({ _id: 1 })
          .toArray(),
      );
      return found.map((document) => document._id as RecordKey);
    },
  };
}

/** Reads of what may be large, or of which what is large isn't needed. */
function createPartialReads(session: MongoSession): Pick<RecordStore, 'readPart' | 'heads'> {
  const { ask } = session;
  const records = recordsIn(session);
  return {
    async readPart(keys) {
      const { wanted, restAfter } = ascendingIds(keys);
      const find = () => records.find({ _id: { $in: wanted } }).sort({ _id: 1 });
      const { items, more } = await pageDocuments(session, find, Number.POSITIVE_INFINITY);
      const found = items.map(recordOf).map((record) => [record.key, record] as const);
      return { records: new Map(found), rest: more ? restAfter(items.at(-1)?._id ?? '') : [] };
    },
    async heads(keys) {
      if (keys.length === 0) return new Map();
      const found = await ask(() =>
        records
          .find({ _id: { $in: [...keys] } })
          .project<HeadDocument>(WITHOUT_CONTENT)
          .toArray(),
      );
      return new Map(found.map(headOf).map((head) => [head.key, head]));
    },
  };
}
