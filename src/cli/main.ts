import { writeSync } from 'node:fs';
import { systemClock } from '../runtime/clock.ts';
import { listenForSignals } from '../runtime/signals.ts';
import type { Cli } from '../terminal/cli.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { steadySignals } from '../terminal/steady-signals.ts';
import { runProgram } from './program.ts';

const MOST_FRAMES = 20;
/** A name or a code as programs give them; anything else is data. */
const WORD = /^[A-Z][\w.]{0,60}$/i;
/** A place in a file; a message can have lines of its own that look like anything. */
const FRAME = /^ {4}at (?:[\w$.<>[\] ]{1,120} \()?(?:async )?(?:file:\/\/|node:)[^\s()?#]{1,300}:\d+:\d+\)?$/;

/** Runs the command line of this process and ends it with the command's exit code. */
export async function main(): Promise<void> {
  const stopping = new AbortController();
  listenForSignals(steadySignals(process, systemClock), {
    onStop: (signal) => {
      stopping.abort(signal);
    },
    onForce: () => process.exit(EXIT.interrupted),
  });
  // Whoever reads has seen enough (`| head`): nothing is left to do, and nobody to tell.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(EXIT.done);
      throw error;
    });
  }
  // Node's own words for it show the error's message and everything that hangs on it: a request, a header, a record.
  process.on('uncaughtException', (error) => {
    writeSync(process.stderr.fd, crashReport(error));
    process.exit(EXIT.failed);
  });
  const cli: Cli = {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    stop: stopping.signal,
    clock: systemClock,
  };
  const exitCode = await runProgram(cli, process.argv.slice(2));
  await Promise.all([process.stdout, process.stderr].map(written));
  process.exit(exitCode);
}

/** Resolves once everything so far is handed over: an exit would cut off what is still on its way into a pipe. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}

/**
 * What is said of an error that nobody foresaw, in one line of JSON: its name, its code and where it came from. Its message is
 * left out, and so is everything else that hangs on it: they may hold a secret, or a person's data.
 */
function crashReport(error: unknown): string {
  const {
    name,
    code,
    message = '',
    stack = '',
  } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  // The message stands before the places, and may look like one itself.
  const places = stack.slice(stack.indexOf(message) + message.length).split('\n');
  const at = places.filter((line) => FRAME.test(line));
  const report = {
    level: 'error',
    time: new Date().toISOString(),
    event: 'process.crashed',
    errorName: WORD.test(name ?? '') ? name : typeof error,
    ...(WORD.test(String(code ?? '')) && { errorCode: String(code) }),
    errorStack: at
      .slice(0, MOST_FRAMES)
      .map((line) => line.trim())
      .join('\n'),
  };
  return `${JSON.stringify(report)}\n`;
}
