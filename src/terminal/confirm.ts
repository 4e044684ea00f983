import { createInterface } from 'node:readline';
import type { Cli } from './cli.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code.ts';

/** Whether somebody can be asked: a person reads what is said and types what is read. */
function canAsk({ stdin, stderr }: Pick<Cli, 'stdin' | 'stderr'>): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/**
 * Asks before something that can't be taken back. `yes` answers for whoever calls from a script.
 *
 * @throws {CommandFailure} with exit code 2 where nobody can be asked, and 1 where the answer is not yes.
 */
export async function confirm(cli: Cli, question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!canAsk(cli)) {
    throw new CommandFailure(
      EXIT.usage,
      'There is no terminal to ask on, so nothing was done.',
      'Add --yes.',
    );
  }
  cli.stderr.write(`${question} [y/N] `);
  if (/^\s*y(es)?\s*$/i.test(await nextLine(cli))) return;
  throw new CommandFailure(EXIT.failed, 'Nothing was done.');
}

/** The next line that is typed; an end of input is an empty one. Rejects when the process is asked to stop. */
function nextLine({ stdin, stop }: Pick<Cli, 'stdin' | 'stop'>): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: stdin });
    const abort = () => {
      lines.close();
      reject(stop.reason instanceof Error ? stop.reason : new Error('stopped'));
    };
    stop.addEventListener('abort', abort, { once: true });
    const end = (line: string) => {
      stop.removeEventListener('abort', abort);
      resolve(line);
      lines.close();
    };
    lines.once('line', end);
    lines.once('close', () => {
      end('');
    });
    if (stop.aborted) abort();
  });
}
