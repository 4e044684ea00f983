import { Command, Option } from 'commander';
import type { Static } from 'typebox';
import { providerPath } from '../../client/api-client.ts';
import { connectClient, resolveProvider } from '../../client/connect-client.ts';
import { readPages } from '../../client/read-pages.ts';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import { LINK_STATES } from '../../domain/link.ts';
import type { RecordSchema } from '../../http/views/record-view.ts';
import type { Cli } from '../../terminal/cli.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputFormat, writeList } from '../../terminal/output.ts';
import { outputOption, parseLimit } from '../input/command-options.ts';
import type { Ends } from './command-end.ts';

/** A record as the API answers it. */
export type RecordAnswer = Static<typeof RecordSchema>;

interface RecordsOptions {
  readonly query?: string;
  readonly state?: string;
  readonly entity?: string;
  readonly limit: number;
  readonly output: OutputFormat;
}

/** `zena-crm records`: what became of the records in the CRM. */
export function recordsCommand(cli: Cli, ends: Ends): Command {
  return new Command('records')
    .description('what became of the records in the CRM')
    .argument('[provider]', 'such as mri_vault; may be left out with one connection')
    .option('-q, --query <text>', 'part of a name, e-mail, phone, address or id')
    .addOption(new Option('--state <state>', 'only those that are so').choices(LINK_STATES))
    .addOption(new Option('--entity <kind>', 'only this kind').choices(ENTITY_KINDS))
    .option('--limit <n>', 'how many', parseLimit, 50)
    .addOption(outputOption())
    .action(
      ends(async (named: string | undefined, options: RecordsOptions) => listRecords(cli, named, options)),
    );
}

async function listRecords(
  cli: Cli,
  named: string | undefined,
  { query: q, state, entity, limit, output }: RecordsOptions,
): Promise<ExitCode> {
  const client = await connectClient(cli);
  const path = providerPath(await resolveProvider(client, named), 'records');
  const records = await readPages<RecordAnswer>(client, path, { q, state, entity }, limit);
  writeList(cli, output, records, {
    columns: [
      { title: 'ENTITY', value: (record) => record.entity },
      { title: 'ID', value: ({ entityId }) => entityId },
      { title: 'TITLE', value: ({ title }) => title },
      { title: 'STATE', value: (record) => record.state },
      { title: 'CRM ID', value: ({ remoteId }) => remoteId },
      { title: 'FAILURE', value: failureText },
    ],
    empty: 'No record fits.',
  });
  return EXIT.done;
}

function failureText({ failure }: RecordAnswer): string | null {
  if (failure === null) return null;
  const [first] = failure.fields;
  return first === undefined ? failure.detail : `${first.field}: ${first.message}`;
}
