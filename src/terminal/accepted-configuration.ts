import type { ConfigResult } from '../config/config.ts';
import { faultLine } from '../config/fault-line.ts';
import type { Cli } from './cli.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code.ts';

/** The configuration that was read; ends the command where something in it is wrong. */
export function acceptedConfiguration<C>({ stderr }: Pick<Cli, 'stderr'>, result: ConfigResult<C>): C {
  // What a mode leaves unused is no news to a command that works on that very thing; a misspelt name is.
  const misspelt = result.warnings.filter(({ suggestion }) => suggestion !== undefined);
  for (const { message } of misspelt) stderr.write(`warning: ${message}\n`);
  if (result.ok) return result.config;
  throw configurationFailure({ stderr }, result.faults);
}

/** Writes every fault with its remedy; the failure that ends the command only counts them. */
export function configurationFailure(
  { stderr }: Pick<Cli, 'stderr'>,
  faults: readonly { readonly message: string; readonly remedy: string }[],
): CommandFailure {
  for (const fault of faults) stderr.write(`${faultLine(fault)}\n`);
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  return new CommandFailure(EXIT.configuration, `The configuration has ${count}.`);
}
