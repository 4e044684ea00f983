import type { DeadLetterFilter, Replay } from '../domain/replay.ts';
import type { Page } from '../domain/page.ts';
import { done, NO_SUCH_THING, type OperationOutcome, refused } from './operation-failure.ts';
import type { OperationPorts } from './operation-ports.ts';

type Ports = Pick<OperationPorts, 'replays'>;

/** Counts what a replay of these letters would do; the plan can be begun once, while it lasts. */
export function planReplay({ replays }: Ports, filter: DeadLetterFilter, userId: string): Promise<Replay> {
  return replays.plan(filter, userId);
}

export async function beginReplay({ replays }: Ports, planId: string): Promise<OperationOutcome<Replay>> {
  const outcome = await replays.begin(planId);
  switch (outcome.kind) {
    case 'begun':
      return done(outcome.replay);
    case 'unknown':
      return NO_SUCH_THING;
    case 'used':
      return refused({ code: 'CONFLICT', reason: 'plan_used' });
    case 'expired':
      return refused({ code: 'CONFLICT', reason: 'plan_expired' });
  }
}

/** A replay, or a plan that was not begun, with its progress. */
export async function readReplay({ replays }: Ports, replayId: string): Promise<OperationOutcome<Replay>> {
  const replay = await replays.progress(replayId);
  return replay === null ? NO_SUCH_THING : done(replay);
}

/** Those that were begun, newest first. */
export function listReplays(
  { replays }: Ports,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<Page<Replay>> {
  return replays.list(cursor, limit);
}

/** Ends a replay; what it had asked for and was not begun is dropped. One that had ended stays as it is. */
export async function cancelReplay({ replays }: Ports, replayId: string): Promise<OperationOutcome<Replay>> {
  const replay = await replays.cancel(replayId);
  return replay === null ? NO_SUCH_THING : done(replay);
}
