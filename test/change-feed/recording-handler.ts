import type { ChangeBatch, ChangeHandler } from '../../src/change-feed/change-feed.port.ts';
import type { Change } from '../../src/domain/change-event.ts';
import type { DeadLetter } from '../../src/domain/dead-letter.ts';

/** A handler that remembers what it was given, in order. */
export interface RecordingHandler {
  readonly handle: ChangeHandler;
  readonly batches: readonly ChangeBatch[];
  /** What the batches held that were handled to the end. */
  readonly changes: readonly Change[];
  readonly letters: readonly DeadLetter[];
  /** Resolves as soon as what was seen so far is enough. */
  until(enough: (seen: RecordingHandler) => boolean): Promise<void>;
}

/** `before` runs ahead of each batch's recording; what it throws, the handler throws. */
export function createRecordingHandler(
  before: (batch: ChangeBatch, seen: RecordingHandler) => unknown = () => undefined,
): RecordingHandler {
  const batches: ChangeBatch[] = [];
  const changes: Change[] = [];
  const letters: DeadLetter[] = [];
  let waiting: { enough: (seen: RecordingHandler) => boolean; resolve: () => void }[] = [];
  const look = () => {
    waiting = waiting.filter(({ enough, resolve }) => {
      if (!enough(recording)) return true;
      resolve();
      return false;
    });
  };
  const recording: RecordingHandler = {
    batches,
    changes,
    letters,
    async handle(batch) {
      batches.push(batch);
      look();
      await before(batch, recording);
      changes.push(...batch.changes);
      letters.push(...batch.letters);
      look();
      return batch.changes.map(() => 'accepted');
    },
    until: (enough) =>
      new Promise((resolve) => {
        waiting.push({ enough, resolve });
        look();
      }),
  };
  return recording;
}

/** `<kind>/<id>@<version>`, or `-<kind>/<id>` for a null value. */
export function name(change: Change): string {
  return change.type === 'tombstone'
    ? `-${change.kind}/${change.entityId}`
    : `${change.event.kind}/${change.event.entityId}@${change.event.version}`;
}
