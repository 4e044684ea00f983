import { Command } from 'commander';
import { connectClient, type IntegrationAnswer, readIntegrations } from '../../client/connect-client.ts';
import type { Cli } from '../../terminal/cli.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { writeList } from '../../terminal/output.ts';
import { shortSeconds, shortTime } from '../../terminal/show-time.ts';
import type { Column } from '../../terminal/table.ts';
import { outputOption, type OutputOptions } from '../input/command-options.ts';
import type { Ends } from './command-end.ts';

/** The columns of a list of connections. */
export const CONNECTION_COLUMNS: readonly Column<IntegrationAnswer>[] = [
  { title: 'CRM', value: ({ provider }) => provider },
  { title: 'STATUS', value: ({ status }) => status },
  { title: 'HEALTH', value: ({ health }) => health.state },
  { title: 'LINKED', value: ({ counts }) => counts.linked, align: 'right' },
  { title: 'DUE', value: ({ counts }) => counts.due, align: 'right' },
  { title: 'WAITING', value: ({ counts }) => counts.waiting, align: 'right' },
  { title: 'FAILED', value: ({ counts }) => counts.failed, align: 'right' },
  { title: 'LAG', value: ({ lagSeconds }) => shortSeconds(lagSeconds), align: 'right' },
  { title: 'LAST SYNC', value: ({ lastSyncAt }) => shortTime(lastSyncAt) },
];

/** `zena-crm connections`: the token's user's connections. */
export function connectionsCommand(cli: Cli, ends: Ends): Command {
  return new Command('connections')
    .description("the user's CRM connections and how they are")
    .addOption(outputOption())
    .action(
      ends(async ({ output }: OutputOptions): Promise<ExitCode> => {
        const integrations = await readIntegrations(await connectClient(cli));
        const view = { columns: CONNECTION_COLUMNS, empty: 'No CRM is connected.' };
        writeList(cli, output, integrations, view);
        return EXIT.done;
      }),
    );
}
