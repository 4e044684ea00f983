import { ENDED_REPLAY_STATUSES, type Replay, type ReplayCounts } from '../domain/replay.ts';
import type { StateStore } from '../state-store/state-store.port.ts';

/** A replay with its counts as they are now: deliveries are counted by their links while it runs. */
export async function readReplayProgress(store: Pick<StateStore, 'links'>, replay: Replay): Promise<Replay> {
  return { ...replay, counts: await readReplayCounts(store, replay) };
}

export async function readReplayCounts(
  store: Pick<StateStore, 'links'>,
  replay: Replay,
): Promise<ReplayCounts> {
  // Its links may carry a later run by now: what it ended with was kept.
  if (replay.startedAt === null || ENDED_REPLAY_STATUSES.includes(replay.status)) return replay.counts;
  let [delivering, delivered, failedAgain] = [0, 0, 0];
  for (const { result, count } of await store.links.countRun(replay.replayId)) {
    if (result === null || result === 'retrying') delivering += count;
    else if (result === 'failed') failedAgain += count;
    else delivered += count;
  }
  return { ...replay.counts, delivering, delivered, failedAgain };
}
