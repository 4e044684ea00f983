import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isAbsent, startNativeServer, unprivilegedUser } from './native-server.ts';
import { freePort } from './program.ts';

export type QueueServerKind = 'redis' | 'postgres';

/** The server that a job queue keeps its jobs in, as the operating system's package has it, on data of its own. */
export interface QueueServer {
  /** With the version. */
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

const run = promisify(execFile);
/** Where Debian puts the programs of each version, which are on nobody's path. */
const POSTGRES_HOME = '/usr/lib/postgresql';

/** Null where this machine doesn't have it; nothing is installed. */
export function startQueueServer(kind: QueueServerKind): Promise<QueueServer | null> {
  return kind === 'redis' ? startRedis() : startPostgres();
}

async function startRedis(): Promise<QueueServer | null> {
  const [folder, port, password] = [await makeFolder(), await freePort(), makePassword()];
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const server = await startNativeServer({
      command: 'redis-server',
      args: ['-'],
      input: `bind 127.0.0.1\nport ${port}\nrequirepass ${password}\ndir ${folder}\n`,
      ready: /Ready to accept connections/,
    });
    if (server === null) {
      await remove();
      return null;
    }
    const { stdout } = await run('redis-server', ['--version']);
    return {
      name: `Redis ${/v=(\S+)/.exec(stdout)?.[1] ?? ''}`,
      url: `redis://:${password}@127.0.0.1:${port}`,
      pid: server.pid,
      async close() {
        // Nobody wants the data, and an orderly end would write them.
        await server.end('SIGKILL');
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function startPostgres(): Promise<QueueServer | null> {
  const bin = await newestPostgres();
  if (bin === null) return null;
  const [folder, port, password] = [await makeFolder(), await freePort(), makePassword()];
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const user = await unprivilegedUser(['postgres', 'nobody']);
    const [data, secret] = [join(folder, 'data'), join(folder, 'password')];
    await writeFile(secret, password, { mode: 0o600 });
    if (user !== undefined) for (const path of [folder, secret]) await chown(path, user.uid, user.gid);
    const access = ['--username=bench', '--auth=scram-sha-256', `--pwfile=${secret}`];
    await run(join(bin, 'initdb'), ['-D', data, ...access, '--encoding=UTF8', '--locale=C', '--no-sync'], {
      ...user,
      cwd: folder,
    });
    const server = await startNativeServer({
      command: join(bin, 'postgres'),
      args: ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', ''],
      ...(user === undefined ? {} : { user }),
      ready: /database system is ready to accept connections/,
    });
    if (server === null) throw new Error(`${bin} has initdb and no postgres`);
    const { stdout } = await run(join(bin, 'postgres'), ['--version']);
    return {
      name: `PostgreSQL ${/[\d.]+/.exec(stdout)?.[0] ?? ''}`,
      url: `postgres://bench:${password}@127.0.0.1:${port}/postgres`,
      pid: server.pid,
      async close() {
        await server.end('SIGQUIT');
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function newestPostgres(): Promise<string | null> {
  try {
    const versions = (await readdir(POSTGRES_HOME)).toSorted((a, b) => Number(a) - Number(b));
    const newest = versions.at(-1);
    return newest === undefined ? null : join(POSTGRES_HOME, newest, 'bin');
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'zena-crm-bench-'));

const makePassword = (): string => randomBytes(18).toString('hex');
