import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Cli } from '../../terminal/cli.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import {
  existingFolder,
  isCheckout,
  scaffoldConnector,
  writeFiles,
} from '../connector/scaffold-connector.ts';
import type { Ends } from './command-end.ts';

interface NewOptions {
  readonly name?: string;
  readonly in: string;
}

const ID = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9 .&-]{0,40}$/;
const PRETTIER = 'node_modules/prettier/bin/prettier.cjs';

/** `zena-crm connector`: for whoever adds a CRM. */
export function connectorCommand(cli: Cli, ends: Ends): Command {
  return new Command('connector').description('for whoever adds a CRM, in a checkout').addCommand(
    new Command('new')
      .description('write a connector with a sandbox and a test that pass the kit as they stand')
      .argument('<id>', 'as in routes and stores: lower-case words with underscores')
      .option('--name <name>', 'as people call it (default: the id)')
      .option('--in <folder>', 'the checkout', '.')
      .action(ends(async (id: string, options: NewOptions) => Promise.resolve(create(cli, id, options)))),
  );
}

function create(cli: Cli, id: string, options: NewOptions): ExitCode {
  const { in: root, name = id } = options;
  if (!ID.test(id)) {
    throw new CommandFailure(
      EXIT.usage,
      'This is no id',
      'Lower-case words with underscores: follow_up_boss.',
    );
  }
  if (!NAME.test(name)) {
    throw new CommandFailure(EXIT.usage, 'This is no name', 'Letters, digits, blanks, points, & and -.');
  }
  if (!isCheckout(root)) {
    throw new CommandFailure(EXIT.usage, 'This is no checkout of the program', 'Give one with --in.');
  }
  const taken = existingFolder(root, id);
  if (taken !== null) throw new CommandFailure(EXIT.failed, `${taken} is there already, nothing was written`);
  const files = scaffoldConnector(root, { id, name });
  const paths = files.map(({ path }) => path);
  writeFiles(root, files);
  if (existsSync(join(root, PRETTIER))) {
    spawnSync(process.execPath, [PRETTIER, '--log-level=silent', '--write', ...paths], { cwd: root });
  }
  cli.stdout.write(`${paths.join('\n')}\n`);
  const test = paths.find((path) => path.endsWith('.test.ts')) ?? '';
  cli.stderr.write(`Next: npm run docs:settings, npm run docs:connectors, npm run test:core -- ${test}\n`);
  return EXIT.done;
}
