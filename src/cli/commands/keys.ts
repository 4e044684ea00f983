import { Command } from 'commander';
import type { KeyStatusView } from '../../http/views/key-view.ts';
import type { Cli } from '../../terminal/cli.ts';
import type { Ends } from './command-end.ts';
import { connectClient } from '../../client/connect-client.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { keyStatusText, missingKeys } from '../keys/key-answers.ts';
import { rotateKeys } from '../keys/rotate-keys.ts';
import { type OutputOptions, outputOption, writeObject } from '../../terminal/output.ts';

/** `zena-crm keys`: what is sealed under which encryption key; needs a token with the scope `ops`. */
export function keysCommand(cli: Cli, ends: Ends): Command {
  return new Command('keys')
    .description('the encryption keys by id, for operators (scope ops)')
    .addCommand(
      new Command('status')
        .description(
          'what is sealed under each key, and which may be taken away; exit code 6 where one is missing',
        )
        .addOption(outputOption())
        .action(ends(async (options: OutputOptions) => showStatus(cli, options))),
    )
    .addCommand(
      new Command('rotate')
        .description('seal every connection anew under the current key, while deliveries go on')
        .addOption(outputOption())
        .action(ends(async (options: OutputOptions) => rotateKeys(cli, options))),
    );
}

async function showStatus(cli: Cli, { output }: OutputOptions): Promise<ExitCode> {
  const client = await connectClient(cli);
  const status = (await client.call({ method: 'GET', path: '/api/ops/keys' })) as KeyStatusView;
  writeObject(cli, output, status, () => keyStatusText(status));
  return missingKeys(status.keys).length === 0 ? EXIT.done : EXIT.problems;
}
