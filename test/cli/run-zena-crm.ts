import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from './child-environment.ts';

const BIN = fileURLToPath(new URL('../../bin/zena-crm.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly finished: Promise<Finished>;
  /** The first lines of stdout, as soon as there are that many; rejects when it ends before. */
  lines(count: number): Promise<readonly string[]>;
}

/** Starts the program as a user would, with nothing of this process's settings. */
export function startZenaCrm(args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), BIN, ...args], {
    env: { ...childEnvironment(), ...options.env },
    cwd: options.cwd ?? process.cwd(),
  });
  let [stdout, stderr] = ['', ''];
  const heard = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const hear of heard) hear();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
  return {
    child,
    finished,
    lines: (count) =>
      new Promise((resolve, reject) => {
        const hear = () => {
          const lines = stdout.split('\n').slice(0, -1);
          if (lines.length < count) return;
          heard.delete(hear);
          resolve(lines.slice(0, count));
        };
        heard.add(hear);
        hear();
        void finished.then(({ stderr: said }) => {
          reject(new Error(`it ended before: ${said}`));
        });
      }),
  };
}

/** Runs it to its end. */
export function runZenaCrm(args: readonly string[], options?: RunOptions): Promise<Finished> {
  return startZenaCrm(args, options).finished;
}
