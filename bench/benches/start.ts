import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/runtime/clock.ts';
import { withDatabase } from '../../test/support/real-tier/real-tier.ts';
import { createTopics } from '../../test/support/real-tier/topics.ts';
import { alternate } from '../harness/alternate.ts';
import type { Bench, BenchStage } from '../harness/bench.ts';
import { startProgram } from '../support/program.ts';

interface Start {
  readonly readyMs: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  /** Of one core, while nothing happens. */
  readonly idlePart: number;
}

type Settings = Readonly<Record<string, string>>;

const MIB = 1_048_576;
const PACKAGES = ['kafkajs', 'mongodb', 'axios', 'pino', 'fastify'];

/** From nothing to ready, and what it holds while nothing happens. */
export const startBench: Bench = {
  name: 'start',
  title: 'Start: cold to ready, and at rest',
  measures:
    'How long the program takes from its spawn until it is ready, and what it holds while nothing happens.',
  async run(stage) {
    const servers = await serverSettings(stage);
    const restMs = stage.quick ? 1_000 : 6_000;
    const bare: number[] = [];
    const starts = await alternate<'embedded' | 'servers', Start>(
      stage.rounds,
      { embedded: () => measureStart({}, restMs), servers: () => measureStart(servers, restMs) },
      { onRound: (round) => stage.progress(`round ${round + 1} of ${stage.rounds}`) },
    );
    for (let round = 0; round < stage.rounds; round += 1) bare.push(await importPackages());
    const of = (side: 'embedded' | 'servers', pick: (start: Start) => number) => starts[side].map(pick);
    return {
      rows: [
        { figure: `Node that imports ${PACKAGES.join(', ')}, and ends`, values: bare, unit: ' ms' },
        { figure: 'on servers: to ready', values: of('servers', ({ readyMs }) => readyMs), unit: ' ms' },
        { figure: 'on servers: memory at rest', values: of('servers', (s) => s.memoryMiB), unit: ' MiB' },
        {
          figure: 'on servers: of a core at rest',
          values: of('servers', (s) => s.idlePart * 100),
          unit: '%',
        },
        { figure: 'embedded: of a core at rest', values: of('embedded', (s) => s.idlePart * 100), unit: '%' },
        { figure: 'embedded: disk at rest', values: of('embedded', ({ diskMiB }) => diskMiB), unit: ' MiB' },
      ],
      goals: [
        { goal: 'embedded: to ready', atMost: 1_500, values: of('embedded', (s) => s.readyMs), unit: ' ms' },
        {
          goal: 'embedded: memory at rest',
          atMost: 150,
          values: of('embedded', (s) => s.memoryMiB),
          unit: ' MiB',
        },
      ],
      charts: [
        {
          ...{ name: 'ready', kind: 'bars', title: 'From the spawn to ready', values: { text: 'ms' } },
          series: {
            time: {
              'Node that imports the packages': `Node that imports ${PACKAGES.join(', ')}, and ends`,
              'ours, embedded': 'embedded: to ready',
              'ours, on servers': 'on servers: to ready',
            },
          },
        },
        {
          ...{ name: 'memory', kind: 'bars', title: 'Memory at rest', values: { text: 'MiB resident' } },
          series: {
            memory: { embedded: 'embedded: memory at rest', 'on servers': 'on servers: memory at rest' },
          },
        },
      ],
      notes: [
        `From the spawn to the first 200 of /readyz, on an empty store; at rest: ${restMs / 1_000} s later, and what it used in that time.`,
      ],
      wrong: [],
    };
  },
};

async function serverSettings({ servers }: BenchStage): Promise<Settings> {
  const { kafkaBrokers, schemaRegistryUrl, mongodbUrl } = await servers.addresses();
  const id = randomUUID().slice(0, 8);
  const topics = {
    ...{ TOPIC_CONTACTS: `start-${id}.contacts`, TOPIC_PROPERTIES: `start-${id}.properties` },
    ...{ TOPIC_DEALS: `start-${id}.deals`, TOPIC_DEAD_LETTERS: `start-${id}.letters` },
    TOPIC_WORK: `start-${id}.work`,
  };
  await createTopics(
    kafkaBrokers,
    Object.values(topics).map((topic) => ({ topic, numPartitions: 6, replicationFactor: 1 })),
  );
  return {
    ...topics,
    ...{ MODE: 'servers', KAFKA_BROKERS: kafkaBrokers.join(','), KAFKA_GROUP_ID: `start-${id}` },
    ...{ SCHEMA_REGISTRY_URL: schemaRegistryUrl, MONGODB_URL: withDatabase(mongodbUrl, `start_${id}`) },
  };
}

/** The key of a round opens what the last one of its database stored. */
const KEY = randomBytes(32).toString('hex');

async function measureStart(settings: Settings, restMs: number): Promise<Start> {
  const folder = await mkdtemp(join(tmpdir(), 'zena-crm-bench-'));
  const secrets = { ENCRYPTION_KEY: KEY, JWT_SECRET: KEY, DATA_DIR: folder };
  const program = await startProgram({ ...secrets, ...settings });
  try {
    const before = program.cpuMs();
    await systemClock.sleep(restMs);
    const idlePart = (program.cpuMs() - before) / restMs;
    const { readyMs } = program;
    return { readyMs, idlePart, memoryMiB: program.memoryMiB(), diskMiB: await sizeOf(folder) };
  } finally {
    await program.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0) / MIB;
}

async function importPackages(): Promise<number> {
  const code = PACKAGES.map((name) => `await import('${name}')`).join(';');
  const began = performance.now();
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' });
  await once(child, 'exit');
  return performance.now() - began;
}
