import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import type { Cli } from '../../terminal/cli.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { writeList } from '../../terminal/output.ts';
import { outputOption, type OutputOptions } from '../input/command-options.ts';
import type { Ends } from './command-end.ts';

interface PackageOptions extends OutputOptions {
  readonly force?: boolean;
}

/** `zena-crm salesforce`: for the administrator of an org. */
export function salesforceCommand(cli: Cli, ends: Ends): Command {
  return new Command('salesforce').description('for the administrator of a Salesforce org').addCommand(
    new Command('package')
      .description('write a metadata package: the fields, the object of properties and a permission set')
      .argument('[folder]', 'where to', 'zena-salesforce')
      .option('--force', 'also over files that are there')
      .addOption(outputOption())
      .addHelpText('after', '\nDeploy it with: sf project deploy start --metadata-dir <folder>')
      .action(ends(async (folder: string, options: PackageOptions) => await write(cli, folder, options))),
  );
}

async function write(cli: Cli, folder: string, { force, output }: PackageOptions): Promise<ExitCode> {
  const { salesforcePackage } = await import('../../service/salesforce-package.ts');
  const files = salesforcePackage().map(({ path, text }) => ({ path: join(folder, path), text }));
  const taken = files.find(({ path }) => existsSync(path));
  if (taken !== undefined && force !== true) {
    const remedy = 'Give another folder, or --force.';
    throw new CommandFailure(EXIT.failed, `${taken.path} is there already, nothing was written`, remedy);
  }
  for (const { path, text } of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  writeList(
    cli,
    output,
    files.map(({ path }) => ({ path })),
    { columns: [{ title: 'WRITTEN', value: ({ path }) => path }], empty: 'Nothing.' },
  );
  cli.stderr.write(
    `Deploy it with: sf project deploy start --metadata-dir ${folder}\n` +
      'Then assign the permission set “Zena CRM Sync” to whom the service acts as.\n',
  );
  return EXIT.done;
}
