import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { Kafka, logLevel } from 'kafkajs';
import { MongoClient } from 'mongodb';
import { startKafka } from './start-kafka.ts';
import { startMongo } from './start-mongo.ts';
import { startSchemaRegistry } from './start-schema-registry.ts';
import { createTopics } from './topics.ts';

const closing: (() => Promise<void>)[] = [];
let dataDir = '';

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'zena-crm-kept-data-'));
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await rm(dataDir, { recursive: true, force: true });
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};

/** Scratch folders whose name is of a given server and that were not there before. */
const scratchFolders = async (name: string): Promise<string[]> =>
  (await readdir(tmpdir())).filter((entry) => entry.startsWith(`zena-crm-real-${name}-`));

describe('A server that is killed and started again on its port and folder', () => {
  it('has, as a broker, every acknowledged message', async () => {
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
  }, 60_000);

  it('has, as a registry, its schemas by the same ids', async () => {
    const first = await startSchemaRegistry({ dataDir });
    closing.push(first.kill);
    const schema = { type: SchemaType.AVRO as const, schema: '{"type":"record","name":"A","fields":[]}' };
    const { id } = await new SchemaRegistry({ host: first.url }).register(schema, { subject: 'a-value' });
    await first.kill();

    const second = await startSchemaRegistry({ port: first.port, dataDir });
    closing.push(second.kill);
    expect(second.url).toBe(first.url);
    expect(await new SchemaRegistry({ host: second.url }).getLatestSchemaId('a-value')).toBe(id);
  }, 60_000);

  it('has, as a document store, every acknowledged write and its indexes', async () => {
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
  }, 60_000);
});

describe('A server of ours', () => {
  it('is gone with its scratch folder after an orderly stop', async () => {
    const before = await scratchFolders('mongo');
    const mongo = await startMongo();
    expect(await scratchFolders('mongo')).toHaveLength(before.length + 1);
    await mongo.stop();
    expect(isAlive(mongo.pid)).toBe(false);
    expect(await scratchFolders('mongo')).toHaveLength(before.length);
  });

  it('ends and tidies up by itself when the process that started it is killed', async () => {
    const module = JSON.stringify(join(import.meta.dirname, 'start-mongo.ts'));
    const script = `const { startMongo } = await import(${module});
      console.log((await startMongo()).pid); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const pid = Number(line);
    const command = execFileSync('ps', ['-o', 'args=', '-p', line], { encoding: 'utf8' });
    const scratch = /-Dsupervised\.scratch=(\S+)/.exec(command)?.[1] ?? '';
    expect([isAlive(pid), existsSync(scratch)]).toEqual([true, true]);

    parent.kill('SIGKILL');
    const deadline = Date.now() + 20_000;
    while ((isAlive(pid) || existsSync(scratch)) && Date.now() < deadline) await sleep(50);
    expect([isAlive(pid), existsSync(scratch)]).toEqual([false, false]);
  });

  it("fails to start with its log's tail and leaves nothing behind", async () => {
    const before = await scratchFolders('mongo');
    const holder = await startMongo();
    closing.push(holder.kill);
    await expect(startMongo({ port: holder.port })).rejects.toThrow(
      /ended while starting[^]*already in use/i,
    );
    expect(await scratchFolders('mongo')).toHaveLength(before.length + 1);
  });
});
