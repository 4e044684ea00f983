import type { Connection } from '../domain/connection.ts';
import { type DeadLetterStatus, WAITING_STATUSES } from '../domain/dead-letter.ts';
import { linkState, type LinkState } from '../domain/link.ts';
import type { Page } from '../domain/page.ts';
import type { DeadLetterFilter, Replay } from '../domain/replay.ts';
import type { JudgedLetter } from '../replays/replay-service.port.ts';
import type { DeadLetterGroup } from '../state-store/dead-letter-store.port.ts';
import { done, NO_SUCH_THING, type OperationOutcome, refused } from './operation-failure.ts';
import type { OperationPorts } from './operation.port.ts';
import type { Remedy } from '../domain/deciding/remedy.ts';
import { remedyOf } from './remedies.ts';

/** A letter as it stands now. */
export interface ShownLetter extends JudgedLetter {
  /** The stored one, but `superseded` where its link has moved on and nobody has noted it yet. */
  readonly status: DeadLetterStatus;
  /** Null: it is about no link (any more). */
  readonly linkState: LinkState | null;
  readonly remedy: Remedy;
}

/** Letters, latest failure first; without `statuses`, those that wait for a person. */
export async function listDeadLetters(
  ports: OperationPorts,
  filter: DeadLetterFilter,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<Page<ShownLetter>> {
  const page = await ports.store.deadLetters.list(waiting(filter), cursor, limit);
  const judged = await ports.replays.judge(page.items);
  return { items: judged.map((one) => shown(ports, one)), nextCursor: page.nextCursor };
}

export interface ShownGroup extends DeadLetterGroup {
  readonly remedy: Remedy;
}

/** Letters by cause, most first; without `statuses`, those that wait for a person. */
export async function groupDeadLetters(
  { store, remedies }: OperationPorts,
  filter: DeadLetterFilter,
): Promise<ShownGroup[]> {
  const groups = await store.deadLetters.groups(waiting(filter));
  return groups.map((group) => ({ ...group, remedy: remedyOf(group.code, group.kind, remedies) }));
}

/** A letter beside what a replay would make of it now. */
export function shown(
  { clock, remedies }: Pick<OperationPorts, 'clock' | 'remedies'>,
  judged: JudgedLetter,
): ShownLetter {
  const { letter, verdict, link } = judged;
  const movedOn = verdict.do === 'superseded' && isWaiting(letter.status);
  return {
    ...judged,
    status: movedOn ? 'superseded' : letter.status,
    linkState: link === null ? null : linkState(link, clock.now()),
    remedy: remedyOf(letter.code, letter.kind, remedies),
  };
}

function isWaiting(status: DeadLetterStatus): boolean {
  return WAITING_STATUSES.some((one) => one === status);
}

/** What a list shows unless it is asked for something else: what waits for a person. */
function waiting(filter: DeadLetterFilter): DeadLetterFilter {
  return { ...filter, statuses: filter.statuses ?? WAITING_STATUSES };
}

/** One letter with all that helps to mend it. The only answer that holds an event's original bytes and the CRM's own words. */
export interface DeadLetterDetails extends ShownLetter {
  /** Null: it is about no connection, or there is none any more. */
  readonly connection: Pick<Connection, 'status' | 'health'> | null;
}

export async function readDeadLetter(
  ports: OperationPorts,
  id: string,
): Promise<OperationOutcome<DeadLetterDetails>> {
  const letter = await ports.store.deadLetters.read(id);
  const [judged] = letter === null ? [] : await ports.replays.judge([letter]);
  if (letter === null || judged === undefined) return NO_SUCH_THING;
  const { delivery } = letter;
  const connection = delivery === null ? null : await ports.store.connections.read(delivery.connectionId);
  return done({ ...shown(ports, judged), connection });
}

const PAGE = 200;

/**
 * Takes letters off the list of what waits for a person; returns how many. Nothing is sent and nothing deleted: the next change of
 * the record is delivered as ever, and a delivery that fails again opens its letter again.
 */
export async function discardDeadLetters(
  { store }: Pick<OperationPorts, 'store'>,
  filter: DeadLetterFilter,
): Promise<number> {
  const asked = { ...filter, statuses: filter.statuses ?? WAITING_STATUSES };
  let discarded = 0;
  let cursor: string | null = null;
  do {
    const page = await store.deadLetters.list(asked, cursor, PAGE);
    const ids = page.items.map(({ id }) => id);
    if (ids.length > 0) discarded += await store.deadLetters.setStatus(ids, WAITING_STATUSES, 'discarded');
    cursor = page.nextCursor;
  } while (cursor !== null);
  return discarded;
}

type ReplayPorts = Pick<OperationPorts, 'replays'>;

/** Counts what a replay of these letters would do; the plan can be begun once, while it lasts. */
export function planReplay(
  { replays }: ReplayPorts,
  filter: DeadLetterFilter,
  userId: string,
): Promise<Replay> {
  return replays.plan(filter, userId);
}

export async function beginReplay(
  { replays }: ReplayPorts,
  planId: string,
): Promise<OperationOutcome<Replay>> {
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
export async function readReplay(
  { replays }: ReplayPorts,
  replayId: string,
): Promise<OperationOutcome<Replay>> {
  const replay = await replays.progress(replayId);
  return replay === null ? NO_SUCH_THING : done(replay);
}

/** Those that were begun, newest first. */
export function listReplays(
  { replays }: ReplayPorts,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<Page<Replay>> {
  return replays.list(cursor, limit);
}

/** Ends a replay; what it had asked for and was not begun is dropped. One that had ended stays as it is. */
export async function cancelReplay(
  { replays }: ReplayPorts,
  replayId: string,
): Promise<OperationOutcome<Replay>> {
  const replay = await replays.cancel(replayId);
  return replay === null ? NO_SUCH_THING : done(replay);
}
