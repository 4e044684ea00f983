import { randomBytes, randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { SHARD_COUNT } from '../../src/domain/deciding/shard.ts';
import { createWantedBy } from '../../src/ownership/plan-shards.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { withDatabase, type RealTier } from '../../test/support/real-tier/real-tier.ts';
import { createTopics } from '../../test/support/real-tier/topics.ts';
import { startPart, type Part } from '../harness/part.ts';
import type { ConnectInput, CorePartOptions, OwnershipView, PublishInput } from '../parts/core.ts';
import { benchEvent } from '../support/bench-events.ts';
import { makeChangeTopics, produceEvents, type BenchTopics } from '../support/bench-topics.ts';

export interface FleetOptions extends Omit<CorePartOptions, 'env' | 'crmHost'> {
  readonly crmUrls: readonly string[];
  /** Of each change topic. */
  readonly partitions: number;
}

/** Workers of the whole program's core on real servers, each a process of its own. */
export interface WorkerFleet {
  readonly workers: readonly Part[];
  /** Starts or ends workers until there are so many; resolves once budgets and partitions are spread over them. */
  resize(count: number): Promise<void>;
  connect(inputs: readonly ConnectInput[]): Promise<void>;
  /** Puts changes of contacts into the change topics. */
  publish(inputs: readonly PublishInput[]): Promise<void>;
  ownership(): Promise<OwnershipView>;
  /** Does what gives the workers work; meanwhile they are measured. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** What any worker so far said at level `error`. */
  errors(): Promise<string[]>;
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 50;
const LONGEST_SPREAD_MS = 60_000;

export async function startFleet(tier: RealTier, options: FleetOptions): Promise<WorkerFleet> {
  const { crmUrls, partitions, ...limits } = options;
  const made = await makeChangeTopics(tier, partitions);
  const env = await settingsOf(tier, made, crmUrls);
  const workers: Part[] = [];
  const errors: string[] = [];
  const ownership = async (): Promise<OwnershipView> => {
    const { value } = await first(workers).ask<OwnershipView>('ownership');
    return value;
  };
  const tell = async (worker: Part): Promise<void> => {
    errors.push(...(await worker.ask<string[]>('errors')).value);
  };
  const endLast = async (): Promise<void> => {
    const worker = workers.pop();
    if (worker === undefined) return;
    await tell(worker);
    await worker.close();
  };
  return {
    workers,
    ownership,
    async resize(count) {
      const more = Math.max(0, count - workers.length);
      const start = () => startPart('core', { ...limits, env, crmHost: '' } satisfies CorePartOptions);
      workers.push(...(await Promise.all(Array.from({ length: more }, start))));
      while (workers.length > count) await endLast();
      await until(async () => isSpread(await ownership(), count));
      await untilGroupIsSpread(tier.kafkaBrokers, env['KAFKA_GROUP_ID'] ?? '', count);
    },
    async connect(inputs) {
      await first(workers).ask('connect-all', inputs);
    },
    async publish(inputs) {
      await produceEvents(tier.kafkaBrokers, made, inputs.flatMap(eventsOf));
    },
    async during(work) {
      const end = () => Promise.all(workers.map((worker) => worker.ask('end-work')));
      // Together, so that a worker that dies is seen at once.
      const [value] = await Promise.all([
        work().finally(end),
        ...workers.map((worker) => worker.ask('work')),
      ]);
      return value;
    },
    async errors() {
      for (const worker of workers) await tell(worker);
      return errors;
    },
    async close() {
      await Promise.all(workers.splice(0).map((worker) => worker.close()));
    },
  };
}

/** The same for each worker: they share a store, a group, topics and keys. */
async function settingsOf(
  tier: RealTier,
  { topics }: BenchTopics,
  crmUrls: readonly string[],
): Promise<Record<string, string>> {
  const id = randomUUID().slice(0, 8);
  const [work, deadLetters] = [`bench-${id}.work`, `bench-${id}.dead-letters`];
  await createTopics(
    tier.kafkaBrokers,
    [work, deadLetters].map((topic) => ({ topic, numPartitions: 1, replicationFactor: 1 })),
  );
  return {
    KAFKA_BROKERS: tier.kafkaBrokers.join(','),
    KAFKA_GROUP_ID: `bench-${id}`,
    SCHEMA_REGISTRY_URL: tier.schemaRegistryUrl,
    MONGODB_URL: withDatabase(tier.mongodbUrl, `bench-${id}`),
    TOPIC_CONTACTS: topics.contact,
    TOPIC_PROPERTIES: topics.property,
    TOPIC_DEALS: topics.deal,
    TOPIC_WORK: work,
    TOPIC_DEAD_LETTERS: deadLetters,
    ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    JWT_SECRET: randomBytes(32).toString('hex'),
    ALLOWED_INSTANCE_HOSTS: crmUrls.map((url) => new URL(url).host).join(','),
  };
}

function eventsOf({ userId, from, to, versions: [oldest, newest] }: PublishInput) {
  return Array.from({ length: newest - oldest + 1 }, (_, step) =>
    Array.from(
      { length: to - from },
      (__, at) => () => benchEvent('contact', from + at, oldest + step, userId),
    ),
  ).flat();
}

/** Whether each shard is with the worker that should have it, of so many that are alive. */
function isSpread({ workers, leases }: OwnershipView, count: number): boolean {
  const owners = createWantedBy()(workers, SHARD_COUNT);
  return (
    workers.length === count &&
    leases.length === SHARD_COUNT &&
    leases.every(({ shard, owner }) => owner === owners[shard])
  );
}

async function untilGroupIsSpread(brokers: string[], groupId: string, count: number): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers, clientId: 'bench', logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await until(async () => {
      const [group] = (await admin.describeGroups([groupId])).groups;
      return group?.state === 'Stable' && group.members.length === count;
    });
  } finally {
    await admin.disconnect();
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + LONGEST_SPREAD_MS;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error('The work is not spread over the workers.');
    await systemClock.sleep(LOOK_EVERY_MS);
  }
}

function first(workers: readonly Part[]): Part {
  const [worker] = workers;
  if (worker === undefined) throw new Error('There is no worker.');
  return worker;
}
