import { Command, Option } from 'commander';
import type { StartConfig } from '../../config/config.ts';
import { faultLine } from '../../config/fault-line.ts';
import type { Logger } from '../../runtime/logger.ts';
import { configurationFailure } from '../../terminal/accepted-configuration.ts';
import type { Cli } from '../../terminal/cli.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { writeObject } from '../../terminal/output.ts';
import { untilAborted } from '../../terminal/until-aborted.ts';
import { outputOption, type OutputOptions } from '../input/command-options.ts';
import { startConfiguration } from '../input/read-configuration.ts';
import type { Ends } from './command-end.ts';

interface StartOptions {
  readonly role: 'all' | 'worker' | 'api';
  readonly withoutKeys?: boolean;
  readonly acceptLostEvents?: boolean;
}

/** What the log may still hold is given this long at the end. */
const FLUSH_MS = 1_000;

/** `zena-crm start`: the service, until it is asked to stop. */
export function startCommand(cli: Cli, ends: Ends): Command {
  return new Command('start')
    .description('run the service until it is asked to stop; its address goes to stdout, its log to stderr')
    .addOption(
      new Option('--role <role>', 'worker: no API; api: no worker')
        .choices(['all', 'worker', 'api'])
        .default('all'),
    )
    .option(
      '--without-keys',
      'start although the key of some credentials is not here: it is lost, and their users will connect again',
    )
    .option(
      '--accept-lost-events',
      'go on although the store is an older copy and the log no longer reaches back to it (STORE_BEHIND_LOG)',
    )
    .action(ends(async (options: StartOptions) => start(cli, options)));
}

async function start(cli: Cli, options: StartOptions): Promise<ExitCode> {
  const { createLogger } = await import('../../runtime/logger.ts');
  const { stderrDestination } = await import('../../runtime/log-destination.ts');
  const read = await startConfiguration(cli);
  if (!read.ok) {
    for (const { message } of read.warnings) cli.stderr.write(`warning: ${message}\n`);
    throw configurationFailure(cli, read.faults);
  }
  const destination = stderrDestination();
  const logger = createLogger({ level: read.config.logLevel, destination });
  for (const { name, message, suggestion } of read.warnings) {
    logger.warn('config.warning', { setting: name, message, suggestion });
  }
  const exitCode = await serve(cli, read.config, options, logger);
  await Promise.race([destination.flush(), cli.clock.sleep(FLUSH_MS)]);
  return exitCode;
}

async function serve(
  cli: Cli,
  config: StartConfig,
  { role, withoutKeys = false, acceptLostEvents = false }: StartOptions,
  logger: Logger,
): Promise<ExitCode> {
  const { startService } = await import('../../service/start-service.ts');
  const broken = new AbortController();
  const started = await startService(config, {
    role,
    logger,
    withoutKeys,
    acceptLostEvents,
    onFatal: (code) => {
      logger.error('service.fatal', { code });
      broken.abort();
    },
  });
  if (!started.ok) {
    for (const fault of started.faults) cli.stderr.write(`${faultLine(fault)}\n`);
    return started.exitCode;
  }
  cli.stdout.write(`${started.service.url}\n`);
  await untilAborted(AbortSignal.any([cli.stop, broken.signal]));
  const overdue = cli.clock.sleep(config.shutdownGraceMs).then(() => false);
  const inTime = await Promise.race([started.service.stop().then(() => true), overdue]);
  if (!inTime) logger.warn('service.stop_overdue', { graceMs: config.shutdownGraceMs });
  return inTime && !broken.signal.aborted ? EXIT.done : EXIT.failed;
}

/** `zena-crm config`: the configuration that `start` would run with. */
export function configCommand(cli: Cli, ends: Ends): Command {
  return new Command('config').description("look at the service's configuration").addCommand(
    new Command('check')
      .description('read the environment as start does; secrets are never shown')
      .addOption(outputOption())
      .action(ends(async (options: OutputOptions) => checkConfig(cli, options))),
  );
}

async function checkConfig(cli: Cli, { output }: OutputOptions): Promise<ExitCode> {
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
