import type { Command } from 'commander';
import type { Cli } from '../../terminal/cli.ts';
import type { ExitCode } from '../../terminal/exit-code.ts';

/** Turns what a command does into its action, whose result is the program's exit code. */
export type Ends = <A extends unknown[]>(
  run: (...args: A) => Promise<ExitCode>,
) => (...args: A) => Promise<void>;

/** Makes one command of the program. */
export type MakeCommand = (cli: Cli, ends: Ends) => Command;
