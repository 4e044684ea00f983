import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;
const minutes = 60_000;

/** Class paths of the fetched servers and of this folder's own Java classes, and where a server's class archive is, once made. */
export type JavaRuntime = {
  java: string;
  classPath: string;
  registryClassPath: string;
  archiveOf(server: string): string;
};

/** The real tier can't be had on this machine; the message says what is missing and how to get it. */
export class RealTierUnavailable extends Error {
  override name = 'RealTierUnavailable';
}

const advice =
  'The real tier runs Kafka, a schema registry and a MongoDB-protocol server as local processes: it needs a JDK of ' +
  'Java 17 or later and Maven 3.6 or later on the PATH (Debian, Ubuntu: apt-get install openjdk-17-jdk-headless maven; ' +
  'macOS: brew install openjdk@17 maven). Or run Docker, or name servers of your own in TEST_KAFKA_BROKERS, ' +
  'TEST_SCHEMA_REGISTRY_URL and TEST_MONGODB_URL.';

const javaCommand = (name: 'java' | 'javac' | 'jar'): string => {
  const home = process.env['JAVA_HOME'];
  return home ? join(home, 'bin', name) : name;
};

/** Whether there is such a file or folder. */
export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );

const javaSources = async (): Promise<string[]> =>
  (await readdir(join(here, 'java'))).filter((name) => name.endsWith('.java')).sort();

/** A JVM archives no classes that come from a folder, hence a jar. */
const OWN_CLASSES = 'own.jar';

const cacheKey = async (): Promise<string> => {
  const hash = createHash('sha256')
    .update(OWN_CLASSES)
    .update(await readFile(join(here, 'pom.xml')));
  for (const name of await javaSources()) hash.update(name).update(await readFile(join(here, 'java', name)));
  return hash.digest('hex').slice(0, 16);
};

const tool = async (command: string, args: string[], cwd: string): Promise<string> => {
  try {
    const { stdout, stderr } = await run(command, args, { cwd, timeout: 15 * minutes, maxBuffer: 64 << 20 });
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const tail = (stdout + stderr).trim().split('\n').slice(-15).join('\n');
    const what = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not installed' : `failed:\n${tail}`;
    throw new RealTierUnavailable(`${command} ${what}\n${advice}`, { cause: error });
  }
};

/** Answers what `java -version` says. */
const requireJava17 = async (): Promise<string> => {
  const version = await tool(javaCommand('java'), ['-version'], here);
  const major = Number(/version "(\d+)/.exec(version)?.[1]);
  if (!(major >= 17))
    throw new RealTierUnavailable(`Java 17 or later is needed, found: ${version}\n${advice}`);
  return version;
};

/** Fills a folder of its own and then renames it, so a run that races this one sees all of it or nothing. */
const fetchInto = async (cache: string, folder: string): Promise<void> => {
  process.stderr.write(`Fetching the real tier's servers, once, into ${folder}\n`);
  await mkdir(cache, { recursive: true });
  const partial = await mkdtemp(join(cache, '.partial-'));
  try {
    await cp(join(here, 'pom.xml'), join(partial, 'pom.xml'));
    await tool('mvn', ['-q', '-B', '-f', join(partial, 'pom.xml'), 'package'], partial);
    const sources = (await javaSources()).map((name) => join(here, 'java', name));
    const compile = [
      '--release',
      '17',
      '-nowarn',
      '-cp',
      join(partial, 'lib', '*'),
      '-d',
      join(partial, 'classes'),
      ...sources,
    ];
    await tool(javaCommand('javac'), compile, partial);
    await tool(javaCommand('jar'), ['--create', '--file', OWN_CLASSES, '-C', 'classes', '.'], partial);
    await rename(partial, folder).catch(async (error: NodeJS.ErrnoException) => {
      const lostTheRace = error.code === 'ENOTEMPTY' || error.code === 'EEXIST';
      if (!lostTheRace || !(await exists(folder))) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
};

const provide = async (): Promise<JavaRuntime> => {
  const version = createHash('sha256')
    .update(await requireJava17())
    .digest('hex')
    .slice(0, 8);
  const cache = process.env['ZENA_CRM_TEST_CACHE'] ?? join(homedir(), '.cache', 'zena-crm-sync', 'real-tier');
  const folder = join(cache, await cacheKey());
  if (!(await exists(folder))) await fetchInto(cache, folder);
  const classes = join(folder, OWN_CLASSES);
  const runner = (await readdir(join(folder, 'registry'))).find((name) => name.endsWith('-runner.jar'));
  if (runner === undefined) throw new RealTierUnavailable(`${folder} is damaged: remove it and run again.`);
  return {
    java: javaCommand('java'),
    classPath: [classes, join(folder, 'lib', '*')].join(':'),
    registryClassPath: [classes, join(folder, 'registry', runner)].join(':'),
    archiveOf: (server) => join(folder, `${server}-${version}.jsa`),
  };
};

let provided: Promise<JavaRuntime> | undefined;

/**
 * The servers' class paths, fetched by Maven on the first run ever into ZENA_CRM_TEST_CACHE (default
 * ~/.cache/zena-crm-sync/real-tier) under the hash of what is fetched. Throws RealTierUnavailable.
 */
export const javaRuntime = (): Promise<JavaRuntime> => (provided ??= provide());
