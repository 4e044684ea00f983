import { Command } from 'commander';
import type { ApiClient } from '../../client/api-client.ts';
import { connectClient } from '../../client/connect-client.ts';
import type { ErasureView } from '../../http/views/erasure-view.ts';
import type { Cli } from '../../terminal/cli.ts';
import { confirm } from '../../terminal/confirm.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputFormat, writeObject } from '../../terminal/output.ts';
import { shortTime } from '../../terminal/show-time.ts';
import { outputOption } from '../input/command-options.ts';
import type { Ends } from './command-end.ts';

interface EraseOptions {
  readonly user: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly output: OutputFormat;
}

/** `zena-crm erase`: removes all that is kept of a user; needs a token with the scope `ops`. */
export function eraseCommand(cli: Cli, ends: Ends): Command {
  return new Command('erase')
    .description('remove all that is kept of a user, for operators (scope ops:write); CRM records stay')
    .requiredOption('--user <id>', 'exactly as the claim sub and events say it')
    .option('--dry-run', 'count what stands, and change nothing')
    .option('--yes', 'do not ask')
    .addOption(outputOption())
    .action(ends(async (options: EraseOptions) => eraseUser(cli, options)));
}

async function eraseUser(
  cli: Cli,
  { user, dryRun = false, yes = false, output }: EraseOptions,
): Promise<ExitCode> {
  const client = await connectClient(cli);
  const standing = await erase(client, user, true);
  if (dryRun) {
    writeObject(cli, output, standing, () => text(standing, standing.remaining, 'would be removed'));
    return EXIT.done;
  }
  cli.stderr.write(`Of ${user} ${listOf(standing.remaining) || 'nothing'} would be removed.\n`);
  await confirm(cli, `Erase all that is kept of ${user}? Nothing brings it back.`, yes);
  const erased = await eraseAll(cli, client, user);
  writeObject(cli, output, erased, () => text(erased, erased.removed, 'removed'));
  return EXIT.done;
}

/** Calls until nothing is left; interrupted, it leaves less to do for the next time. */
async function eraseAll(cli: Cli, client: ApiClient, user: string): Promise<ErasureView> {
  let removed: ErasureView['removed'] | null = null;
  for (;;) {
    const answer = await erase(client, user, false);
    removed = removed === null ? answer.removed : sum(removed, answer.removed);
    if (answer.complete) return { ...answer, removed };
    cli.stderr.write(`${listOf(removed) || 'nothing'} removed so far; ${listOf(answer.remaining)} to go\n`);
  }
}

const DEADLINE_MS = 130_000;

async function erase(client: ApiClient, userId: string, dryRun: boolean): Promise<ErasureView> {
  const answer = await client.call({
    method: 'POST',
    path: '/api/ops/erase',
    body: JSON.stringify({ userId, dryRun }),
    deadlineMs: DEADLINE_MS,
  });
  return answer as ErasureView;
}

const WORDS: Readonly<Record<keyof ErasureView['removed'], string>> = {
  links: 'links',
  timelineEntries: 'timeline entries',
  runs: 'runs',
  deadLetters: 'dead letters',
  replays: 'replays',
  logEntries: 'entries of the embedded log',
  records: 'records',
  formerOwners: 'mentions as former owner',
  connections: 'connections with their credentials',
};

function listOf(counts: ErasureView['removed']): string {
  return Object.entries(WORDS)
    .map(([kind, word]) => [counts[kind as keyof typeof WORDS], word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ');
}

function sum(one: ErasureView['removed'], other: ErasureView['removed']): ErasureView['removed'] {
  const kinds = Object.keys(WORDS) as (keyof typeof WORDS)[];
  return Object.fromEntries(kinds.map((kind) => [kind, one[kind] + other[kind]])) as typeof one;
}

const FILES = {
  overwritten: 'No copy is left in the files of the store.',
  removed:
    'No document of the store holds it any more; its place on disk is used again when the database does.',
} as const;

function text({ storeFiles, elsewhere }: ErasureView, counts: ErasureView['removed'], verb: string): string {
  return [
    `${listOf(counts) || 'nothing'} ${verb}`,
    ...(storeFiles === null ? [] : [FILES[storeFiles]]),
    'Elsewhere:',
    ...elsewhere.map(({ where, goneBy, detail }) => {
      const until = goneBy === null ? '' : ` (gone by ${shortTime(goneBy) ?? goneBy})`;
      return `  ${where.replaceAll('_', ' ')}${until}: ${detail}`;
    }),
  ].join('\n');
}
