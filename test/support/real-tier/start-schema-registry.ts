import { join } from 'node:path';
import { javaRuntime } from './java-runtime.ts';
import {
  makeScratch,
  startSupervised,
  type ArchiveMaking,
  type SupervisedProcess,
} from './supervised-process.ts';

/** A Confluent-compatible registry; `url` includes the path of that API. */
export type SchemaRegistryServer = SupervisedProcess & { url: string; port: number };

/** With a dataDir its schemas and their ids survive a kill. */
export type SchemaRegistryOptions = ArchiveMaking & { port?: number; dataDir?: string };

const databaseUrl = (dataDir: string | undefined): string =>
  dataDir === undefined
    ? 'jdbc:h2:mem:registry;DB_CLOSE_DELAY=-1'
    : `jdbc:h2:file:${join(dataDir, 'registry')};WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE`;

/** Starts Apicurio Registry. Its first request is its slowest, so that one is made here. */
export const startSchemaRegistry = async ({
  port = 0,
  dataDir,
  archiveTo,
}: SchemaRegistryOptions = {}): Promise<SchemaRegistryServer> => {
  const { registryClassPath } = await javaRuntime();
  const started = await startSupervised({
    name: 'The schema registry',
    scratch: await makeScratch('registry'),
    classPath: registryClassPath,
    mainClass: 'io.quarkus.runner.GeneratedMain',
    args: [],
    options: [
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${port}`,
      `-Dquarkus.datasource.jdbc.url=${databaseUrl(dataDir)}`,
    ],
    archive: 'registry',
    archiveTo,
    ready: /Listening on: http:\/\/127\.0\.0\.1:(\d+)\s/,
  });
  const bound = Number(started.ready[1]);
  const url = `http://127.0.0.1:${bound}/apis/ccompat/v7`;
  const response = await fetch(`${url}/subjects`);
  if (!response.ok) {
    await started.process.kill();
    throw new Error(`The schema registry answers ${response.status} to GET /subjects.`);
  }
  await response.arrayBuffer();
  return { ...started.process, port: bound, url };
};
