import type { ClientConfig } from '../config/client-config.ts';
import type { Config, ConfigResult, StartConfig } from '../config/config.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit-code.ts';
import { CommandFailure } from './command-failure.ts';

/** The configuration of the service, with all that a start needs. */
export async function startConfiguration({ env }: Pick<Cli, 'env'>): Promise<ConfigResult<StartConfig>> {
  const { readConfig } = await import('../config/read-config.ts');
  return readConfig(env, { require: 'start' });
}

/** The configuration without what only the service needs; ends the command where something in it is wrong. */
export async function toolConfiguration(cli: Pick<Cli, 'env' | 'stderr'>): Promise<Config> {
  const { readConfig } = await import('../config/read-config.ts');
  return accepted(cli, readConfig(cli.env, { require: 'none' }));
}

/** Where the running service is; ends the command where the setting is wrong. */
export async function clientConfiguration(cli: Pick<Cli, 'env' | 'stderr'>): Promise<ClientConfig> {
  const { readClientConfig } = await import('../config/client-config.ts');
  return accepted(cli, readClientConfig(cli.env));
}

function accepted<C>({ stderr }: Pick<Cli, 'stderr'>, result: ConfigResult<C>): C {
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
  for (const { message, remedy } of faults) stderr.write(`fault: ${message}. ${remedy}\n`);
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  return new CommandFailure(EXIT.configuration, `The configuration has ${count}.`);
}
