import type { ChangeHandler } from '../change-feed/change-feed.port.ts';
import type { DecodeAgain, DecodedAgain } from '../change-feed/decode-again.port.ts';
import { MOST_REPLAYS, type DeadLetter } from '../domain/dead-letter.ts';
import type { Replay } from '../domain/replay.ts';
import type { StateStore } from '../state-store/state-store.port.ts';

export interface DecodeLetterParts {
  readonly store: Pick<StateStore, 'deadLetters'>;
  readonly decodeAgain: DecodeAgain;
  readonly ingest: ChangeHandler;
  readonly now: () => number;
  readonly onError: (event: string, error: unknown) => void;
}

/** `later`: the registry can't answer, the letter is as it was. `elsewhere`: somebody else ended it meanwhile. */
export type DecodeEnd = 'decoded' | 'undecodable' | 'elsewhere' | 'later';

/** Reads one event again and takes it in like any other: an older version than the stored one changes nothing. */
export async function decodeLetterAgain(
  parts: DecodeLetterParts,
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
      ...{ changes: [read.change], letters: [] },
      heartbeat: async () => undefined,
      abandoned: () => false,
    });
    const resolved = await store.deadLetters.setStatus([id], ['open', 'parked'], 'resolved');
    return resolved > 0 ? 'decoded' : 'elsewhere';
  }
  const replays = letter.replays + 1;
  const failed: DeadLetter = {
    ...letter,
    ...{ code: read.code, detail: read.detail, replays, attempts: letter.attempts + 1 },
    // Later than the replay began: it is not met again in the same walk.
    failedAt: Math.max(parts.now(), (replay.startedAt ?? 0) + 1),
    status: replays >= MOST_REPLAYS ? 'parked' : 'open',
  };
  const { status } = letter;
  const replaced = await store.deadLetters.replace(failed, { replays: letter.replays, status });
  return replaced ? 'undecodable' : 'elsewhere';
}
