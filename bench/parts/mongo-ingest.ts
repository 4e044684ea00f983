import { randomUUID } from 'node:crypto';
import type { AnyBulkWriteOperation, Document } from 'mongodb';
import type { Change } from '../../src/domain/change-event.ts';
import { openMongoStore, type MongoStateStore } from '../../src/state-store/mongo/open-mongo-store.ts';
import { connection } from '../../test/support/builders.ts';
import { withDatabase } from '../../test/support/real-tier/real-tier.ts';
import type { Meter, OpenPart } from '../harness/part.ts';
import { benchEventAt } from '../support/bench-events.ts';
import { ingestInto, storeFaults } from '../support/ingest-target.ts';
import { watchProcessors } from '../support/processor-use.ts';

export interface MongoIngestOptions {
  readonly mongodbUrl: string;
  readonly events: number;
  /** Half as many: each comes twice, the second time when all have come once. */
  readonly keys: number;
  /** Of the server, where this machine runs it. */
  readonly serverPids: readonly number[];
}

/** What one run into the store took beside this process. */
export interface MongoRun {
  readonly events: number;
  /** Processors that the server used. */
  readonly serverCores: number;
  /** Processors that nobody used meanwhile. */
  readonly idle: number;
  readonly wrong: readonly string[];
}

const A_BATCH = 500;
/** As the feed handles partitions. */
const IN_FLIGHT = 3;

interface Batches {
  readonly changes: readonly (readonly Change[])[];
}

/** The same documents into a fresh database each round: through ingest and the adapter, and by bare bulk writes. */
export const openPart: OpenPart<MongoIngestOptions> = async ({ mongodbUrl, events, keys, serverPids }) => {
  const batches = { changes: changesOf(events, keys) };
  const withStore = async <T>(work: (store: MongoStateStore, name: string) => Promise<T>): Promise<T> => {
    const name = `bench_${randomUUID().slice(0, 8)}`;
    const store = await openMongoStore({ url: withDatabase(mongodbUrl, name), deadlineMs: 60_000 });
    try {
      return await work(store, name);
    } finally {
      await store.client.db(name).dropDatabase();
      await store.close();
    }
  };
  let documents: Promise<Documents[]> | null = null;
  const metered = async <T>(meter: Meter, work: () => Promise<T>) => {
    meter.restart();
    const ended = watchProcessors({ server: serverPids });
    const value = await work();
    const { cores, idle } = ended();
    meter.stop();
    return { value, serverCores: cores.server, idle };
  };
  return {
    profiled: { ours: 'MongoDB, ours', bare: 'MongoDB, bare bulkWrite' },
    commands: {
      ours: (_: null, meter: Meter) =>
        withStore(async (store): Promise<MongoRun> => {
          await store.connections.insert(connection());
          const { value: most, ...took } = await metered(meter, () => ingestAll(store, batches));
          const repeats = most > A_BATCH ? [`${most} writes for a batch of ${A_BATCH}`] : [];
          return { events, ...took, wrong: [...repeats, ...(await storeFaults(store, { events, keys }))] };
        }),
      bare: (_: null, meter: Meter) =>
        withStore(async (store, name): Promise<MongoRun> => {
          documents ??= documentsOf(withStore, batches);
          const all = await documents;
          const { value: _, ...took } = await metered(meter, () => writeAll(store, name, all));
          const count = await store.client.db(name).collection('records').countDocuments();
          return {
            events,
            ...took,
            wrong: count === keys ? [] : [`bare: ${count} documents of ${keys}`],
          };
        }),
      /** A batch in which each key comes twice: how many documents are written for it. */
      async repeats() {
        const twice = [changesOf(A_BATCH, A_BATCH / 2).flat()];
        return await withStore(async (store) => {
          await store.connections.insert(connection());
          return { keys: A_BATCH / 2, writes: await ingestAll(store, { changes: twice }) };
        });
      },
    },
    close: () => Promise.resolve(),
  };
};

function changesOf(events: number, keys: number): Change[][] {
  const changes = Array.from({ length: events }, (_, index): Change => ({
    type: 'event',
    event: benchEventAt(index, keys),
    place: null,
  }));
  return Array.from({ length: Math.ceil(events / A_BATCH) }, (_, at) =>
    changes.slice(at * A_BATCH, (at + 1) * A_BATCH),
  );
}

async function inFlight<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items].reverse();
  const workOff = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, workOff));
}

/** The most documents that were written for one batch, of records or of links. */
async function ingestAll(store: MongoStateStore, { changes }: Batches): Promise<number> {
  let most = 0;
  const counting: MongoStateStore = {
    ...store,
    records: {
      ...store.records,
      write(writes) {
        most = Math.max(most, writes.length);
        return store.records.write(writes);
      },
    },
    links: {
      ...store.links,
      markWanted(marks) {
        most = Math.max(most, marks.length);
        return store.links.markWanted(marks);
      },
    },
  };
  const { ingest } = ingestInto(counting);
  await inFlight(changes, (batch) =>
    ingest({ changes: batch, letters: [], heartbeat: () => Promise.resolve(), abandoned: () => false }),
  );
  return most;
}

interface Documents {
  readonly records: readonly Document[];
  readonly links: readonly Document[];
}

type WithStore = <T>(work: (store: MongoStateStore, name: string) => Promise<T>) => Promise<T>;

/** What ingest leaves for each batch, in the order of the changes: of its first half when that is in, then of the other. */
async function documentsOf(withStore: WithStore, { changes }: Batches): Promise<Documents[]> {
  return await withStore(async (store, name) => {
    await store.connections.insert(connection());
    const read = async (collection: string, keyName: string): Promise<Map<unknown, Document>> => {
      const all = await store.client.db(name).collection(collection).find().toArray();
      return new Map(all.map((document) => [(document as Document)[keyName], document]));
    };
    const left: Documents[] = [];
    for (const half of [changes.slice(0, changes.length / 2), changes.slice(changes.length / 2)]) {
      await ingestAll(store, { changes: half });
      const [records, links] = [await read('records', '_id'), await read('links', 'key')];
      for (const batch of half) {
        const keys = batch.map((change) =>
          change.type === 'event' ? `${change.event.kind}/${change.event.entityId}` : '',
        );
        left.push({
          records: keys.flatMap((key) => records.get(key) ?? []),
          links: keys.flatMap((key) => links.get(key) ?? []),
        });
      }
    }
    return left;
  });
}

async function writeAll(store: MongoStateStore, name: string, batches: readonly Documents[]): Promise<void> {
  const database = store.client.db(name, { writeConcern: { w: 'majority', journal: true } });
  const replaced = (documents: readonly Document[]): AnyBulkWriteOperation[] =>
    documents.map((document) => ({
      replaceOne: { filter: { _id: document['_id'] as never }, replacement: document, upsert: true },
    }));
  await inFlight(batches, async ({ records, links }) => {
    await database.collection('records').bulkWrite(replaced(records), { ordered: false });
    await database.collection('links').bulkWrite(replaced(links), { ordered: false });
  });
}
