import { PassThrough } from 'node:stream';
import type { Cli } from '../../src/terminal/cli.ts';
import type { ExitCode } from '../../src/terminal/exit-code.ts';
import { runProgram } from '../../src/cli/program.ts';
import { systemClock, type Clock } from '../../src/runtime/clock.ts';

export interface ProgramRun {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What a person types on their terminal, line by line; left out, there is no terminal. */
  readonly typed?: readonly string[];
  /** What is piped into it. */
  readonly stdin?: Buffer;
  readonly clock?: Clock;
  readonly stop?: AbortSignal;
}

/** Runs a command in this process, on a terminal of the test's or on none. */
export async function runOnTerminal(
  args: readonly string[],
  {
    env = {},
    typed,
    stdin: piped,
    clock = systemClock,
    stop = new AbortController().signal,
  }: ProgramOptions = {},
): Promise<ProgramRun> {
  const isTTY = typed !== undefined;
  const stdin: Cli['stdin'] = Object.assign(new PassThrough(), { isTTY });
  if (piped !== undefined) (stdin as PassThrough).end(piped);
  const said = { stdout: '', stderr: '' };
  const output = (name: keyof typeof said): Cli['stdout'] => ({
    isTTY,
    write(text: string) {
      said[name] += text;
      if (name === 'stderr' && text.endsWith('[y/N] ')) {
        for (const line of typed ?? []) (stdin as PassThrough).write(`${line}\n`);
      }
    },
  });
  const cli: Cli = { env, stdin, stdout: output('stdout'), stderr: output('stderr'), stop, clock };
  const code = await runProgram(cli, args);
  return { code, ...said };
}
