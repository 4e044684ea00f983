import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { Command } from 'commander';
import { connectClient } from '../../client/connect-client.ts';
import type { Cli } from '../../terminal/cli.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { writeObject } from '../../terminal/output.ts';
import { API_LIMITS, chunkChanges, fitsAlone } from '../import/chunk-changes.ts';
import { postChunk, type Rejection } from '../import/post-chunk.ts';
import { checkText, type FileChange, readChanges, UnreadableLine } from '../import/read-changes.ts';
import { outputOption, type OutputOptions } from '../input/command-options.ts';
import type { Ends } from './command-end.ts';

interface ImportTotals {
  accepted: number;
  /** Null where the service's feed doesn't tell. */
  stale: number | null;
  readonly rejected: Rejection[];
}

/** Rejections that people are shown; the JSON answer holds all. */
const MOST_SHOWN = 50;

/** `zena-crm import`: change events from a file. */
export function importCommand(cli: Cli, ends: Ends): Command {
  return new Command('import')
    .description('send change events from a file (NDJSON or a JSON array); repeating it is harmless')
    .argument('<file>', '- reads standard input')
    .addOption(outputOption())
    .action(ends(async (file: string, options: OutputOptions) => importFile(cli, file, options)));
}

async function importFile(cli: Cli, file: string, { output }: OutputOptions): Promise<ExitCode> {
  const client = await connectClient(cli);
  const totals: ImportTotals = { accepted: 0, stale: 0, rejected: [] };
  let sentTo = 0;
  try {
    const input = await checkedInput(cli, file);
    for await (const chunk of chunkChanges(sendable(input, totals), API_LIMITS)) {
      const result = await postChunk(client, chunk, cli);
      totals.accepted += result.accepted;
      totals.stale = result.stale === null || totals.stale === null ? null : totals.stale + result.stale;
      totals.rejected.push(...result.rejected);
      sentTo = chunk.changes.at(-1)?.line ?? sentTo;
      if (cli.stderr.isTTY === true) cli.stderr.write(`sent up to ${sentTo}\n`);
    }
  } catch (error) {
    if (sentTo > 0) cli.stderr.write(`The file was taken up to ${sentTo}; sending it again is harmless.\n`);
    throw fileFailure(file, error, sentTo);
  }
  totals.rejected.sort((a, b) => a.line - b.line);
  writeObject(cli, output, totals, () => totalsText(totals));
  if (totals.rejected.length === 0) return EXIT.done;
  return totals.accepted + (totals.stale ?? 0) === 0 ? EXIT.refused : EXIT.problems;
}

/** Nothing is sent of an input that isn't text from its beginning to its end. What can't be read twice is kept meanwhile. */
async function checkedInput(cli: Cli, file: string): Promise<AsyncIterable<unknown>> {
  const kept: unknown[] = [];
  if (file === '-') for await (const chunk of cli.stdin) kept.push(chunk);
  const open = () => (file === '-' ? Readable.from(kept) : createReadStream(file, { signal: cli.stop }));
  await checkText(open());
  return open();
}

/** What can be sent; the rest is rejected here, as the service would. */
async function* sendable(
  input: AsyncIterable<unknown>,
  { rejected }: ImportTotals,
): AsyncGenerator<FileChange> {
  for await (const change of readChanges(input)) {
    const { line, fault } = change;
    if (fault !== null) rejected.push({ line, code: 'INVALID_JSON', message: `/: ${fault}` });
    else if (fitsAlone(change, API_LIMITS)) yield change;
    else rejected.push({ line, code: 'TOO_LARGE', message: '/: larger than 5 MiB' });
  }
}

function fileFailure(file: string, error: unknown, sentTo: number): unknown {
  if (error instanceof SyntaxError) {
    return new CommandFailure(EXIT.refused, `${file} is neither NDJSON nor a JSON array: ${error.message}`);
  }
  if (error instanceof UnreadableLine) {
    const nothing = sentTo === 0 ? 'Nothing was sent. ' : '';
    return new CommandFailure(EXIT.refused, `${file}: ${error.message}`, `${nothing}Save it as UTF-8.`);
  }
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined || error instanceof CommandFailure) return error;
  return new CommandFailure(
    EXIT.failed,
    `${file} can't be read (${code ?? 'unknown'})`,
    'Name a readable file, or -.',
  );
}

function totalsText({ accepted, stale, rejected }: ImportTotals): string {
  const shown = rejected.slice(0, MOST_SHOWN).map(({ line, code, message }) => `${line}: ${code} ${message}`);
  const more = rejected.length - shown.length;
  return [
    `accepted ${accepted}${stale === null ? '' : `, stale ${stale}`}, rejected ${rejected.length}`,
    ...shown,
    ...(more > 0 ? [`… and ${more} more; --output json lists all`] : []),
  ].join('\n');
}
