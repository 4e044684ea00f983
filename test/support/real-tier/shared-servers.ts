import { makeClassArchives } from './class-archives.ts';
import { containedKafka, containedMongo, containedSchemaRegistry, dockerAnswers } from './containers.ts';
import type { ContainerServer } from './containers.ts';
import { startKafka } from './start-kafka.ts';
import { startMongo } from './start-mongo.ts';
import { startSchemaRegistry } from './start-schema-registry.ts';

type Started = ContainerServer;
type Source = {
  given: string;
  passedOnAs: string;
  contained(): Promise<Started>;
  native(): Promise<Started>;
};

/** Data of a shared server are of no use after the run, so they are killed: an orderly broker takes seconds to end. */
const sources: Source[] = [
  {
    given: 'TEST_KAFKA_BROKERS',
    passedOnAs: 'REAL_KAFKA_BROKERS',
    contained: containedKafka,
    native: async () => {
      const kafka = await startKafka();
      return { address: kafka.brokers.join(','), stop: kafka.kill };
    },
  },
  {
    given: 'TEST_SCHEMA_REGISTRY_URL',
    passedOnAs: 'REAL_SCHEMA_REGISTRY_URL',
    contained: containedSchemaRegistry,
    native: async () => {
      const registry = await startSchemaRegistry();
      return { address: registry.url, stop: registry.kill };
    },
  },
  {
    given: 'TEST_MONGODB_URL',
    passedOnAs: 'REAL_MONGODB_URL',
    contained: containedMongo,
    native: async () => {
      const mongo = await startMongo();
      return { address: mongo.url, stop: mongo.kill };
    },
  },
];

const open = (source: Source, docker: boolean): Promise<Started> => {
  const address = process.env[source.given];
  if (address) return Promise.resolve({ address, stop: () => Promise.resolve() });
  return docker ? source.contained() : source.native();
};

/**
 * Finds or starts the three servers side by side, each named in the environment, or else in a container, or else as
 * a native process, and puts their addresses into the environment that test workers inherit. Answers how to end
 * what was started. Rejects, with everything ended again, when one can't be had: the real tier is never skipped.
 */
export const openSharedServers = async (): Promise<() => Promise<void>> => {
  const needed = sources.some((source) => !process.env[source.given]);
  const docker = needed && (await dockerAnswers());
  if (needed && !docker) await makeClassArchives();
  const results = await Promise.allSettled(sources.map((source) => open(source, docker)));
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const end = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  if (failures.length > 0) {
    await end();
    throw new Error(`The real tier could not be started.\n${[...new Set(failures)].join('\n')}`);
  }
  sources.forEach((source, index) => {
    process.env[source.passedOnAs] = started[index]?.address ?? '';
  });
  return end;
};
