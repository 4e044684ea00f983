import { writeSync } from 'node:fs';
import { systemClock } from '../runtime/clock.ts';
import { listenForSignals } from '../runtime/signals.ts';
import type { Cli } from '../terminal/cli.ts';
import { crashReport } from './crash-report.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { runProgram } from './program.ts';
import { steadySignals } from '../terminal/steady-signals.ts';

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
