import type { Cli } from '../../terminal/cli.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { confirm } from '../../terminal/confirm.ts';
import { connectClient } from '../../client/connect-client.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputFormat, writeObject } from '../../terminal/output.ts';
import { type LetterOptions, letterQuery } from './letter-options.ts';
import { LETTERS_PATH, readGroups } from './list-letters.ts';

export interface DiscardOptions extends LetterOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly output: OutputFormat;
}

const DEADLINE_MS = 130_000;

/** Takes letters off the list: those named, or those that the options choose. */
export async function discardLetters(
  cli: Cli,
  ids: readonly string[],
  { all = false, yes = false, output, ...options }: DiscardOptions,
): Promise<ExitCode> {
  const query = letterQuery(options);
  const chosen = Object.values(query).some((value) => value !== undefined);
  if (ids.length === 0 && !chosen && !all) {
    throw new CommandFailure(EXIT.usage, 'Which dead letters?', 'Name ids, choose by options, or say --all.');
  }
  const client = await connectClient(cli);
  // Without conditions of its own a request discards nothing: all are those that wait for a person.
  const filter = {
    ...query,
    ...(ids.length > 0 ? { ids } : {}),
    ...(all ? { statuses: ['open', 'parked'] } : {}),
  };
  const count =
    ids.length > 0 ? ids.length : (await readGroups(client, query)).reduce((sum, one) => sum + one.count, 0);
  if (count > 0) await confirm(cli, `Discard ${count} dead letters? Nothing brings them back.`, yes);
  const answer = (await client.call({
    method: 'POST',
    path: `${LETTERS_PATH}/discard`,
    body: JSON.stringify(filter),
    deadlineMs: DEADLINE_MS,
  })) as { readonly discarded: number };
  writeObject(cli, output, answer, () => `${answer.discarded} discarded`);
  return EXIT.done;
}
