import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { javaRuntime } from './java-runtime.ts';
import {
  makeScratch,
  startSupervised,
  type ArchiveMaking,
  type SupervisedProcess,
} from './supervised-process.ts';

/** A server that speaks MongoDB's protocol; `url` names no database. */
export type MongoServer = SupervisedProcess & { url: string; port: number };

/** With a dataDir every acknowledged write survives a kill; without, all is in memory. */
export type MongoOptions = ArchiveMaking & { port?: number; dataDir?: string };

/** Starts the stand-in for mongod. */
export const startMongo = async ({
  port = 0,
  dataDir,
  archiveTo,
}: MongoOptions = {}): Promise<MongoServer> => {
  const { classPath } = await javaRuntime();
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });
  const started = await startSupervised({
    name: 'The MongoDB-protocol server',
    scratch: await makeScratch('mongo'),
    classPath,
    mainClass: 'MongoProtocolServer',
    args: [String(port), ...(dataDir === undefined ? [] : [join(dataDir, 'mongo.h2')])],
    archive: 'mongo',
    archiveTo,
    ready: /MongoDB protocol on 127\.0\.0\.1:(\d+)\s/,
  });
  const bound = Number(started.ready[1]);
  return { ...started.process, port: bound, url: `mongodb://127.0.0.1:${bound}/` };
};
