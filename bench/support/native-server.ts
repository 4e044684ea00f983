import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

/** A server of the operating system's packages, and the line of its log that says it serves. */
export interface NativeServerOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly ready: RegExp;
  /** What it reads from its standard input. */
  readonly input?: string;
  /** Whose process it is; absent: of whoever runs this. */
  readonly user?: SystemUser;
}

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export interface NativeServer {
  readonly pid: number;
  /** Sends the signal and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

const LONGEST_START_MS = 30_000;

/** Resolves when it serves; null where there is no such command. Rejects with what it said when it ends before that. */
export async function startNativeServer(options: NativeServerOptions): Promise<NativeServer | null> {
  // A group of its own, so that Ctrl-C does not end it before whoever started it, who tidies up after it.
  const child = spawn(options.command, [...options.args], { ...options.user, detached: true });
  try {
    await once(child, 'spawn');
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
  child.stdin.end(options.input ?? '');
  try {
    await untilReady(child, options);
  } catch (error) {
    await endChild(child, 'SIGKILL');
    throw error;
  }
  return { pid: child.pid ?? 0, end: (signal) => endChild(child, signal) };
}

export function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

async function untilReady(child: ChildProcess, { command, ready }: NativeServerOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  const fail = (how: string) => reject(new Error(`${command} ${how}: ${said}`));
  const tooLong = setTimeout(() => fail('is not ready'), LONGEST_START_MS);
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-4_000);
      if (ready.test(said)) resolve();
    });
  child.once('exit', (code) => fail(`ended with ${code}`));
  try {
    await promise;
  } finally {
    clearTimeout(tooLong);
  }
}

async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

const run = promisify(execFile);

/** An unprivileged user to be, for a server that refuses the super-user: the first of these that there is. */
export async function unprivilegedUser(names: readonly string[]): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of names) {
    try {
      const [uid, gid] = await Promise.all(
        ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout)),
      );
      if (uid !== undefined && gid !== undefined) return { uid, gid };
    } catch (error) {
      // `id` ends with 1 where there is no such user.
      if ((error as { readonly code?: unknown }).code !== 1) throw error;
    }
  }
  return undefined;
}
