import { Command, Option } from 'commander';
import { connectClient } from '../../client/connect-client.ts';
import { DEAD_LETTER_STATUSES } from '../../domain/dead-letter.ts';
import type { Cli } from '../../terminal/cli.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { confirm } from '../../terminal/confirm.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputFormat, writeObject } from '../../terminal/output.ts';
import { type LetterOptions, letterQuery, withLetterOptions } from '../dlq/letter-options.ts';
import {
  groupLetters,
  type GroupOptions,
  LETTERS_PATH,
  listLetters,
  type ListOptions,
  readGroups,
} from '../dlq/list-letters.ts';
import { planLetters, type PlanOptions, WAITING_STATUSES } from '../dlq/plan-replay.ts';
import { cancelReplay, listReplays, replayLetters, type ReplayOptions } from '../dlq/replay-letters.ts';
import { showLetter } from '../dlq/show-letter.ts';
import { outputOption, type OutputOptions, parseLimit } from '../input/command-options.ts';
import type { Ends } from './command-end.ts';

interface DiscardOptions extends LetterOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly output: OutputFormat;
}

const DISCARD_DEADLINE_MS = 130_000;

/** `zena-crm dlq`: dead letters of all users; needs a token with the scope `ops`. */
export function dlqCommand(cli: Cli, ends: Ends): Command {
  return new Command('dlq')
    .description('dead letters of all users, for operators (scope ops)')
    .addCommand(listCommand(cli, ends))
    .addCommand(groupsCommand(cli, ends))
    .addCommand(showCommand(cli, ends))
    .addCommand(planCommand(cli, ends))
    .addCommand(replayCommand(cli, ends))
    .addCommand(replaysCommand(cli, ends))
    .addCommand(cancelCommand(cli, ends))
    .addCommand(discardCommand(cli, ends));
}

function statusOption(): Option {
  return new Option('--status <status>', 'only those that are so; else what waits for a person').choices(
    DEAD_LETTER_STATUSES,
  );
}

function listCommand(cli: Cli, ends: Ends): Command {
  return withLetterOptions(new Command('list').description('one by one, latest failure first'))
    .addOption(statusOption())
    .option('--limit <n>', 'how many', parseLimit, 50)
    .addOption(outputOption())
    .action(ends(async (options: ListOptions) => listLetters(cli, options)));
}

function groupsCommand(cli: Cli, ends: Ends): Command {
  return withLetterOptions(new Command('groups').description('by cause, with what helps'))
    .addOption(statusOption())
    .addOption(outputOption())
    .action(ends(async (options: GroupOptions) => groupLetters(cli, options)));
}

function showCommand(cli: Cli, ends: Ends): Command {
  return new Command('show')
    .description('everything about one, and what to do; may show what people wrote')
    .argument('<id>', 'as dlq list shows it')
    .addOption(outputOption())
    .action(ends(async (id: string, options: OutputOptions) => showLetter(cli, id, options)));
}

function withChoice(command: Command): Command {
  return withLetterOptions(command)
    .option('--id <id...>', 'only these letters')
    .option('--parked', 'also what was replayed as often as it may be with the same content')
    .addOption(outputOption());
}

function planCommand(cli: Cli, ends: Ends): Command {
  return withChoice(new Command('plan').description('count what a replay would do; sends nothing')).action(
    ends(async (options: PlanOptions) => planLetters(cli, options)),
  );
}

function replayCommand(cli: Cli, ends: Ends): Command {
  return withChoice(
    new Command('replay')
      .description('try dead letters again: plan, ask, begin, follow; exit code 6 where some failed again')
      .argument('[plan]', 'a plan made by dlq plan; else one is made and asked about'),
  )
    .option('--yes', 'do not ask')
    .option('--detach', 'begin it and do not wait for its end')
    .action(
      ends(async (plan: string | undefined, options: ReplayOptions) => replayLetters(cli, plan, options)),
    );
}

function replaysCommand(cli: Cli, ends: Ends): Command {
  return new Command('replays')
    .description('replays, newest first, with their progress')
    .option('--limit <n>', 'how many', parseLimit, 20)
    .addOption(outputOption())
    .action(ends(async (options: { limit: number; output: OutputFormat }) => listReplays(cli, options)));
}

function cancelCommand(cli: Cli, ends: Ends): Command {
  return new Command('cancel')
    .description('end a replay; what it had not sent stays a dead letter')
    .argument('<replay>', 'as dlq replays shows it')
    .addOption(outputOption())
    .action(ends(async (id: string, options: OutputOptions) => cancelReplay(cli, id, options)));
}

function discardCommand(cli: Cli, ends: Ends): Command {
  return withLetterOptions(
    new Command('discard').description('take letters off the list; nothing is sent').argument('[ids...]'),
  )
    .option('--all', 'everything that waits for a person')
    .option('--yes', 'do not ask')
    .addOption(outputOption())
    .action(ends(async (ids: string[], options: DiscardOptions) => discardLetters(cli, ids, options)));
}

/** Takes letters off the list: those named, or those that the options choose. */
async function discardLetters(
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
    ...(all ? { statuses: WAITING_STATUSES } : {}),
  };
  const count =
    ids.length > 0 ? ids.length : (await readGroups(client, query)).reduce((sum, one) => sum + one.count, 0);
  if (count > 0) await confirm(cli, `Discard ${count} dead letters? Nothing brings them back.`, yes);
  const answer = (await client.call({
    method: 'POST',
    path: `${LETTERS_PATH}/discard`,
    body: JSON.stringify(filter),
    deadlineMs: DISCARD_DEADLINE_MS,
  })) as { readonly discarded: number };
  writeObject(cli, output, answer, () => `${answer.discarded} discarded`);
  return EXIT.done;
}
