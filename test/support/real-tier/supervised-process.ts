import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exists, javaRuntime, type JavaRuntime } from './java-runtime.ts';

/** A server process of ours. Both ends wait until it is gone and remove its scratch folder, not the caller's dataDir. */
export type SupervisedProcess = {
  pid: number;
  /** An orderly end (SIGTERM), forced after 15 s. */
  stop(): Promise<void>;
  /** What a crash does (SIGKILL). */
  kill(): Promise<void>;
};

/** A folder under the system's temporary one, for a server's log, its own temporary files and data nobody keeps. */
export type Scratch = { folder: string; logFile: string };

export type ArchiveMaking = {
  /** Where its JVM leaves an archive of its classes at an orderly end. */
  archiveTo?: string | undefined;
};

/** What to run, and the line of its log that says it serves. */
export type JavaServer = ArchiveMaking & {
  name: string;
  scratch: Scratch;
  classPath: string;
  mainClass: string;
  args: string[];
  options?: string[];
  ready: RegExp;
  /** What its archive of classes goes by. */
  archive: string;
};

const startWithinMs = 90_000;

/** A port of 127.0.0.1 that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** Makes the scratch folder of one server. */
export const makeScratch = async (name: string): Promise<Scratch> => {
  const folder = await mkdtemp(join(tmpdir(), `zena-crm-real-${name}-`));
  await mkdir(join(folder, 'tmp'));
  return { folder, logFile: join(folder, 'server.log') };
};

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const ended = async (child: ChildProcess, signal: NodeJS.Signals, withinMs: number): Promise<void> => {
  if (hasEnded(child)) return;
  child.ref();
  const gone = once(child, 'exit');
  child.kill(signal);
  const force = setTimeout(() => child.kill('SIGKILL'), withinMs);
  await gone;
  clearTimeout(force);
};

/** Half of a JVM's start is the loading of classes, which an archive of them saves. One that doesn't fit the JVM is left aside by it. */
const archiveOptions = async ({ archive, archiveTo }: JavaServer, java: JavaRuntime): Promise<string[]> => {
  if (archiveTo !== undefined) return [`-XX:ArchiveClassesAtExit=${archiveTo}`];
  const file = java.archiveOf(archive);
  return (await exists(file)) ? [`-XX:SharedArchiveFile=${file}`] : [];
};

const launch = async (server: JavaServer, java: JavaRuntime): Promise<ChildProcess> => {
  const log = await open(server.scratch.logFile, 'w');
  const options = [
    '-Xmx512m',
    '-XX:-UsePerfData',
    // Servers that live for a test: what is compiled quickly and collected on one thread leaves the cores to the others.
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    ...(await archiveOptions(server, java)),
    `-Djava.io.tmpdir=${join(server.scratch.folder, 'tmp')}`,
    `-Dsupervised.scratch=${server.scratch.folder}`,
    '-Dorg.slf4j.simpleLogger.logFile=System.out',
    ...(server.options ?? []),
  ];
  const command = [...options, '-cp', server.classPath, 'Supervised', server.mainClass, ...server.args];
  try {
    // A process group of its own: Ctrl-C reaches it as the end of its standard input, and it tidies up.
    const child = spawn(java.java, command, { stdio: ['pipe', log.fd, log.fd], detached: true });
    await once(child, 'spawn');
    child.unref();
    (child.stdin as Socket | null)?.unref();
    return child;
  } finally {
    await log.close();
  }
};

/** Stack frames would crowd out what they belong to. */
const tailOf = (log: string): string =>
  log
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s+(at |\.\.\. \d+ more)/.test(line))
    .slice(-25)
    .join('\n');

const untilReady = async (server: JavaServer, child: ChildProcess): Promise<RegExpExecArray> => {
  const deadline = performance.now() + startWithinMs;
  for (;;) {
    const gone = hasEnded(child);
    const log = await readFile(server.scratch.logFile, 'utf8');
    const match = server.ready.exec(log);
    if (match !== null) return match;
    if (gone || performance.now() > deadline) {
      throw new Error(`${server.name} ${gone ? 'ended' : 'was not ready'} while starting:\n${tailOf(log)}`);
    }
    await sleep(50);
  }
};

/**
 * Starts a Java server that ends by itself when this process does, however this process ends. Resolves once its log
 * matches `ready`; rejects with the log's tail otherwise, nothing left behind.
 */
export const startSupervised = async (
  server: JavaServer,
): Promise<{ process: SupervisedProcess; ready: RegExpExecArray }> => {
  const java = await javaRuntime();
  const removeScratch = () => rm(server.scratch.folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const child = await launch(server, java);
    const end = async (signal: NodeJS.Signals): Promise<void> => {
      await ended(child, signal, server.archiveTo === undefined ? 15_000 : startWithinMs);
      await removeScratch();
    };
    const ready = await untilReady(server, child).catch(async (error: unknown) => {
      await end('SIGKILL');
      throw error;
    });
    return {
      ready,
      process: { pid: child.pid ?? 0, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') },
    };
  } catch (error) {
    await removeScratch();
    throw error;
  }
};
