import type { ChangeHandler } from '../change-feed/change-feed.port.ts';
import type { DecodeAgain, DecodedAgain } from '../change-feed/decode-again.port.ts';
import type { Scope } from '../domain/connection.ts';
import { MOST_REPLAYS, type DeadLetter } from '../domain/dead-letter.ts';
import type { Replay, ReplayCounts, ReplayStatus } from '../domain/replay.ts';
import type { LookMark } from '../state-store/link-store.port.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import { judgeLetters, type JudgeParts } from './judge-letters.ts';
import { readReplayCounts } from './replay-progress.ts';
import type { JudgedLetter } from './replay-service.port.ts';

export interface ReplayStepParts extends JudgeParts {
  readonly store: StateStore;
  readonly decodeAgain: DecodeAgain;
  /** Where an event goes that can be read now. */
  readonly ingest: ChangeHandler;
  readonly now: () => number;
  /** Whether this process may walk on. */
  readonly mayWalk: () => boolean;
  /** There is due work in this scope. */
  readonly nudge: (scope: Scope) => void;
  readonly onError: (event: string, error: unknown) => void;
}

/** Letters looked at in one step of a walk. */
const WALK_PAGE = 100;
/** A replay never has more than this marked and not yet settled, so that it doesn't crowd out what comes after it. */
const MOST_OUTSTANDING = 1_000;

/** One look at a running replay: walk on, or finish. */
export async function stepReplay(parts: ReplayStepParts, replay: Replay): Promise<void> {
  let current = replay;
  while (parts.mayWalk()) {
    const counts = await readReplayCounts(parts.store, current);
    if (current.walkedAll) {
      if (counts.delivering > 0) return;
      await endReplay(parts, current, hasFailures(counts) ? 'completed_with_failures' : 'completed');
      return;
    }
    if (counts.delivering + WALK_PAGE > MOST_OUTSTANDING) return;
    const moved = await advanceReplay(parts, current);
    if (moved === 'later') return;
    if (moved === 'overtaken') {
      await dropIfCancelled(parts, replay.replayId);
      return;
    }
    current = moved;
  }
}

function hasFailures({ failedAgain, undecodable }: ReplayCounts): boolean {
  return failedAgain + undecodable > 0;
}

/** Null: somebody else wrote the replay meanwhile. */
export async function endReplay(
  { store, now }: Pick<ReplayStepParts, 'store' | 'now'>,
  replay: Replay,
  status: ReplayStatus,
): Promise<Replay | null> {
  const counts = await readReplayCounts(store, replay);
  const ended: Replay = { ...replay, status, counts, finishedAt: now(), revision: replay.revision + 1 };
  if (!(await store.replays.replace(ended, replay.revision))) return null;
  if (status === 'cancelled') await store.links.dropRun(replay.replayId);
  return ended;
}

/** Cancelled while a page was being marked: those marks came after the others were dropped. */
async function dropIfCancelled({ store }: ReplayStepParts, replayId: string): Promise<void> {
  const replay = await store.replays.read(replayId);
  if (replay?.status === 'cancelled') await store.links.dropRun(replayId);
}

/** `later`: the registry can't answer; the same page comes again. `overtaken`: somebody else wrote the replay. */
type Advanced = Replay | 'later' | 'overtaken';

/**
 * Takes the next page. Events are read again first, each counted in a write of its own, since one that must wait ends the page.
 * Then deliveries are marked, and one write moves the cursor and counts. After a crash in between the page is looked at again: a
 * link that carries this replay is left alone, and what failed again has moved out of the filter's time.
 */
async function advanceReplay(parts: ReplayStepParts, replay: Replay): Promise<Advanced> {
  const { store } = parts;
  const page = await store.deadLetters.list(replay.filter, replay.cursor, WALK_PAGE);
  const judged = await judgeLetters(parts, page.items);
  const events = judged.filter(({ verdict }) => verdict.do === 'decode');
  const current = await decodeEvents(
    parts,
    replay,
    events.map(({ letter }) => letter),
  );
  if (typeof current === 'string') return current;
  const rest = judged.filter(({ verdict }) => verdict.do !== 'decode');
  const fresh = rest.filter(({ link }) => link?.run?.id !== replay.replayId);
  await markDeliveries(parts, replay, fresh);
  const superseded = idsOf(fresh, 'superseded');
  const parked = idsOf(fresh, 'parked');
  const moved = await count(store, current, {
    counts: {
      walked: current.counts.walked + rest.length,
      superseded: current.counts.superseded + superseded.length,
      parked: current.counts.parked + parked.length,
    },
    cursor: page.nextCursor,
    walkedAll: page.nextCursor === null,
  });
  if (moved === null) return 'overtaken';
  // After the count, so that none is missing from it; a letter that keeps its status by a crash shows what it is all the same.
  if (superseded.length > 0) await store.deadLetters.setStatus(superseded, ['open', 'parked'], 'superseded');
  if (parked.length > 0) await store.deadLetters.setStatus(parked, ['open'], 'parked');
  return moved;
}

function idsOf(judged: readonly JudgedLetter[], verdict: JudgedLetter['verdict']['do']): string[] {
  return judged.filter((one) => one.verdict.do === verdict).map(({ letter }) => letter.id);
}

async function markDeliveries(
  { store, now, nudge }: ReplayStepParts,
  { replayId }: Replay,
  judged: readonly JudgedLetter[],
): Promise<void> {
  const marks = judged.flatMap(({ link, verdict }): LookMark[] => {
    if (verdict.do !== 'deliver' || link === null) return [];
    const { scope, connectionId, userId, key } = link;
    const lane = 'replay';
    return [{ scope, connectionId, userId, key, lane, now: now(), runId: replayId, skipBackOff: true }];
  });
  if (marks.length === 0) return;
  await store.links.markLook(marks);
  for (const scope of new Set(marks.map((mark) => mark.scope))) nudge(scope);
}

async function decodeEvents(
  parts: ReplayStepParts,
  replay: Replay,
  letters: readonly DeadLetter[],
): Promise<Advanced> {
  let current = replay;
  for (const letter of letters) {
    if (!parts.mayWalk()) return 'later';
    const ended = await decodeLetterAgain(parts, letter, current);
    if (ended === 'later') return 'later';
    const { walked, decoded, undecodable } = current.counts;
    const next = await count(parts.store, current, {
      counts: {
        walked: walked + 1,
        decoded: decoded + (ended === 'decoded' ? 1 : 0),
        undecodable: undecodable + (ended === 'undecodable' ? 1 : 0),
      },
    });
    if (next === null) return 'overtaken';
    current = next;
  }
  return current;
}

interface Advance {
  readonly counts: Partial<ReplayCounts>;
  readonly cursor?: string | null;
  readonly walkedAll?: boolean;
}

async function count(
  store: Pick<StateStore, 'replays'>,
  replay: Replay,
  { counts, ...place }: Advance,
): Promise<Replay | null> {
  const next: Replay = {
    ...replay,
    ...place,
    counts: { ...replay.counts, ...counts },
    revision: replay.revision + 1,
  };
  return (await store.replays.replace(next, replay.revision)) ? next : null;
}

/** `later`: the registry can't answer, the letter is as it was. `elsewhere`: somebody else ended it meanwhile. */
type DecodeEnd = 'decoded' | 'undecodable' | 'elsewhere' | 'later';

/** Reads one event again and takes it in like any other: an older version than the stored one changes nothing. */
async function decodeLetterAgain(
  parts: ReplayStepParts,
  { id }: DeadLetter,
  replay: Replay,
): Promise<DecodeEnd> {
  const { store } = parts;
  // Read anew: the list has no bytes, and a person may have discarded it since.
  const letter = await store.deadLetters.read(id);
  if (letter === null || (letter.status !== 'open' && letter.status !== 'parked')) return 'elsewhere';
  let read: DecodedAgain;
  try {
    read = await parts.decodeAgain(letter);
  } catch (error) {
    parts.onError('replay_decode_failed', error);
    return 'later';
  }
  if (read.ok) {
    await parts.ingest({
      changes: [read.change],
      letters: [],
      heartbeat: async () => undefined,
      abandoned: () => false,
    });
    const resolved = await store.deadLetters.setStatus([id], ['open', 'parked'], 'resolved');
    return resolved > 0 ? 'decoded' : 'elsewhere';
  }
  const replays = letter.replays + 1;
  const failed: DeadLetter = {
    ...letter,
    code: read.code,
    detail: read.detail,
    replays,
    attempts: letter.attempts + 1,
    // Later than the replay began: it is not met again in the same walk.
    failedAt: Math.max(parts.now(), (replay.startedAt ?? 0) + 1),
    status: replays >= MOST_REPLAYS ? 'parked' : 'open',
  };
  const { status } = letter;
  const replaced = await store.deadLetters.replace(failed, { replays: letter.replays, status });
  return replaced ? 'undecodable' : 'elsewhere';
}
