import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { Command } from 'commander';
import type { Cli } from '../../terminal/cli.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { confirm } from '../../terminal/confirm.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { writeList } from '../../terminal/output.ts';
import {
  existingFolder,
  isCheckout,
  scaffoldConnector,
  writeFiles,
} from '../connector/scaffold-connector.ts';
import { outputOption, type OutputOptions } from '../input/command-options.ts';
import { toolConfiguration } from '../input/read-configuration.ts';
import type { Ends } from './command-end.ts';

interface NewOptions {
  readonly name?: string;
  readonly in: string;
}

interface CheckOptions extends OutputOptions {
  readonly credentials: string;
  readonly yes?: boolean;
}

const ID = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9 .&-]{0,40}$/;
const PRETTIER = 'node_modules/prettier/bin/prettier.cjs';

/** `zena-crm connector`: for whoever adds a CRM. */
export function connectorCommand(cli: Cli, ends: Ends): Command {
  return new Command('connector')
    .description('for whoever adds a CRM')
    .addCommand(
      new Command('new')
        .description('write a connector with a sandbox and a test that pass the kit as they stand')
        .argument('<id>', 'as in routes and stores: lower-case words with underscores')
        .option('--name <name>', 'as people call it (default: the id)')
        .option('--in <folder>', 'the checkout', '.')
        .action(ends(async (id: string, options: NewOptions) => Promise.resolve(create(cli, id, options)))),
    )
    .addCommand(
      new Command('check')
        .description('try a connector at a real account, with one contact that is taken away again')
        .argument('<id>', 'the provider, as in routes')
        .requiredOption('--credentials <file>', 'JSON as connect takes it; - for standard input (with --yes)')
        .option('--yes', 'do not ask')
        .addOption(outputOption())
        .action(ends(async (id: string, options: CheckOptions) => check(cli, id, options))),
    );
}

async function check(cli: Cli, id: string, options: CheckOptions): Promise<ExitCode> {
  const credentials = await readCredentials(cli, options.credentials);
  const question = `This makes one contact in the real ${id} account of these credentials, and takes it away again. Go on?`;
  await confirm(cli, question, options.yes === true);
  const config = await toolConfiguration(cli);
  const { checkAccount, NothingToCheck } = await import('../../service/check-account.ts');
  const mark = `${cli.clock.now().toString(36)}`;
  try {
    const findings = await checkAccount(config, { id, credentials, mark }, cli.clock);
    writeList(cli, options.output, findings, {
      columns: [
        { title: '', value: ({ ok }) => (ok ? 'ok' : 'PROBLEM') },
        { title: 'CHECK', value: (one) => one.check },
        { title: '', value: ({ detail }) => detail },
      ],
      empty: 'Nothing was tried.',
    });
    return findings.every(({ ok }) => ok) ? EXIT.done : EXIT.problems;
  } catch (error) {
    if (error instanceof NothingToCheck)
      throw new CommandFailure(EXIT.usage, error.message, 'Nothing was sent.');
    throw error;
  }
}

async function readCredentials({ stdin }: Cli, from: string): Promise<Readonly<Record<string, unknown>>> {
  const text = from === '-' ? await textOf(stdin) : await readFile(from, 'utf8');
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null) return read as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new CommandFailure(
    EXIT.usage,
    'The credentials are no JSON object',
    'Write them as connect takes them.',
  );
}

function create(cli: Cli, id: string, options: NewOptions): ExitCode {
  const { in: root, name = id.replaceAll('_', ' ') } = options;
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
