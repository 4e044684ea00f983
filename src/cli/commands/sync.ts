import { Command } from 'commander';
import { type ApiClient, providerPath } from '../../client/api-client.ts';
import { connectClient, resolveProvider } from '../../client/connect-client.ts';
import { readPages } from '../../client/read-pages.ts';
import type { PreviewView, RunView } from '../../http/views/run-view.ts';
import type { Cli } from '../../terminal/cli.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputFormat, writeList, writeObject } from '../../terminal/output.ts';
import { shortTime } from '../../terminal/show-time.ts';
import { outputOption, parseLimit } from '../input/command-options.ts';
import type { Ends } from './command-end.ts';

interface SyncOptions {
  readonly wait?: boolean;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

interface RunsOptions {
  readonly limit: number;
  readonly output: OutputFormat;
}

type PreviewItemView = PreviewView['items'][number];

/** Each request waits this long; the command asks again for as long as it takes. */
const WAIT_SECONDS = 20;
const POLL_MS = 1_000;
const DEADLINE_MS = (WAIT_SECONDS + 30) * 1_000;

/** `zena-crm sync`: makes the CRM equal to Zena, or joins the run that already does. */
export function syncCommand(cli: Cli, ends: Ends): Command {
  return new Command('sync')
    .description('make the CRM equal to Zena: start a full sync, or join the running one')
    .argument('<provider>', 'such as mri_vault')
    .option('--wait', 'until it has ended; exit code 6 where records failed')
    .option('--dry-run', 'tell what it would do, and change nothing')
    .addOption(outputOption())
    .action(
      ends(async (provider: string, options: SyncOptions) =>
        options.dryRun === true ? preview(cli, provider, options) : sync(cli, provider, options),
      ),
    );
}

async function sync(cli: Cli, provider: string, { wait = false, output }: SyncOptions): Promise<ExitCode> {
  const client = await connectClient(cli);
  const prefer = wait ? `wait=${WAIT_SECONDS}` : 'respond-async';
  const started = await client.call({
    method: 'POST',
    path: providerPath(provider, 'sync'),
    headers: { prefer },
    deadlineMs: DEADLINE_MS,
  });
  const run = wait ? await ended(cli, client, provider, started as RunView) : (started as RunView);
  writeObject(cli, output, run, () => runText(run));
  return wait && run.status !== 'completed' ? EXIT.problems : EXIT.done;
}

async function preview(cli: Cli, provider: string, { output }: SyncOptions): Promise<ExitCode> {
  const client = await connectClient(cli);
  const path = `${providerPath(provider, 'sync')}?dryRun=true`;
  const told = (await client.call({ method: 'POST', path, deadlineMs: DEADLINE_MS })) as PreviewView;
  writeObject(cli, output, told, () => previewText(told));
  return EXIT.done;
}

function previewText(told: PreviewView): string {
  const { total, wouldCreateOrAdopt, wouldUpdate, wouldDelete, items, truncated } = told;
  const { unchanged, superseded, skipped, wouldWait, wouldFail } = told;
  return [
    `of ${total} records, a sync would create or adopt ${wouldCreateOrAdopt}, update ${wouldUpdate}, delete ${wouldDelete}`,
    `unchanged ${unchanged}, superseded ${superseded}, skipped ${skipped}, waiting ${wouldWait}, failed ${wouldFail}`,
    ...items.map(itemText),
    ...(truncated ? ['… and more; these are the first.'] : []),
  ].join('\n');
}

function itemText({ entity, entityId, title, action, reason, looksInCrm, changes }: PreviewItemView): string {
  const fields = action === 'update' ? `: ${changes.map(({ field }) => field).join(', ')}` : '';
  const why = reason === null ? '' : ` (${reason})`;
  const look = looksInCrm ? 'look in the CRM, then ' : '';
  return `${entity} ${entityId} ${title}: ${look}${action.replaceAll('_', ' ')}${why}${fields}`;
}

async function ended(cli: Cli, client: ApiClient, provider: string, started: RunView): Promise<RunView> {
  let run = started;
  let told = '';
  while (run.status === 'running' || run.status === 'waiting') {
    const progress = progressText(run);
    if (cli.stderr.isTTY === true && progress !== told) cli.stderr.write(`${progress}\n`);
    told = progress;
    await cli.clock.sleep(POLL_MS, cli.stop);
    const path = providerPath(provider, `runs/${encodeURIComponent(run.runId)}`);
    run = (await client.call({ method: 'GET', path })) as RunView;
  }
  return run;
}

function progressText({ status, done, total, reason }: RunView): string {
  return status === 'waiting' ? `waiting: ${reason ?? 'for the CRM'}` : `${done} of ${total}`;
}

function runText(run: RunView): string {
  const { runId, status, contactsSynced, propertiesSynced, dealsSynced } = run;
  const { created, updated, deleted, unchanged, repaired, drifted, superseded } = run;
  const { total, skipped, retrying, failed } = run;
  return [
    `run ${runId}: ${status.replaceAll('_', ' ')}`,
    `equal in the CRM: ${contactsSynced} contacts, ${propertiesSynced} properties, ${dealsSynced} deals`,
    `of ${total}: created ${created}, updated ${updated}, deleted ${deleted}, unchanged ${unchanged}, ` +
      `repaired ${repaired}, drifted ${drifted}, superseded ${superseded}, skipped ${skipped}, ` +
      `retrying ${retrying}, failed ${failed}`,
    ...(status === 'running' || status === 'waiting'
      ? ['It goes on by itself; zena-crm runs shows it.']
      : []),
  ].join('\n');
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
            { title: 'SKIPPED', value: ({ skipped }) => skipped, align: 'right' },
            { title: 'RETRYING', value: ({ retrying }) => retrying, align: 'right' },
            { title: 'FAILED', value: ({ failed }) => failed, align: 'right' },
          ],
          empty: 'There has been no full sync.',
        });
        return EXIT.done;
      }),
    );
}
