import type { DeclaredSetting } from '../../config/declared-settings.ts';
import type { Config, ConfigResult, StartConfig } from '../../config/config.ts';
import { acceptedConfiguration } from '../../terminal/accepted-configuration.ts';
import type { Cli } from '../../terminal/cli.ts';

/** The configuration of the service, with all that a start needs. */
export async function startConfiguration({ env }: Pick<Cli, 'env'>): Promise<ConfigResult<StartConfig>> {
  const { readConfig } = await import('../../config/read-config.ts');
  return readConfig(env, { require: 'start', declared: await declaredSettings() });
}

/** The configuration without what only the service needs; ends the command where something in it is wrong. */
export async function toolConfiguration(cli: Pick<Cli, 'env' | 'stderr'>): Promise<Config> {
  const { readConfig } = await import('../../config/read-config.ts');
  return acceptedConfiguration(
    cli,
    readConfig(cli.env, { require: 'none', declared: await declaredSettings() }),
  );
}

/** What connectors want of the operator; loaded by those alone who read the configuration. */
export async function declaredSettings(): Promise<readonly DeclaredSetting[]> {
  const { DECLARED_SETTINGS } = await import('../../service/create-connectors.ts');
  return DECLARED_SETTINGS;
}
