import type { ApiClient } from '../../client/api-client.ts';
import { connectClient, membersOf } from '../../client/connect-client.ts';
import { readPages } from '../../client/read-pages.ts';
import type { DeadLetterGroupView, DeadLetterView } from '../../http/views/dead-letter-view.ts';
import type { Cli } from '../../terminal/cli.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputFormat, writeList } from '../../terminal/output.ts';
import { shortTime } from '../../terminal/show-time.ts';
import type { OutputOptions } from '../input/command-options.ts';
import { type LetterOptions, letterQuery } from './letter-options.ts';

export const LETTERS_PATH = '/api/ops/dead-letters';

export interface ListOptions extends LetterOptions {
  readonly status?: string;
  readonly limit: number;
  readonly output: OutputFormat;
}

export async function listLetters(
  cli: Cli,
  { status, limit, output, ...options }: ListOptions,
): Promise<ExitCode> {
  const client = await connectClient(cli);
  const query = { ...letterQuery(options), status };
  const letters = await readPages<DeadLetterView>(client, LETTERS_PATH, query, limit);
  writeList(cli, output, letters, {
    columns: [
      { title: 'ID', value: ({ id }) => id },
      { title: 'FAILED', value: ({ failedAt }) => shortTime(failedAt) },
      { title: 'CAUSE', value: ({ code }) => code },
      { title: 'STATUS', value: (letter) => letter.status },
      {
        title: 'RECORD',
        value: ({ entity, entityId }) => (entityId === null ? entity : `${entity}/${entityId}`),
      },
      { title: 'USER', value: ({ userId }) => userId },
      { title: 'CRM', value: ({ provider }) => provider },
      { title: 'REPLAYS', value: ({ replays }) => replays, align: 'right' },
      { title: 'DETAIL', value: ({ detail }) => detail },
    ],
    empty: 'No dead letter waits for anybody.',
  });
  return EXIT.done;
}

export interface GroupOptions extends LetterOptions, OutputOptions {
  readonly status?: string;
}

export async function groupLetters(
  cli: Cli,
  { status, output, ...options }: GroupOptions,
): Promise<ExitCode> {
  const client = await connectClient(cli);
  const groups = await readGroups(client, { ...letterQuery(options), status });
  writeList(cli, output, groups, {
    columns: [
      { title: 'CAUSE', value: ({ code }) => code },
      { title: 'CRM', value: ({ provider }) => provider },
      { title: 'LETTERS', value: ({ count }) => count, align: 'right' },
      { title: 'OLDEST', value: ({ oldestFailedAt }) => shortTime(oldestFailedAt) },
      { title: 'NEWEST', value: ({ newestFailedAt }) => shortTime(newestFailedAt) },
      { title: 'TO BE FIXED BY', value: ({ remedy }) => remedy.whoCanFix },
    ],
    empty: 'No dead letter waits for anybody.',
  });
  if (output === 'text') {
    for (const { code, remedy } of groups) {
      cli.stdout.write(`\n${code}: ${remedy.meaning}\n  ${remedy.whatToDo}\n`);
    }
  }
  return EXIT.done;
}

/** Groups are answered whole: there are no more than causes and CRMs. */
export async function readGroups(
  client: ApiClient,
  query: Readonly<Record<string, string | undefined>>,
): Promise<readonly DeadLetterGroupView[]> {
  const path = `${LETTERS_PATH}/groups`;
  return membersOf<DeadLetterGroupView>(await client.call({ method: 'GET', path, query }), 'data');
}
