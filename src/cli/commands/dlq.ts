import { Command, Option } from 'commander';
import type { Cli } from '../../terminal/cli.ts';
import type { Ends } from './command-end.ts';
import { type DiscardOptions, discardLetters } from '../dlq/discard-letters.ts';
import { cancelReplay, listReplays } from '../dlq/follow-replays.ts';
import { withLetterOptions } from '../dlq/letter-options.ts';
import { groupLetters, type GroupOptions, listLetters, type ListOptions } from '../dlq/list-letters.ts';
import { planLetters, type PlanOptions } from '../dlq/plan-replay.ts';
import { replayLetters, type ReplayOptions } from '../dlq/replay-letters.ts';
import { showLetter } from '../dlq/show-letter.ts';
import { type OutputFormat, type OutputOptions, outputOption } from '../../terminal/output.ts';
import { parseLimit } from '../../client/read-pages.ts';

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
  return new Option('--status <status>', 'only those that are so; else what waits for a person').choices([
    ...['open', 'parked', 'superseded', 'resolved', 'discarded'],
  ]);
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
