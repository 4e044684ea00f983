import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeChangeAsJson } from '../../src/change-feed/codec/encode-change.ts';
import { changeEnvelope } from '../../src/domain/events/change-envelope.ts';
import { writeFrame } from '../../src/change-feed/codec/confluent-frame.ts';
import { createRegistryClient } from '../../src/change-feed/codec/registry-client.ts';
import { createValueDecoder } from '../../src/change-feed/codec/value-decoder.ts';
import { createWriterSchemas } from '../../src/change-feed/codec/writer-schemas.ts';
import { recordKey, type RecordKey } from '../../src/domain/entity.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { loadChangeSchemas } from '../../src/change-feed/schemas/change-schemas.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { event } from '../change-feed/sample-changes.ts';
import { startLocalPartitions, type LocalPartitions } from './local-partitions.ts';
import { DECODER_LIMITS } from '../support/decoder-limits.ts';

export const TOPIC = 'zena.contact.changes';
export const PARTITIONS = 6;

/** The way in, from a topic's bytes to the embedded store in a file: the real decoder, registry client, handling and ingest. */
export interface MeasuredFeed {
  readonly store: SqliteStateStore;
  readonly partitions: LocalPartitions;
  /** Letters that went to the topic, by id, each as often as it went. */
  readonly told: readonly string[];
  /** Appends a good event of a key, the next version of it, and times it from `dueAt` (epoch ms) to its commit. */
  good(key: number, dueAt: number, schemaId: number | null): void;
  /** ms from due to committed, by partition. */
  readonly samples: readonly (readonly number[])[];
  /** What of the good events is not stored as its newest version. */
  missing(): Promise<string[]>;
  /** False when something is still behind after that time. */
  drained(withinMs: number): Promise<boolean>;
  close(): Promise<void>;
}

const schemas = loadChangeSchemas();

export async function openMeasuredFeed(registryUrl: string): Promise<MeasuredFeed> {
  const folder = await mkdtemp(join(tmpdir(), 'zena-crm-feed-'));
  const store = await openSqliteStore({ path: join(folder, 'store.sqlite') });
  const client = createRegistryClient({ url: registryUrl, auth: null }, 5_000);
  const told: string[] = [];
  const due = Array.from({ length: PARTITIONS }, () => new Map<number, number>());
  const samples = Array.from({ length: PARTITIONS }, (): number[] => []);
  const versions = new Map<number, number>();
  const partitions = startLocalPartitions({
    topic: TOPIC,
    partitions: PARTITIONS,
    kind: 'contact',
    decode: createValueDecoder({
      ...DECODER_LIMITS,
      schemas: createWriterSchemas({ client, clock: systemClock }),
    }),
    handler: createIngest({
      store,
      deadLetterTopic: {
        async publish(letters) {
          told.push(...letters.map(({ letter }) => letter.id));
        },
      },
      now: () => Date.now(),
      onVerdict: () => undefined,
      onLetter: () => undefined,
      onMarked: () => undefined,
    }),
    onCommitted(partition, next) {
      for (const [offset, at] of due[partition] ?? []) {
        if (offset >= next) break;
        samples[partition]?.push(Date.now() - at);
        due[partition]?.delete(offset);
      }
    },
  });
  return {
    store,
    partitions,
    told,
    samples,
    good(key, dueAt, schemaId) {
      const version = (versions.get(key) ?? 0) + 1;
      versions.set(key, version);
      const change = event('contact', `c-${key}`, version);
      const payload = schemas.contact.type.toBuffer(changeEnvelope(change));
      const value = schemaId === null ? encodeChangeAsJson(change) : writeFrame({ schemaId, payload });
      const partition = key % PARTITIONS;
      const offset = partitions.append({ partition, key: Buffer.from(change.entityId), value });
      due[partition]?.set(offset, dueAt);
    },
    async missing() {
      const wanted = new Map<RecordKey, number>();
      for (const [key, version] of versions) wanted.set(recordKey('contact', `c-${key}`), version);
      const held = await store.records.read([...wanted.keys()]);
      const behind = [...wanted].filter(([key, version]) => held.get(key)?.version !== version);
      return behind.length === 0
        ? []
        : [`${behind.length} of ${wanted.size} records are not at their newest`];
    },
    async drained(withinMs) {
      const until = performance.now() + withinMs;
      while (partitions.behind > 0 && performance.now() < until) await systemClock.sleep(20);
      return partitions.behind === 0;
    },
    async close() {
      await partitions.stop();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Calls `send` for each of the messages when it is due, however long earlier ones took: an open loop. */
export async function openLoop(
  rate: number,
  ms: number,
  send: (index: number, dueAt: number) => void,
): Promise<void> {
  const began = Date.now();
  const total = Math.floor((rate * ms) / 1_000);
  for (let sent = 0; sent < total;) {
    for (; sent < total && began + (sent * 1_000) / rate <= Date.now(); sent += 1)
      send(sent, began + (sent * 1_000) / rate);
    await systemClock.sleep(5);
  }
}
