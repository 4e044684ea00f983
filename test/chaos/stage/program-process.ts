import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { childEnvironment } from '../../cli/child-environment.ts';

/** The program in a process of its own. It ends by itself when the run's process does. */
export interface ProgramProcess {
  readonly pid: number;
  /** The address that it printed. */
  readonly url: string;
  readonly isAlive: () => boolean;
  signal(name: NodeJS.Signals): void;
  /** Sends the signal and answers the exit code once it is gone, null after a signal; by force after `withinMs`. */
  end(name: 'SIGTERM' | 'SIGKILL', withinMs: number): Promise<number | null>;
  /** Resolves once it is gone, however that came. */
  readonly gone: Promise<void>;
}

export interface ProgramOptions {
  /** The folder of the program, which has `bin/zena-crm.js`. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it says on stderr is added to this file. */
  readonly logFile: string;
  readonly startWithinMs: number;
}

/** Starts the program and waits for the address that it prints. Rejects when it ends before, or is late. */
export async function startProgram(options: ProgramOptions): Promise<ProgramProcess> {
  const { program, args, env, logFile, startWithinMs } = options;
  const log = await open(logFile, 'a');
  // With a channel the program notices when this process is gone, killed or not.
  const child = spawn(process.execPath, [join(program, 'bin', 'zena-crm.js'), ...args], {
    env: { ...childEnvironment(), ...env },
    stdio: ['ignore', 'pipe', log.fd, 'ipc'],
  });
  await log.close();
  // A frozen one does not notice that the channel is closed.
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const gone = once(child, 'exit').then(() => void process.off('exit', endWithUs));
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  const url = await addressOf(child, gone, startWithinMs).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    await gone;
    throw new Error(`\`zena-crm ${args.join(' ')}\` did not start; see ${logFile}`, { cause: error });
  });
  return {
    pid: child.pid ?? 0,
    url,
    isAlive,
    gone,
    signal: (name) => void child.kill(name),
    async end(name, withinMs) {
      if (!isAlive()) return child.exitCode;
      child.kill(name);
      const force = setTimeout(() => child.kill('SIGKILL'), withinMs);
      await gone;
      clearTimeout(force);
      return child.exitCode;
    },
  };
}

async function addressOf(child: ChildProcess, gone: Promise<void>, withinMs: number): Promise<string> {
  if (child.stdout === null) throw new Error('There is no stdout.');
  const lines = createInterface(child.stdout);
  let late: NodeJS.Timeout | undefined;
  const address = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    gone.then(() => null),
    new Promise<null>((resolve) => {
      late = setTimeout(() => resolve(null), withinMs);
    }),
  ]);
  clearTimeout(late);
  if (address === null) throw new Error(`No address within ${withinMs} ms, or the end before.`);
  return address;
}
