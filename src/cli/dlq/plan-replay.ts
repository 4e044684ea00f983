import type { ApiClient } from '../../client/api-client.ts';
import { connectClient } from '../../client/connect-client.ts';
import type { DeadLetterStatus } from '../../domain/dead-letter.ts';
import type { ReplayPlanView } from '../../http/views/replay-view.ts';
import type { Cli } from '../../terminal/cli.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputFormat, writeObject } from '../../terminal/output.ts';
import { shortTime } from '../../terminal/show-time.ts';
import { type LetterOptions, letterQuery } from './letter-options.ts';
import { LETTERS_PATH } from './list-letters.ts';

export interface PlanOptions extends LetterOptions {
  readonly id?: readonly string[];
  /** Also what was replayed as often as it may be with the same content. */
  readonly parked?: boolean;
  readonly output: OutputFormat;
}

/** What waits for a person: letters that may be tried again, and those that were as often as they may. */
export const WAITING_STATUSES: readonly DeadLetterStatus[] = ['open', 'parked'];

const DEADLINE_MS = 130_000;

export async function planLetters(cli: Cli, options: PlanOptions): Promise<ExitCode> {
  const plan = await makePlan(await connectClient(cli), options);
  writeObject(cli, options.output, plan, () =>
    [
      planText(plan),
      `Begin it with: zena-crm dlq replay ${plan.planId} (until ${shortTime(plan.expiresAt) ?? ''})`,
    ].join('\n'),
  );
  return EXIT.done;
}

export async function makePlan(
  client: ApiClient,
  { id: ids, parked, ...options }: PlanOptions,
): Promise<ReplayPlanView> {
  const statuses = parked === true ? WAITING_STATUSES : undefined;
  const answer = await client.call({
    method: 'POST',
    path: `${LETTERS_PATH}/plan`,
    body: JSON.stringify({ ...letterQuery(options), ids, statuses }),
    deadlineMs: DEADLINE_MS,
  });
  return answer as ReplayPlanView;
}

export function planText(plan: ReplayPlanView): string {
  const { total, toDeliver, toDecode, superseded, parked, willFailAgain, crmCalls } = plan;
  return [
    `${total} dead letters: ${toDeliver} to deliver, ${toDecode} events to read again, ${superseded} superseded, ${parked} parked`,
    ...(willFailAgain > 0
      ? [`${willFailAgain} of them will most likely fail again: nothing has changed since`]
      : []),
    `at most ${crmCalls} CRM calls`,
  ].join('\n');
}
