import type { ApiClient } from '../../client/api-client.ts';
import { connectClient } from '../../client/connect-client.ts';
import { readPages } from '../../client/read-pages.ts';
import type { ReplayView } from '../../http/views/replay-view.ts';
import type { Cli } from '../../terminal/cli.ts';
import { confirm } from '../../terminal/confirm.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputFormat, writeList, writeObject } from '../../terminal/output.ts';
import { shortTime } from '../../terminal/show-time.ts';
import type { OutputOptions } from '../input/command-options.ts';
import { LETTERS_PATH } from './list-letters.ts';
import { makePlan, planText, type PlanOptions } from './plan-replay.ts';

export interface ReplayOptions extends PlanOptions {
  readonly yes?: boolean;
  /** Begin it and don't wait for its end. */
  readonly detach?: boolean;
}

const REPLAYS_PATH = '/api/ops/replays';
const POLL_MS = 1_000;

/** Begins the named plan, or makes one and asks; then follows the replay to its end. */
export async function replayLetters(
  cli: Cli,
  named: string | undefined,
  options: ReplayOptions,
): Promise<ExitCode> {
  const client = await connectClient(cli);
  const planId = named ?? (await agreedPlan(cli, client, options));
  if (planId === null) return EXIT.done;
  const body = JSON.stringify({ planId });
  const path = `${LETTERS_PATH}/replay`;
  const begun = (await client.call({ method: 'POST', path, body })) as ReplayView;
  const replay = options.detach === true ? begun : await followed(cli, client, begun);
  writeObject(cli, options.output, replay, () => replayText(replay));
  return replay.status === 'completed' || options.detach === true ? EXIT.done : EXIT.problems;
}

/** Null: there is nothing to begin. What is said on the way goes to stderr, so that stdout has the replay alone. */
async function agreedPlan(cli: Cli, client: ApiClient, options: ReplayOptions): Promise<string | null> {
  const plan = await makePlan(client, options);
  cli.stderr.write(`${planText(plan)}\n`);
  if (plan.toDeliver + plan.toDecode === 0) {
    cli.stderr.write('Nothing would be sent or read again, so nothing was begun.\n');
    return null;
  }
  await confirm(cli, 'Replay them?', options.yes === true);
  return plan.planId;
}

async function followed(cli: Cli, client: ApiClient, begun: ReplayView): Promise<ReplayView> {
  let replay = begun;
  let told = '';
  try {
    while (replay.status === 'running') {
      const progress = progressText(replay);
      if (cli.stderr.isTTY === true && progress !== told) cli.stderr.write(`${progress}\n`);
      told = progress;
      await cli.clock.sleep(POLL_MS, cli.stop);
      const path = `${REPLAYS_PATH}/${encodeURIComponent(replay.replayId)}`;
      replay = (await client.call({ method: 'GET', path })) as ReplayView;
    }
    return replay;
  } catch (error) {
    if (cli.stop.aborted) {
      cli.stderr.write(
        `The replay ${begun.replayId} goes on; zena-crm dlq replays shows it, dlq cancel ends it.\n`,
      );
    }
    throw error;
  }
}

function progressText({ counts, plan }: ReplayView): string {
  const { walked, delivering, delivered, failedAgain } = counts;
  return `${walked} of ${plan.total} looked at; ${delivered} delivered, ${delivering} on their way, ${failedAgain} failed again`;
}

function replayText({ replayId, status, counts }: ReplayView): string {
  const { delivering, delivered, failedAgain, decoded, undecodable, superseded, parked } = counts;
  return [
    `replay ${replayId}: ${status.replaceAll('_', ' ')}`,
    `delivered ${delivered}, on their way ${delivering}, failed again ${failedAgain}`,
    `read again ${decoded}, still unreadable ${undecodable}`,
    `superseded ${superseded}, parked ${parked}`,
    ...(status === 'running' ? ['It goes on by itself; zena-crm dlq replays shows it.'] : []),
  ].join('\n');
}

export async function listReplays(
  cli: Cli,
  { limit, output }: { readonly limit: number; readonly output: OutputFormat },
): Promise<ExitCode> {
  const replays = await readPages<ReplayView>(await connectClient(cli), REPLAYS_PATH, {}, limit);
  writeList(cli, output, replays, {
    columns: [
      { title: 'REPLAY', value: ({ replayId }) => replayId },
      { title: 'STARTED', value: ({ startedAt }) => shortTime(startedAt) },
      { title: 'STATUS', value: ({ status }) => status },
      { title: 'LOOKED AT', value: ({ counts, plan }) => `${counts.walked}/${plan.total}`, align: 'right' },
      { title: 'DELIVERED', value: ({ counts }) => counts.delivered, align: 'right' },
      { title: 'ON THEIR WAY', value: ({ counts }) => counts.delivering, align: 'right' },
      { title: 'READ', value: ({ counts }) => counts.decoded, align: 'right' },
      { title: 'FAILED', value: ({ counts }) => counts.failedAgain + counts.undecodable, align: 'right' },
    ],
    empty: 'Nothing was replayed.',
  });
  return EXIT.done;
}

/** Ends a replay; one that has ended stays as it is. */
export async function cancelReplay(cli: Cli, id: string, { output }: OutputOptions): Promise<ExitCode> {
  const client = await connectClient(cli);
  const path = `${REPLAYS_PATH}/${encodeURIComponent(id)}/cancel`;
  const replay = (await client.call({ method: 'POST', path })) as ReplayView;
  writeObject(cli, output, replay, () => replayText(replay));
  return EXIT.done;
}
