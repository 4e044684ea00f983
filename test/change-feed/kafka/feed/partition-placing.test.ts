import { describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { createPartitionPlacing } from '../../../../src/change-feed/kafka/feed/partition-placing.ts';
import { createProgressRecorder } from '../../../../src/change-feed/kafka/feed/progress-recorder.ts';
import { systemClock } from '../../../../src/runtime/clock.ts';
import type { FeedPosition } from '../../../../src/state-store/feed-position-store.port.ts';
import { createMemoryFeedPositions } from '../../../support/memory-feed-positions.ts';
import { createQuietLogger } from '../../quiet-logger.ts';

const at = (partition: number, next: bigint): FeedPosition => ({ topic: 'contacts', partition, next });
const assignment = { contacts: [0, 1] };
const fresh = () => false;

describe('Where a generation begins', () => {
  const open = () => {
    const asked: PromiseWithResolvers<readonly FeedPosition[]>[] = [];
    const [seeks, commits, failures]: [string[], string[], unknown[]] = [[], [], []];
    const positions = createMemoryFeedPositions();
    const placing = createPartitionPlacing({
      places: {
        toReadAgain() {
          const answer = Promise.withResolvers<readonly FeedPosition[]>();
          asked.push(answer);
          return answer.promise;
        },
      },
      recorder: createProgressRecorder(positions),
      clock: systemClock,
      log: createQuietLogger(),
      stopping: new AbortController().signal,
      seek: ({ partition, next }) => void seeks.push(`${partition} to ${next}`),
      commit: ({ partition, next }) => Promise.resolve(void commits.push(`${partition} at ${next}`)),
      onFailure: (error) => void failures.push(error),
    });
    return { placing, asked, seeks, commits, failures, positions };
  };

  it('is known before anything is handled', async () => {
    const { placing, asked } = open();
    placing.begin(assignment);
    let may: boolean | null = null;
    const asking = placing.mayHandle('contacts', 0, fresh).then((answer) => (may = answer));
    await turn();
    expect(may).toBeNull();
    asked[0]?.resolve([]);
    await asking;
    expect(may).toBe(true);
  });

  it("is the store's place; what was fetched elsewhere before is not handled", async () => {
    const { placing, asked, seeks } = open();
    placing.begin(assignment);
    const [stale, other] = [
      placing.mayHandle('contacts', 0, () => true),
      placing.mayHandle('contacts', 1, fresh),
    ];
    await turn();
    asked[0]?.resolve([at(0, 500n)]);
    expect([await stale, await other]).toEqual([false, true]);
    expect(seeks).toEqual(['0 to 500']);
    expect(await placing.mayHandle('contacts', 0, fresh)).toBe(true);
  });

  it('is not skipped by a marker beyond it, which was fetched before', async () => {
    const { placing, asked, commits, positions } = open();
    placing.begin(assignment);
    placing.passed(at(0, 1_001n));
    await turn();
    asked[0]?.resolve([at(0, 500n)]);
    await turn();
    placing.passed(at(0, 1_001n));
    placing.passed(at(1, 7n));
    await turn();
    expect(commits).toEqual(['1 at 7']);
    expect(positions.all()).toEqual(new Map([['contacts/1', 7n]]));
    await placing.mayHandle('contacts', 0, fresh);
    placing.passed(at(0, 1_001n));
    await turn();
    expect(commits).toEqual(['1 at 7', '0 at 1001']);
  });

  it('is asked for anew by the next generation, and what the one before asked counts no more', async () => {
    const { placing, asked, seeks, failures } = open();
    placing.begin(assignment);
    const first = placing.mayHandle('contacts', 0, fresh);
    await turn();
    placing.begin(assignment);
    await turn();
    asked[0]?.resolve([at(0, 3n)]);
    expect(await first).toBe(false);
    asked[1]?.resolve([at(0, 4n)]);
    expect(await placing.mayHandle('contacts', 0, fresh)).toBe(true);
    expect([seeks, failures]).toEqual([['0 to 4'], []]);
  });

  it('ends the consumer where it can not be found out, with nothing handled', async () => {
    const { placing, asked, failures } = open();
    placing.begin(assignment);
    const may = placing.mayHandle('contacts', 0, fresh);
    await turn();
    const refused = new Error('the log no longer reaches back');
    asked[0]?.reject(refused);
    expect(await may).toBe(false);
    expect(failures).toEqual([refused]);
  });
});
