import type { ReplayView } from '../../http/views/replay-view.ts';
import type { Cli } from '../../terminal/cli.ts';
import { connectClient } from '../../client/connect-client.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputFormat, type OutputOptions, writeList, writeObject } from '../../terminal/output.ts';
import { readPages } from '../../client/read-pages.ts';
import { shortTime } from '../../terminal/show-time.ts';
import { replayText, REPLAYS_PATH } from './replay-letters.ts';

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
