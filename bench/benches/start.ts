import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../src/runtime/clock.ts';
import { withDatabase } from '../../test/support/real-tier/real-tier.ts';
import { createTopics } from '../../test/support/real-tier/topics.ts';
import type { Chart } from '../charts/chart.ts';
import { alternate, type Rounds } from '../harness/alternate.ts';
import type { Bench, BenchStage, Findings } from '../harness/bench.ts';
import { startPart, type Part } from '../harness/part.ts';
import type { CrmContact, CrmOptions } from '../parts/crm.ts';
import { contactFaults } from '../stages/crm-stage.ts';
import { openStartSide, startKey, type StartSide } from '../stages/start-side.ts';

interface Start {
  readonly readyMs: number;
  /** From the spawn to the CRM having a change that was published as soon as it was ready. */
  readonly deliveredMs: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  /** Of one core, while nothing happens. */
  readonly idlePart: number;
}

type Settings = Readonly<Record<string, string>>;

const MIB = 1_048_576;
const PACKAGES = ['kafkajs', 'mongodb', 'axios', 'pino', 'fastify'];

/** From nothing to ready and to the first change in the CRM, and what it holds while nothing happens. */
export const startBench: Bench = {
  name: 'start',
  title: 'Start: cold to ready, to the first change in the CRM, and at rest',
  measures:
    'How long the program takes from its spawn until it is ready and until it has brought a change to the CRM, and what it holds while nothing happens.',
  async run(stage) {
    const restMs = stage.quick ? 1_000 : 2_000;
    const apiKeys = [startKey(0), startKey(1)];
    const crm = await startPart('crm', { apiKeys, latencyMs: 0, rateLimit: null } satisfies CrmOptions);
    const sides: StartSide[] = [];
    try {
      const open = async (settings: Settings): Promise<StartSide> => {
        const side = await openStartSide(settings, crm, sides.length);
        sides.push(side);
        return side;
      };
      const [embedded, servers] = [await open({}), await open(await serverSettings(stage))];
      const starts = await alternate(
        stage.rounds,
        { embedded: () => measureStart(embedded, restMs), servers: () => measureStart(servers, restMs) },
        // Each has been started once by now.
        { warmUp: false, onRound: (round) => stage.progress(`round ${round + 1} of ${stage.rounds}`) },
      );
      const bare: number[] = [];
      for (let round = 0; round < stage.rounds; round += 1) bare.push(await importPackages());
      return {
        ...figuresOf(starts, bare),
        charts: CHARTS,
        notes: [
          `From the spawn to the first 200 of /readyz, on a store with one connected user. Then a change of a linked contact is published at once (POST /api/changes), and timed, too, from the spawn to its call's arrival at the CRM. At rest: ${restMs / 1_000} s after that, and what was used in that time.`,
        ],
        wrong: await faultsOf(crm, sides, Object.values(starts).flat()),
      };
    } finally {
      for (const side of sides) await side.close();
      await crm.close();
    }
  },
};

type Starts = Rounds<'embedded' | 'servers', Start>;

const IMPORTS = `Node that imports ${PACKAGES.join(', ')}, and ends`;

function figuresOf(starts: Starts, bare: readonly number[]): Pick<Findings, 'rows' | 'goals'> {
  const of = (side: keyof Starts, pick: (start: Start) => number) => starts[side].map(pick);
  const ready = ({ readyMs }: Start) => readyMs;
  const delivered = ({ deliveredMs }: Start) => deliveredMs;
  const percent = ({ idlePart }: Start) => idlePart * 100;
  const memory = ({ memoryMiB }: Start) => memoryMiB;
  return {
    rows: [
      { figure: IMPORTS, values: bare, unit: ' ms' },
      { figure: 'embedded: to the first change in the CRM', values: of('embedded', delivered), unit: ' ms' },
      { figure: 'on servers: to ready', values: of('servers', ready), unit: ' ms' },
      { figure: 'on servers: to the first change in the CRM', values: of('servers', delivered), unit: ' ms' },
      { figure: 'on servers: memory at rest', values: of('servers', memory), unit: ' MiB' },
      { figure: 'on servers: of a core at rest', values: of('servers', percent), unit: '%' },
      { figure: 'embedded: of a core at rest', values: of('embedded', percent), unit: '%' },
      { figure: 'embedded: disk at rest', values: of('embedded', ({ diskMiB }) => diskMiB), unit: ' MiB' },
    ],
    goals: [
      {
        goal: 'embedded: to ready',
        atMost: 1_500,
        values: of('embedded', ready),
        unit: ' ms',
        bound:
          'a part of it is Node’s own start and the reading of packages: the row of a program that only imports the largest of them shows how much, and how it varies with the machine’s speed',
      },
      { goal: 'embedded: memory at rest', atMost: 150, values: of('embedded', memory), unit: ' MiB' },
    ],
  };
}

const CHARTS: readonly Chart[] = [
  {
    name: 'ready',
    kind: 'bars',
    title: 'From the spawn to ready',
    values: { text: 'ms' },
    series: {
      time: {
        'Node that imports the packages': IMPORTS,
        'ours, embedded': 'embedded: to ready',
        'ours, on servers': 'on servers: to ready',
      },
    },
  },
  {
    name: 'memory',
    kind: 'bars',
    title: 'Memory at rest',
    values: { text: 'MiB resident' },
    series: {
      memory: { embedded: 'embedded: memory at rest', 'on servers': 'on servers: memory at rest' },
    },
  },
];

/** Each start's change has to have come, and the CRM to hold the last one of each side. */
async function faultsOf(crm: Part, sides: readonly StartSide[], starts: readonly Start[]): Promise<string[]> {
  const missing = starts.filter(({ deliveredMs }) => Number.isNaN(deliveredMs)).length;
  const { value: held } = await crm.ask<CrmContact[]>('contacts');
  return [
    ...(missing === 0 ? [] : [`${missing} changes after a start did not come to the CRM`]),
    ...contactFaults(held, sides.length, (contact) => sides[contact]?.version ?? 0),
  ];
}

async function serverSettings({ servers }: BenchStage): Promise<Settings> {
  const { kafkaBrokers, schemaRegistryUrl, mongodbUrl } = await servers.addresses();
  const id = randomUUID().slice(0, 8);
  const topics = {
    TOPIC_CONTACTS: `start-${id}.contacts`,
    TOPIC_PROPERTIES: `start-${id}.properties`,
    TOPIC_DEALS: `start-${id}.deals`,
    TOPIC_DEAD_LETTERS: `start-${id}.letters`,
    TOPIC_WORK: `start-${id}.work`,
  };
  await createTopics(
    kafkaBrokers,
    Object.values(topics).map((topic) => ({ topic, numPartitions: 6, replicationFactor: 1 })),
  );
  return {
    ...topics,
    MODE: 'servers',
    KAFKA_BROKERS: kafkaBrokers.join(','),
    KAFKA_GROUP_ID: `start-${id}`,
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    MONGODB_URL: withDatabase(mongodbUrl, `start_${id}`),
  };
}

async function measureStart(side: StartSide, restMs: number): Promise<Start> {
  const { program, folder, deliveredMs, stop } = await side.start();
  try {
    const before = program.cpuMs();
    await systemClock.sleep(restMs);
    const idlePart = (program.cpuMs() - before) / restMs;
    const { readyMs } = program;
    return { readyMs, deliveredMs, idlePart, memoryMiB: program.memoryMiB(), diskMiB: await sizeOf(folder) };
  } finally {
    await stop();
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
