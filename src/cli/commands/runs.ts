import { Command } from 'commander';
import type { RunView } from '../../http/views/run-view.ts';
import { providerPath } from '../../client/api-client.ts';
import type { Cli } from '../../terminal/cli.ts';
import { connectClient, resolveProvider } from '../../client/connect-client.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputFormat, outputOption, writeList } from '../../terminal/output.ts';
import type { Ends } from './command-end.ts';
import { parseLimit, readPages } from '../../client/read-pages.ts';
import { shortTime } from '../../terminal/show-time.ts';

interface RunsOptions {
  readonly limit: number;
  readonly output: OutputFormat;
}

/** `zena-crm runs`: full syncs, newest first. */
export function runsCommand(cli: Cli, ends: Ends): Command {
  return new Command('runs')
    .description('full syncs, newest first')
    .argument('[provider]', 'such as mri_vault; may be left out with one connection')
    .option('--limit <n>', 'how many', parseLimit, 20)
    .addOption(outputOption())
    .action(
      ends(async (named: string | undefined, { limit, output }: RunsOptions): Promise<ExitCode> => {
        const client = await connectClient(cli);
        const provider = await resolveProvider(client, named);
        const runs = await readPages<RunView>(client, providerPath(provider, 'runs'), {}, limit);
        writeList(cli, output, runs, {
          columns: [
            { title: 'RUN', value: ({ runId }) => runId },
            { title: 'STARTED', value: ({ createdAt }) => shortTime(createdAt) },
            { title: 'STATUS', value: ({ status }) => status },
            { title: 'DONE', value: ({ done, total }) => `${done}/${total}`, align: 'right' },
            { title: 'CREATED', value: ({ created }) => created, align: 'right' },
            { title: 'UPDATED', value: ({ updated }) => updated, align: 'right' },
            { title: 'EQUAL', value: ({ unchanged }) => unchanged, align: 'right' },
            { title: 'FAILED', value: ({ failed }) => failed, align: 'right' },
          ],
          empty: 'There has been no full sync.',
        });
        return EXIT.done;
      }),
    );
}
