import { mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exists, javaRuntime } from './java-runtime.ts';
import { startKafka } from './start-kafka.ts';
import { startMongo } from './start-mongo.ts';
import { startSchemaRegistry } from './start-schema-registry.ts';
import type { ArchiveMaking, SupervisedProcess } from './supervised-process.ts';

type Start = (options: ArchiveMaking) => Promise<SupervisedProcess>;

const STARTS: Readonly<Record<string, Start>> = {
  kafka: startKafka,
  mongo: startMongo,
  registry: startSchemaRegistry,
};

/**
 * Makes, once for a machine and its Java, the archives of classes with which a server's start takes less than half of the processor's time.
 * A JVM that leaves none is no failure: servers start without.
 */
export const makeClassArchives = async (): Promise<void> => {
  const { archiveOf } = await javaRuntime();
  for (const [name, start] of Object.entries(STARTS)) {
    const file = archiveOf(name);
    if (await exists(file)) continue;
    process.stderr.write(`Making the class archive ${file}, once\n`);
    // Beside it, so that it can be renamed: another run sees all of it or nothing.
    const folder = await mkdtemp(join(dirname(file), '.archive-'));
    try {
      const server = await start({ archiveTo: join(folder, name) });
      await server.stop();
      if (await exists(join(folder, name))) await rename(join(folder, name), file);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
};
