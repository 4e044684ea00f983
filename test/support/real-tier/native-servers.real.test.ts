import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { Kafka, logLevel } from 'kafkajs';
import { MongoClient } from 'mongodb';
import { startKafka } from './start-kafka.ts';
import { startMongo } from './start-mongo.ts';
import { startSchemaRegistry } from './start-schema-registry.ts';
import { createTopics } from './topics.ts';

/** What a test has to itself: they run side by side, since a server's start is mostly waiting. */
type Place = { dataDir: string; closing: (() => Promise<void>)[] };

/** A test with a folder of its own, which goes in the end, after everything that was to be closed. */
const inPlace =
  (test: (place: Place) => Promise<void>): (() => Promise<void>) =>
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'zena-crm-kept-data-'));
    const closing: Place['closing'] = [];
    try {
      await test({ dataDir, closing });
    } finally {
      for (const close of closing.reverse()) await close();
      await rm(dataDir, { recursive: true, force: true });
    }
  };

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};

/** A process of its own that runs a script with startMongo; its temporary folder is this test's own. */
const inAnotherProcess = (
  { dataDir, closing }: Place,
  script: string,
): ChildProcessByStdio<null, Readable, null> => {
  const module = JSON.stringify(join(import.meta.dirname, 'start-mongo.ts'));
  const source = `import { readdirSync } from 'node:fs'; import { startMongo } from ${module}; ${script}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: dataDir },
  });
  closing.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  });
  return child;
};

const printedBy = async (child: ChildProcessByStdio<null, Readable, null>): Promise<unknown> =>
  JSON.parse(await text(child.stdout));

describe('A server that is killed and started again on its port and folder', () => {
  it.concurrent(
    'has, as a broker, every acknowledged message',
    inPlace(async ({ dataDir, closing }) => {
      const first = await startKafka({ dataDir });
      closing.push(first.kill);
      await createTopics(first.brokers, [{ topic: 'kept', numPartitions: 1, replicationFactor: 1 }]);
      const kafka = new Kafka({ brokers: first.brokers, logLevel: logLevel.NOTHING });
      const producer = kafka.producer();
      await producer.connect();
      await producer.send({ topic: 'kept', acks: -1, messages: [{ value: 'a' }, { value: 'b' }] });
      await producer.disconnect();
      await first.kill();
      expect(isAlive(first.pid)).toBe(false);

      const second = await startKafka({ port: first.port, dataDir });
      closing.push(second.kill);
      expect(second.brokers).toEqual(first.brokers);
      const admin = kafka.admin();
      await admin.connect();
      expect(await admin.fetchTopicOffsets('kept')).toMatchObject([{ partition: 0, high: '2' }]);
      await admin.disconnect();
    }),
    60_000,
  );

  it.concurrent(
    'has, as a registry, its schemas by the same ids',
    inPlace(async ({ dataDir, closing }) => {
      const first = await startSchemaRegistry({ dataDir });
      closing.push(first.kill);
      const schema = { type: SchemaType.AVRO as const, schema: '{"type":"record","name":"A","fields":[]}' };
      const { id } = await new SchemaRegistry({ host: first.url }).register(schema, { subject: 'a-value' });
      await first.kill();

      const second = await startSchemaRegistry({ port: first.port, dataDir });
      closing.push(second.kill);
      expect(second.url).toBe(first.url);
      expect(await new SchemaRegistry({ host: second.url }).getLatestSchemaId('a-value')).toBe(id);
    }),
    60_000,
  );

  it.concurrent(
    'has, as a document store, every acknowledged write and its indexes',
    inPlace(async ({ dataDir, closing }) => {
      const first = await startMongo({ dataDir });
      closing.push(first.kill);
      const client = await MongoClient.connect(first.url);
      const records = client.db('kept').collection<{ _id: number; email: string }>('records');
      await records.createIndex({ email: 1 }, { unique: true });
      const writes = 300;
      for (let id = 0; id < writes; id += 1) await records.insertOne({ _id: id, email: `${id}@example.com` });
      await first.kill();
      await client.close();

      const second = await startMongo({ port: first.port, dataDir });
      closing.push(second.kill);
      const again = await MongoClient.connect(second.url);
      closing.push(() => again.close());
      const kept = again.db('kept').collection<{ _id: number; email: string }>('records');
      expect(await kept.countDocuments()).toBe(writes);
      await expect(kept.insertOne({ _id: writes, email: '7@example.com' })).rejects.toMatchObject({
        code: 11_000,
      });
    }),
    60_000,
  );
});

describe('A server of ours', () => {
  it.concurrent(
    'is gone with its scratch folder after an orderly stop',
    inPlace(async ({ dataDir, closing }) => {
      const child = inAnotherProcess(
        { dataDir, closing },
        `
      const mongo = await startMongo();
      const during = readdirSync(process.env.TMPDIR).length;
      await mongo.stop();
      console.log(JSON.stringify({ pid: mongo.pid, during, after: readdirSync(process.env.TMPDIR).length }));`,
      );
      const { pid, ...folders } = (await printedBy(child)) as { pid: number; during: number; after: number };
      expect(folders).toEqual({ during: 1, after: 0 });
      expect(isAlive(pid)).toBe(false);
    }),
    60_000,
  );

  it.concurrent(
    'ends and tidies up by itself when the process that started it is killed',
    inPlace(async ({ dataDir, closing }) => {
      const parent = inAnotherProcess(
        { dataDir, closing },
        'console.log((await startMongo()).pid); setInterval(() => {}, 1000);',
      );
      const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
      const pid = Number(line);
      expect([isAlive(pid), (await readdir(dataDir)).length]).toEqual([true, 1]);

      parent.kill('SIGKILL');
      const deadline = Date.now() + 20_000;
      const remains = async (): Promise<boolean> => isAlive(pid) || (await readdir(dataDir)).length > 0;
      while ((await remains()) && Date.now() < deadline) await sleep(50);
      expect(await remains()).toBe(false);
    }),
    60_000,
  );

  it.concurrent(
    "fails to start with its log's tail and leaves nothing behind",
    inPlace(async ({ dataDir, closing }) => {
      const holder = await startMongo();
      closing.push(holder.kill);
      const child = inAnotherProcess(
        { dataDir, closing },
        `
      const message = await startMongo({ port: ${holder.port} }).catch((error) => error.message);
      console.log(JSON.stringify({ message, after: readdirSync(process.env.TMPDIR).length }));`,
      );
      expect(await printedBy(child)).toEqual({
        message: expect.stringMatching(/ended while starting[^]*already in use/i),
        after: 0,
      });
    }),
    60_000,
  );
});
