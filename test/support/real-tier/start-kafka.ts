import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { javaRuntime } from './java-runtime.ts';
import {
  freePort,
  makeScratch,
  startSupervised,
  type ArchiveMaking,
  type SupervisedProcess,
} from './supervised-process.ts';

/** A one-node broker on 127.0.0.1. */
export type KafkaServer = SupervisedProcess & { brokers: string[]; port: number };

/** Give both again to restart a broker where clients look for it, with what it had. */
export type KafkaOptions = ArchiveMaking & { port?: number; dataDir?: string };

const clusterId = 'emVuYS1jcm0tcmVhbC10aQ';

/**
 * Topics are made explicitly, as in production; small buffers and few internal partitions keep the start short, and
 * the short session lets a killed broker come back without waiting for its former self to expire.
 */
const brokerProperties = (port: number, controllerPort: number, dataDir: string): string =>
  [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    `log.dirs=${dataDir}`,
    'auto.create.topics.enable=false',
    'offsets.topic.num.partitions=4',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'broker.session.timeout.ms=3000',
    'broker.heartbeat.interval.ms=500',
    'group.initial.rebalance.delay.ms=0',
    'log.cleaner.dedupe.buffer.size=8388608',
  ].join('\n');

const startOnce = async (port: number, { dataDir, archiveTo }: KafkaOptions): Promise<KafkaServer> => {
  const { classPath } = await javaRuntime();
  const controllerPort = await freePort();
  const scratch = await makeScratch('kafka');
  const data = dataDir ?? join(scratch.folder, 'data');
  await mkdir(data, { recursive: true });
  const properties = join(scratch.folder, 'server.properties');
  await writeFile(properties, brokerProperties(port, controllerPort, data));
  const started = await startSupervised({
    name: 'Kafka',
    scratch,
    classPath,
    mainClass: 'KafkaNode',
    args: [properties, clusterId],
    archive: 'kafka',
    archiveTo,
    ready: /Kafka Server started/,
  });
  return { ...started.process, port, brokers: [`127.0.0.1:${port}`] };
};

/** Starts Apache Kafka (KRaft, one node, plain text). Without a dataDir the data go when it ends. */
export const startKafka = async (options: KafkaOptions = {}): Promise<KafkaServer> => {
  if (options.port !== undefined) return startOnce(options.port, options);
  // Between finding a free port and binding it, another process may take it.
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(await freePort(), options);
    } catch (error) {
      if (attempt === 3 || !/already in use/i.test(String(error))) throw error;
    }
  }
};
