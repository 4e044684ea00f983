import { Command } from 'commander';
import type { Cli } from '../../terminal/cli.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { writeList } from '../../terminal/output.ts';
import { outputOption, type OutputOptions } from '../input/command-options.ts';
import { toolConfiguration } from '../input/read-configuration.ts';
import { schemaOptions } from '../servers/schema-options.ts';
import type { Ends } from './command-end.ts';

/** `zena-crm schemas`: the change events' schemas in the registry. */
export function schemasCommand(cli: Cli, ends: Ends): Command {
  return new Command('schemas')
    .description("the change events' schemas in the registry (SCHEMA_REGISTRY_URL)")
    .addCommand(
      new Command('register')
        .description('register what is missing; repeating it changes nothing')
        .addOption(outputOption())
        .action(ends(async (options: OutputOptions) => register(cli, options))),
    )
    .addCommand(
      new Command('check')
        .description('compare the registry with the schemas of this version; changes nothing')
        .addOption(outputOption())
        .action(ends(async (options: OutputOptions) => check(cli, options))),
    );
}

async function register(cli: Cli, { output }: OutputOptions): Promise<ExitCode> {
  const options = await schemaOptions(await toolConfiguration(cli));
  const { registerSchemas } = await import('../../change-feed/schemas/register-schemas.ts');
  const report = await registerSchemas(options);
  writeList(cli, output, report.subjects, {
    columns: [
      { title: 'SUBJECT', value: ({ subject }) => subject },
      { title: 'SCHEMA', value: ({ schemaId }) => schemaId, align: 'right' },
      { title: '', value: ({ created }) => (created ? 'registered' : 'was there already') },
    ],
    empty: 'Nothing was registered.',
  });
  if (report.ok) return EXIT.done;
  if (report.code === 'REGISTRY_UNAVAILABLE') throw unavailable(report.message);
  throw new CommandFailure(
    EXIT.refused,
    `The registry refuses the schema of ${report.subject ?? 'a subject'}: ${report.message}`,
    'zena-crm schemas check tells which registered version stands against it.',
  );
}

async function check(cli: Cli, { output }: OutputOptions): Promise<ExitCode> {
  const options = await schemaOptions(await toolConfiguration(cli));
  const { checkSchemas } = await import('../../change-feed/schemas/check-schemas.ts');
  const report = await checkSchemas(options);
  if (!report.ok) throw unavailable(report.message);
  writeList(cli, output, report.findings, {
    columns: [
      { title: 'SUBJECT', value: ({ subject }) => subject },
      { title: 'FINDING', value: ({ code }) => code },
      { title: '', value: ({ message }) => message },
    ],
    empty: 'The registry holds the schemas of this version.',
  });
  return report.findings.length === 0 ? EXIT.done : EXIT.problems;
}

function unavailable(message: string): CommandFailure {
  return new CommandFailure(EXIT.unreachable, message, 'Is SCHEMA_REGISTRY_URL its address?');
}
