import { Command } from 'commander';
import type { Cli } from '../../terminal/cli.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputOptions, outputOption, writeObject } from '../../terminal/output.ts';
import type { Ends } from './command-end.ts';
import { configurationFailure, startConfiguration } from '../../terminal/read-configuration.ts';

/** `zena-crm config`: the configuration that `start` would run with. */
export function configCommand(cli: Cli, ends: Ends): Command {
  return new Command('config').description("look at the service's configuration").addCommand(
    new Command('check')
      .description('read the environment as start does; secrets are never shown')
      .addOption(outputOption())
      .action(ends(async (options: OutputOptions) => check(cli, options))),
  );
}

async function check(cli: Cli, { output }: OutputOptions): Promise<ExitCode> {
  const read = await startConfiguration(cli);
  const { printConfig } = await import('../../config/print-config.ts');
  if (output === 'text') for (const { message } of read.warnings) cli.stderr.write(`warning: ${message}\n`);
  if (read.ok) {
    const { config, warnings } = read;
    const shown = { ok: true, mode: config.mode, settings: config.settings, faults: [], warnings };
    writeObject(cli, output, shown, () => printConfig(config));
    return EXIT.done;
  }
  if (output === 'text') throw configurationFailure(cli, read.faults);
  writeObject(cli, output, { ok: false, faults: read.faults, warnings: read.warnings }, () => '');
  return EXIT.configuration;
}
