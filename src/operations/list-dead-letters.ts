import type { DeadLetterStatus } from '../domain/dead-letter.ts';
import { linkState, type LinkState } from '../domain/link.ts';
import type { DeadLetterFilter } from '../domain/replay.ts';
import type { JudgedLetter } from '../replays/replay-service.port.ts';
import type { DeadLetterGroup } from '../state-store/dead-letter-store.port.ts';
import type { Page } from '../domain/page.ts';
import type { OperationPorts } from './operation-ports.ts';
import { type Remedy, remedyOf } from './remedies.ts';

/** A letter as it stands now. */
export interface ShownLetter extends JudgedLetter {
  /** The stored one, but `superseded` where its link has moved on and nobody has noted it yet. */
  readonly status: DeadLetterStatus;
  /** Null: it is about no link (any more). */
  readonly linkState: LinkState | null;
  readonly remedy: Remedy;
}

/** What waits for a person: what a list shows unless it is asked for something else. */
export const WAITING_STATUSES: readonly DeadLetterStatus[] = ['open', 'parked'];

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
  { store }: OperationPorts,
  filter: DeadLetterFilter,
): Promise<ShownGroup[]> {
  const groups = await store.deadLetters.groups(waiting(filter));
  return groups.map((group) => ({ ...group, remedy: remedyOf(group.code, group.kind) }));
}

/** A letter beside what a replay would make of it now. */
export function shown({ clock }: Pick<OperationPorts, 'clock'>, judged: JudgedLetter): ShownLetter {
  const { letter, verdict, link } = judged;
  const movedOn = verdict.do === 'superseded' && WAITING_STATUSES.includes(letter.status);
  return {
    ...judged,
    status: movedOn ? 'superseded' : letter.status,
    linkState: link === null ? null : linkState(link, clock.now()),
    remedy: remedyOf(letter.code, letter.kind),
  };
}

function waiting(filter: DeadLetterFilter): DeadLetterFilter {
  return { ...filter, statuses: filter.statuses ?? WAITING_STATUSES };
}
