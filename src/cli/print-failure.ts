import type { Cli } from '../terminal/cli.ts';
import { CommandFailure } from '../terminal/command-failure.ts';
import { printable } from '../terminal/display-width.ts';
import { styleFor } from '../terminal/style.ts';

/** Says on stderr why a command failed, in one line, and what to do about it in the next. */
export function printFailure({ stderr, env }: Pick<Cli, 'stderr' | 'env'>, error: unknown): void {
  const style = styleFor(stderr, env);
  const message = error instanceof Error ? error.message : String(error);
  stderr.write(`${style.bad('error:')} ${printable(message)}\n`);
  if (error instanceof CommandFailure) {
    if (error.remedy !== null) stderr.write(`       ${printable(error.remedy)}\n`);
  } else if (error instanceof Error && error.stack !== undefined) {
    // Not one of the failures that are expected: whoever reports it needs the place.
    stderr.write(`${style.dim(error.stack.split('\n').slice(1).join('\n'))}\n`);
  }
}
